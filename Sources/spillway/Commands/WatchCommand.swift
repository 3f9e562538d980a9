import ArgumentParser
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import RotationEngine

/// `spillway watch [CONFIG...]`.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Stays, and starts a run when one is needed: each minute, or ten times a second.",
        discussion: """
            It looks at the free space of the file systems and at the sizes of the logs, the more often the faster they \
            grow, and starts the ordinary run as a process of its own. SIGHUP reads the configuration again, SIGTERM ends \
            it. Exit status: 0; 3 another watch is there.

            Examples:
              spillway watch
              systemctl enable --now spillway-watch
            """)

    @OptionGroup var look: LookOptions

    @Option(
        name: [.customShort("m", allowingJoined: true), .long],
        help: ArgumentHelp("Program that mails archives. (default: /usr/bin/mail)", valueName: "command"))
    var mail: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Runs also append what -v tells to this file, or with 'syslog' there.", valueName: "file"))
    var log: String?

    @Option(
        help: ArgumentHelp("Runs for all logs write their figures to this file, for Prometheus.", valueName: "file"))
    var metrics: String?

    @Flag(name: .shortAndLong, help: "Tell what is done, and why.")
    var verbose = false

    @Argument(
        help: ArgumentHelp("Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"))
    var configurations: [String] = []

    func run() throws {
        // What is wrong with the names is said as by every command.
        _ = try look.request(configurations)
        var arguments = WatchArguments()
        arguments.state = look.state
        arguments.journal = look.journal
        arguments.logrotate = look.logrotate
        arguments.mail = mail
        arguments.log = log
        arguments.metrics = metrics
        arguments.verbose = verbose
        arguments.configurations = configurations
        RunProcess.prepare()
        let signals = try SignalQueue()
        let store = try lock(arguments.journalPath)
        Watch(arguments, store).run(signals)
    }

    /// nil where no lock can be had, as on a disk that was full before: that is said, and the watch goes on.
    private func lock(_ journal: Path?) throws -> WatchStore? {
        let store: WatchStore?
        do {
            store = try WatchStore(journal: journal)
        } catch {
            Output.standardError("spillway: it is not looked whether another watch is there: \(error)")
            return nil
        }
        guard let store else {
            let file = WatchFile.path(of: journal)
            Output.standardError("spillway: another watch has the lock \(file); nothing is done")
            throw ExitStatus.lockBusy.exit()
        }
        return store
    }
}
