import HostObservation
import LinuxSystem
import RotationCore

/// What the command line of a watch says, and what of it goes to its runs.
struct WatchArguments {
    var state: String?
    var journal: String?
    var mail: String?
    var log: String?
    var metrics: String?
    var logrotate = false
    var verbose = false
    var configurations: [String] = []
    private let workingDirectory = Environment.workingDirectory

    /// The command line of a run. Paths are whole ones: a word without a slash could be a command.
    func arguments(of run: WatchRun) -> [Path] {
        var words: [Path] = ["--json"]
        func add(_ option: Path, _ value: String?, isPath: Bool = true) {
            guard let value else { return }
            words += [option, isPath ? Path(value).resolved(against: workingDirectory) : Path(value)]
        }
        add("--state", state)
        add("--journal", journal)
        add("--mail", mail, isPath: false)
        add("--log", log, isPath: log != "syslog")
        // The figures are those of runs that looked at everything.
        if run.isWhole { add("--metrics", metrics) }
        if logrotate { words.append("--logrotate") }
        if verbose { words.append("--verbose") }
        if run.headroomBytes > 0 { add("--headroom", "\(run.headroomBytes)", isPath: false) }
        for log in run.only { words += ["--only", Self.pattern(log)] }
        return words + paths
    }

    private var paths: [Path] { configurations.map { Path($0).resolved(against: workingDirectory) } }

    /// A pattern that only this path matches.
    private static func pattern(_ path: Path) -> Path {
        let special = Array("*?[]\\".utf8)
        return Path(bytes: path.bytes.flatMap { special.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] })
    }

    /// What is looked at.
    var request: OverviewRequest {
        var request = OverviewRequest()
        if !configurations.isEmpty { request.configurations = paths }
        request.dialect = logrotate ? .logrotate : .spillway
        request.statePath = state.map { Path($0).resolved(against: workingDirectory) }
        request.journalPath = journalPath
        return request
    }

    /// nil is the default.
    var journalPath: Path? { journal.map { Path($0).resolved(against: workingDirectory) } }
}
