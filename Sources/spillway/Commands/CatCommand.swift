import ArgumentParser
import Glibc
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// `spillway cat LOG [CONFIG...]`.
struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Prints the whole history of a log: archives, the oldest first, then the log.",
        discussion: """
            Nothing is changed. Holes, padding and a head that is archived are left out. A damaged archive is said on \
            standard error, and what can be read of it is printed. Exit status: 0; 1 where something could not be read, or \
            no stanza names the log.

            Examples:
              spillway cat /var/log/syslog | grep -c error
              spillway cat --since 2d /var/log/app.log
              spillway cat -f /var/log/app.log
            """)

    @Option(
        help: ArgumentHelp(
            "Only archives with newer lines, by their times: 2026-11-22, '2026-11-22 09:05', or how long ago, as 12h.",
            valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Only archives with older lines, by their times.", valueName: "time"))
    var until: MomentArgument?

    @Flag(name: .shortAndLong, help: "Go on: print what is written from now on, also across rotations.")
    var follow = false

    @OptionGroup var look: LookOptions

    @Argument(help: ArgumentHelp("The log.", valueName: "log"), completion: LogCompletion.kind)
    var log: String

    @Argument(
        help: ArgumentHelp("Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"),
        completion: .file())
    var configurations: [String] = []

    func validate() throws {
        if follow, until != nil { throw ValidationError("--until and --follow contradict each other.") }
    }

    func run() throws {
        let path = Path(log).resolved(against: Environment.workingDirectory)
        signal(SIGPIPE, SIG_IGN)
        guard let history = LogHistory.find(path, try look.request(configurations)) else {
            Output.standardError(
                "spillway: no stanza names \(path): 'spillway explain \(path.shellWord)' says which come close")
            throw ExitStatus.failure.exit()
        }
        var printer = HistoryPrinter(history.limited(since: since?.time, until: until?.time))
        do throws(SystemError) {
            try printer.printAll()
            if follow { try printer.follow(path) }
        } catch {
            // Whoever reads has had enough, as head(1) does.
            guard error.errno != .brokenPipe else { return }
            Output.standardError("spillway: \(error)")
            throw ExitStatus.failure.exit()
        }
        if printer.hasFailed { throw ExitStatus.failure.exit() }
    }
}
