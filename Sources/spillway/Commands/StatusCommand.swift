import ArgumentParser
import HostObservation
import LinuxSystem
import RotationCore

/// `spillway status [CONFIG...]`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows logs, spaces, held files and the last run: what is wrong first.",
        discussion: """
            Nothing is changed. Exit status: 0; with --nagios 0 all well, 1 a warning, 2 critical, 3 unknown.

            Examples:
              spillway status
              spillway status --all /etc/logrotate.d
              spillway status --json | jq '.logs[] | select(.due)'
              spillway status --nagios --stale 10m
            """)

    @Flag(help: "Print it as JSON.")
    var json = false

    @Flag(help: "Print one line with performance data, for Nagios and its kin; the exit status tells.")
    var nagios = false

    @Flag(help: "Show every log, not only the first 40 on a terminal.")
    var all = false

    @Option(help: ArgumentHelp("With --nagios: warn when the last run is older.", valueName: "age"))
    var stale = AgeArgument(seconds: 300)

    @Option(help: ArgumentHelp("With --nagios: critical when the last run is older.", valueName: "age"))
    var staleCritical = AgeArgument(seconds: 3600)

    @Option(help: ArgumentHelp("Warn when deleted files that are held occupy as much.", valueName: "size"))
    var held = SizeArgument(bytes: 100 << 20)

    @Option(help: ArgumentHelp("With --nagios: critical when they occupy as much.", valueName: "size"))
    var heldCritical = SizeArgument(bytes: 1 << 30)

    @OptionGroup var look: LookOptions

    @Argument(
        help: ArgumentHelp("Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"),
        completion: .file())
    var configurations: [String] = []

    private static let shownOnATerminal = 40

    func validate() throws {
        if json, nagios { throw ValidationError("--json and --nagios are two forms of the same: choose one.") }
    }

    func run() throws {
        let now = Timestamp.now()
        let overview = Overview.look(try look.request(configurations), now: now)
        var thresholds = TroubleThresholds()
        thresholds.staleSeconds = stale.seconds
        thresholds.heldBytes = held.bytes
        let troubles = overview.troubles(thresholds, now: now, isScheduled: Scheduler.isInstalled)
        if json { return Output.standardOutput(StatusJSON.render(overview, troubles)) }
        if nagios { return try printNagios(overview, troubles, now) }
        let screen = Screen(of: 1)
        let isShort = screen.width != nil && !all && isTerminal(1)
        let text = StatusText(
            overview: overview, troubles: troubles, now: now, screen: screen,
            limit: isShort ? Self.shownOnATerminal : nil)
        for line in text.lines() { Output.standardOutput(line) }
    }

    private func printNagios(_ overview: Overview, _ troubles: [Trouble], _ now: Timestamp) throws {
        let check = NagiosCheck(
            overview: overview, troubles: troubles, now: now, staleSeconds: stale.seconds,
            staleCriticalSeconds: staleCritical.seconds, heldBytes: held.bytes, heldCriticalBytes: heldCritical.bytes)
        Output.standardOutput(check.line)
        if check.state != .ok { throw ExitCode(check.state.rawValue) }
    }
}
