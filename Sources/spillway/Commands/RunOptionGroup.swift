import ArgumentParser
import RotationCore

/// The options of a run, as ArgumentParser reads them and as help and completions show them.
struct RunOptionGroup: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Rotate every log, due or not.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Print what would be done, and why; change nothing.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "As -n, with logrotate's trace.")
    var debug = false

    @Flag(name: .shortAndLong, help: "Tell what is done, and why logs are left alone; twice: in exact terms.")
    var verbose: Int

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Also append what -v tells to this file, or with 'syslog' there.", valueName: "file"),
        completion: .file())
    var log: String?

    @Option(
        name: [.customShort("s", allowingJoined: true), .long],
        help: ArgumentHelp(
            "State file; /dev/null for none. (default: /var/lib/spillway/state, an ordinary user's ~/.local/state/spillway/state)",
            valueName: "file"), completion: .file())
    var state: String?

    @Option(
        name: [.customShort("m", allowingJoined: true), .long],
        help: ArgumentHelp("Program that mails archives. (default: /usr/bin/mail)", valueName: "command"),
        completion: .file())
    var mail: String?

    @Flag(help: "Do not lock the state file.")
    var skipStateLock = false

    @Option(
        help: ArgumentHelp(
            "Wait for another run's locks, for ever or, with --wait-for-state-lock=SECONDS, so long.",
            valueName: "seconds"))
    var waitForStateLock: StateLockWait?

    @Option(
        help: ArgumentHelp("Only logs whose path, or name, matches; may repeat.", valueName: "pattern"),
        completion: LogCompletion.kind)
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Rotate live logs for a floor when less than this more than it is free: what will be written meanwhile.",
            valueName: "size"))
    var headroom: SizeArgument?

    @Option(help: .hidden)
    var keptConfiguration: CInt?

    @Flag(help: "Print the run's report as JSON.")
    var json = false

    @Option(
        help: ArgumentHelp("Write the run's figures to this file, for Prometheus.", valueName: "file"),
        completion: .file())
    var metrics: String?

    @Option(
        help: ArgumentHelp(
            "Journal; told errors are kept beside it. (default: /var/lib/spillway/journal)", valueName: "file"),
        completion: .file())
    var journal: String?

    @Flag(help: "logrotate's defaults and wording.")
    var logrotate = false
}
