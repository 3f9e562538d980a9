import ArgumentParser
import HostObservation
import LinuxSystem
import RotationCore

/// `spillway explain PATH [CONFIG...]`.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says which stanza governs a log, when it is due, and what becomes of it.",
        discussion: """
            Nothing is changed. Exit status: 0; 1 where no stanza names the path.

            Examples:
              spillway explain /var/log/syslog
              spillway explain /var/log/app/error.log /etc/logrotate.conf
            """)

    @OptionGroup var look: LookOptions

    @Argument(
        help: ArgumentHelp("The log, or one of its archives.", valueName: "path"),
        completion: LogCompletion.kind)
    var path: String

    @Argument(
        help: ArgumentHelp("Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"),
        completion: .file())
    var configurations: [String] = []

    func run() throws {
        let now = Timestamp.now()
        let path = Path(path).resolved(against: Environment.workingDirectory)
        let explanation = Explanation.look(at: path, try look.request(configurations), now: now)
        let text = ExplanationText(path: path, now: now, accounts: SystemAccounts())
        for line in text.lines(explanation) { Output.standardOutput(line) }
        if case .nobodys = explanation { throw ExitStatus.failure.exit() }
    }
}
