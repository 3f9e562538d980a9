import ArgumentParser
import Glibc
import LinuxSystem
import RotationCore
import RotationEngine

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
        commandName: "rotate", abstract: "Rotates the logs that are due (this is what happens without a command).",
        version: "spillway \(spillwayVersion)")

    @Flag(name: .shortAndLong, help: "Rotate every log, due or not.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Print what would be done, and why; change nothing.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "As -n, with logrotate's trace.")
    var debug = false

    @Flag(name: .shortAndLong, help: "Tell what is done, and why logs are left alone.")
    var verbose = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Also write what -v tells to this file, or with 'syslog' there.", valueName: "file"))
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
            "Wait for the lock on the state file, for ever or so many seconds (=SECONDS).", valueName: "seconds"))
    var waitForStateLock: StateLockWait?

    @Option(help: ArgumentHelp("Only logs whose path, or name, matches; may repeat.", valueName: "pattern"))
    var only: [String] = []

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
        help: ArgumentHelp("Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"))
    var configurations: [String] = []

    func validate() throws {
        if configurations.isEmpty, logrotate {
            throw ValidationError("logrotate's command line names a configuration file, such as /etc/logrotate.conf.")
        }
    }

    func run() throws {
        do throws(SystemError) {
            try StopSignal.arm()
        } catch {
            throw CleanExit.message("spillway: \(error)")
        }
        var logFailed = false
        let output = makeOutput(&logFailed)
        let reporter = RunReporter(
            output: output, detail: verbose ? .everything : .errors, isDryRun: dryRun || debug,
            wording: logrotate || debug ? .logrotate : .spillway, isForced: force, reportsElsewhere: json)
        let started = monotonicSeconds()
        let report = RotationRun(options(output), listener: reporter.hear).run { report in
            guard let metrics else { return nil }
            let path = Path(metrics).resolved(against: Environment.workingDirectory)
            let text = RunMetrics.render(
                report, exitStatus: exitStatus(report, logFailed).rawValue, seconds: monotonicSeconds() - started,
                now: Timestamp.now())
            do {
                try SafeFile(path: path, mode: 0o644, makesDirectories: false).replace(with: Array(text.utf8))
                return nil
            } catch {
                return (path, error)
            }
        }
        let status = exitStatus(report, logFailed)
        reporter.finish(report)
        if json { print(RunJSON.render(report, isDryRun: dryRun || debug)) }
        if status != .success { throw status.exit() }
    }

    private func exitStatus(_ report: RunReport, _ logFailed: Bool) -> ExitStatus {
        if report.lockWasBusy { return .lockBusy }
        return report.hasErrors || logFailed ? .failure : .success
    }

    private func makeOutput(_ logFailed: inout Bool) -> Output {
        // A dry run changes nothing, the log of an earlier run neither.
        guard let log, !(dryRun || debug) || log == "syslog" else {
            return Output(verboseToStandardError: json || logrotate || debug, log: .none)
        }
        if log == "syslog" {
            SystemLog.open()
            return Output(verboseToStandardError: json || logrotate || debug, log: .system)
        }
        do {
            let file = try Descriptor.openForWriting(Path(log), mode: 0o600)
            return Output(verboseToStandardError: json || logrotate || debug, log: .file(LogFile(file)))
        } catch {
            // The rotation matters more than its log: on a full disk this is why somebody runs it.
            Output.standardError("spillway: --log: \(error); the run goes on without it")
            logFailed = true
            return Output(verboseToStandardError: json || logrotate || debug, log: .none)
        }
    }

    private func options(_ output: Output) -> RunOptions {
        var options = RunOptions()
        if !configurations.isEmpty { options.configurations = configurations.map { Path($0) } }
        options.dialect = logrotate ? .logrotate : .spillway
        options.force = force
        options.isDryRun = dryRun || debug
        options.statePath = state.map { Path($0) }
        if skipStateLock { options.lockMode = .skip }
        if let waitForStateLock { options.lockMode = .wait(seconds: waitForStateLock.seconds) }
        options.mailCommand = mail
        options.only = only.map { Path($0) }
        options.journalPath = journal.map { Path($0).resolved(against: Environment.workingDirectory) }
        // Somebody who looks on is told everything, and so is who asked for it.
        options.tellsEverything = verbose || dryRun || debug || isTerminal(2)
        options.keepsStandardOutput = json
        options.logDescriptor = output.logDescriptor
        return options
    }
}
