import Glibc
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import RotationEngine
import SystemPackage

/// What the command line of a run says, and the run itself.
struct RunArguments {
    var force = false
    var dryRun = false
    var debug = false
    var verbose = false
    /// `-vv`.
    var isExact = false
    var log: String?
    var state: String?
    var mail: String?
    var skipStateLock = false
    var waitForStateLock: StateLockWait?
    var only: [String] = []
    var headroomBytes: Int64 = 0
    /// The descriptor of what a watch has kept of its configuration.
    var keptConfiguration: CInt?
    var json = false
    var metrics: String?
    var journal: String?
    var logrotate = false
    var configurations: [String] = []

    /// Does the run; how this process ends.
    func run() -> ExitStatus {
        if let seconds = strayedSeconds {
            Output.standardError(
                "spillway: the seconds are given with '=': --wait-for-state-lock=\(seconds); nothing is done")
            return .usage
        }
        if let mistake = CommandWord.mistake(
            configurations: configurations, commands: SpillwayCommand.names, isLogrotate: logrotate, Entry.isThere)
        {
            Output.standardError("spillway: \(mistake); nothing is done")
            return .usage
        }
        let recorded: RecordedConfiguration?
        do throws(SystemError) {
            try StopSignal.arm()
            recorded = try readKeptConfiguration()
        } catch {
            Output.standardError("spillway: \(error)")
            return .failure
        }
        var logFailed = false
        let output = makeOutput(&logFailed)
        let reporter = RunReporter(
            output: output, detail: isExact ? .exactly : verbose ? .everything : .errors, isDryRun: dryRun || debug,
            wording: logrotate || debug ? .logrotate : .spillway, isForced: force, reportsElsewhere: json)
        let started = monotonicSeconds()
        var options = options(output)
        options.recordedConfiguration = recorded
        let run = RotationRun(options, listener: reporter.hear)
        // The process ends with it.
        _ = Unmanaged.passRetained(run)
        let report = run.run { report in
            guard let metrics else { return nil }
            let path = Path(metrics).resolved(against: Environment.workingDirectory)
            let seconds = monotonicSeconds() - started
            let text = RunMetrics(
                report, overview(), previous: PreviousMetrics(path),
                exitStatus: exitStatus(report, logFailed).rawValue, seconds: seconds, now: Timestamp.now()
            ).text
            do {
                try SafeFile(path: path, mode: 0o644, makesDirectories: false).replace(with: Array(text.utf8))
                return nil
            } catch {
                return (path, error)
            }
        }
        let status = exitStatus(report, logFailed)
        if !only.isEmpty, report.logCount == 0, !report.lockWasBusy, verbose || dryRun || isTerminal(2) {
            Output.standardError(
                "spillway: no log matches --only \(only.joined(separator: ", ")): without a slash it is for the name, with one for the whole path"
            )
        }
        reporter.finish(report)
        if json { print(RunJSON.render(report, isDryRun: dryRun || debug)) }
        return status
    }

    private func readKeptConfiguration() throws(SystemError) -> RecordedConfiguration? {
        guard let keptConfiguration else { return nil }
        let bytes = try Descriptor.inherited(keptConfiguration).readAll(limitBytes: 1 << 30)
        guard let recorded = RecordedConfiguration(decoding: bytes) else {
            throw SystemError("read the kept configuration", nil, .invalidArgument)
        }
        return recorded
    }

    /// A number that was meant for the option before it: no configuration is called so.
    private var strayedSeconds: String? {
        guard let waitForStateLock, waitForStateLock.seconds == nil else { return nil }
        return configurations.first { text in
            text.allSatisfy(\.isNumber) && (try? Descriptor.open(Path(text)).status()) == nil
        }
    }

    private func exitStatus(_ report: RunReport, _ logFailed: Bool) -> ExitStatus {
        // To logrotate a state that it cannot open is one that it cannot lock.
        if report.lockWasBusy || (report.isWithoutState && Entry.isLogrotate) { return .lockBusy }
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
            let file = try Descriptor.openForAppending(Path(log), mode: 0o600)
            return Output(verboseToStandardError: json || logrotate || debug, log: .file(LogFile(file)))
        } catch {
            // The rotation matters more than its log: on a full disk this is why somebody runs it.
            if logrotate {
                Output.standardError(
                    "error: error opening log file \(log): \(error.errno?.description ?? error.description)")
                return Output(verboseToStandardError: true, log: .none)
            }
            Output.standardError("spillway: --log: \(error); the run goes on without it")
            logFailed = true
            return Output(verboseToStandardError: json || logrotate || debug, log: .none)
        }
    }

    /// Every log as it is after the run, whatever the run was limited to.
    private func overview() -> Overview {
        var request = OverviewRequest()
        if !configurations.isEmpty { request.configurations = configurations.map { Path($0) } }
        request.dialect = logrotate ? .logrotate : .spillway
        request.statePath = state.map { Path($0) }
        request.journalPath = journal.map { Path($0).resolved(against: Environment.workingDirectory) }
        request.isPartOfRun = true
        return Overview.look(request)
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
        options.headroomBytes = headroomBytes
        options.journalPath = journal.map { Path($0).resolved(against: Environment.workingDirectory) }
        // Somebody who looks on is told everything, and so is who asked for it.
        options.tellsEverything = verbose || dryRun || debug || Entry.isLogrotate || isTerminal(2)
        options.traces = verbose || dryRun || debug || log != nil
        options.keepsStandardOutput = json
        options.logDescriptor = output.logDescriptor
        return options
    }
}
