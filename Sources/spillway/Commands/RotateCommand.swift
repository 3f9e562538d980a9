import ArgumentParser
import RotationCore

/// How long `--wait-for-state-lock` waits: popt's option has no value, this one may.
struct StateLockWait: ExpressibleByArgument {
    static let forever = "forever"

    var seconds: Int64?

    init?(argument: String) {
        if argument == Self.forever { return }
        guard let seconds = Int64(argument) ?? Quantities.age(argument, unitSeconds: 1), seconds >= 0 else {
            return nil
        }
        self.seconds = seconds
    }
}

/// `spillway [OPTIONS] [CONFIG...]`.
struct RotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Rotates the logs that are due (this is what happens without a command).",
        version: "spillway \(spillwayVersion)")

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
        help: ArgumentHelp("Also append what -v tells to this file, or with 'syslog' there.", valueName: "file"))
    var log: String?

    @Option(
        name: [.customShort("s", allowingJoined: true), .long],
        help: ArgumentHelp(
            "State file; /dev/null for none. (default: /var/lib/spillway/state, an ordinary user's ~/.local/state/spillway/state)",
            valueName: "file"))
    var state: String?

    @Option(
        name: [.customShort("m", allowingJoined: true), .long],
        help: ArgumentHelp("Program that mails archives. (default: /usr/bin/mail)", valueName: "command"))
    var mail: String?

    @Flag(help: "Do not lock the state file.")
    var skipStateLock = false

    @Option(
        help: ArgumentHelp(
            "Wait for another run's locks, for ever or, with --wait-for-state-lock=SECONDS, so long.",
            valueName: "seconds"))
    var waitForStateLock: StateLockWait?

    @Option(help: ArgumentHelp("Only logs whose path, or name, matches; may repeat.", valueName: "pattern"))
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

    @Option(help: ArgumentHelp("Write the run's figures to this file, for Prometheus.", valueName: "file"))
    var metrics: String?

    @Option(
        help: ArgumentHelp(
            "Journal; told errors are kept beside it. (default: /var/lib/spillway/journal)", valueName: "file"))
    var journal: String?

    @Flag(help: "logrotate's defaults and wording.")
    var logrotate = false

    @Argument(
        help: ArgumentHelp(
            "Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"))
    var configurations: [String] = []

    func validate() throws {
        if configurations.isEmpty, logrotate {
            throw ValidationError("logrotate's command line names a configuration file, such as /etc/logrotate.conf.")
        }
    }

    func run() throws {
        var arguments = RunArguments()
        arguments.force = force
        arguments.dryRun = dryRun
        arguments.debug = debug
        arguments.verbose = verbose > 0
        arguments.isExact = verbose > 1
        arguments.log = log
        arguments.state = state
        arguments.mail = mail
        arguments.skipStateLock = skipStateLock
        arguments.waitForStateLock = waitForStateLock
        arguments.only = only
        arguments.headroomBytes = headroom?.bytes ?? 0
        arguments.keptConfiguration = keptConfiguration
        arguments.json = json
        arguments.metrics = metrics
        arguments.journal = journal
        arguments.logrotate = logrotate
        arguments.configurations = configurations
        let status = arguments.run()
        if status != .success { throw status.exit() }
    }
}
