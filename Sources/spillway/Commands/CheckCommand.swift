import ArgumentParser
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore

/// `spillway check [CONFIG...]`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads a configuration and says what is wrong with it.",
        discussion: "Exit status: 0 clean, 1 errors, 2 warnings with --strict.")

    @Flag(help: "Warnings make the exit status 2.")
    var strict = false

    @Flag(help: "Judge by logrotate's defaults.")
    var logrotate = false

    @Argument(
        help: ArgumentHelp("Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"),
        completion: .file())
    var configurations: [String] = []

    func run() throws {
        let paths = configurations.isEmpty ? ["/etc/spillway.conf"] : configurations.map { Path($0) }
        let result = ConfigurationCheck.check(
            paths, dialect: logrotate ? .logrotate : .spillway, shell: ShellSyntax.complaint)
        let diagnostics = result.diagnostics
        var text = DiagnosticText(screen: Screen(of: 1))
        for diagnostic in diagnostics {
            for line in text.lines(diagnostic) { Output.standardOutput(line) }
        }
        // Who looks on wants to know what was read; cron does not.
        if diagnostics.isEmpty, isTerminal(1) { Output.standardOutput(result.summary) }
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitStatus.failure.exit() }
        if strict, diagnostics.contains(where: { $0.severity == .warning }) { throw ExitStatus.warnings.exit() }
    }
}
