public import LinuxSystem
public import RotationCore
import SystemPackage

/// What a watch looks at. It opens no log, asks nothing of /proc, and keeps no directory open: what is unmounted meanwhile is
/// not held by it.
public final class WatchLook {
    private let request: OverviewRequest
    /// What is watched by.
    public private(set) var configuration: Configuration
    /// What the configuration was read from.
    public private(set) var trace: ConfigurationTrace
    /// What the configuration in force was, where that on the disk is faulty; nil: that on the disk holds.
    public private(set) var kept: RecordedConfiguration?
    /// What was seen.
    public private(set) var book: WatchBook
    /// Directories into which new logs come.
    public private(set) var directories: Set<Path> = []
    /// When everything was last looked for, and how long that took, in seconds.
    private var discovered = 0.0
    private var discoverySeconds = 0.0
    private let journal: Path

    /// Reads the configuration, and looks at everything once.
    public init(_ request: OverviewRequest, at now: Double) {
        self.request = request
        journal = request.journalPath ?? DefaultPlaces.journal
        (configuration, trace) = Self.read(request)
        book = WatchBook(fileSystems: [], logs: [], spaces: [], at: now)
        discover(at: now)
    }

    private static func read(_ request: OverviewRequest) -> (Configuration, ConfigurationTrace) {
        let trace = ConfigurationTrace()
        let configuration = ConfigurationParser.parse(
            request.configurations, environment: trace, dialect: request.dialect)
        return (configuration, trace)
    }

    /// Reads the configuration again. A faulty one is not taken, and the old one goes on; what it was read from is watched
    /// all the same.
    ///
    /// - Returns: what is wrong with it.
    public func reload(at now: Double) -> [Diagnostic] {
        let (fresh, trace) = Self.read(request)
        let errors = fresh.diagnostics.filter { $0.severity == .error }
        // One that was faulty from the beginning is in force as far as it goes: what is put right of it counts.
        let isWorse = !errors.isEmpty && !configuration.diagnostics.contains { $0.severity == .error }
        if isWorse, kept == nil { kept = self.trace.recorded }
        self.trace = trace
        guard !isWorse else { return errors }
        configuration = fresh
        kept = nil
        discover(at: now)
        return errors
    }

    /// Whether names that came are to be looked at now: the more there is to look at, the less often that is done.
    public func mayDiscover(at now: Double) -> Bool { now >= nextDiscovery }

    /// When that is.
    public var nextDiscovery: Double { discovered + max(1, 50 * discoverySeconds) }

    /// When everything is looked for in any case.
    public var latestDiscovery: Double { discovered + WatchTimes.longestSeconds }

    /// Looks for file systems, spaces and logs.
    public func discover(at now: Double) {
        let begin = monotonicSeconds()
        book = WatchDiscovery(configuration, ledger: ledger(), state: state(), at: now).book(following: book) {
            directories = $0
        }
        discovered = now
        discoverySeconds = monotonicSeconds() - begin
    }

    /// Looks at what is to be looked at now.
    public func look(at now: Double) {
        let looks = book.looks(at: now)
        for index in looks.fileSystems { lookAtFileSystem(index, at: now) }
        // What a file system lost may be a log's growth.
        let logs = looks.fileSystems.isEmpty ? looks.logs : book.looks(at: now).logs
        for index in logs { book.note(log: index, book.logs[index].path.status(), at: now) }
    }

    private func lookAtFileSystem(_ index: Int, at now: Double) {
        // One that is gone is found out about by the next search.
        guard let size = try? FileSystemSize.of(book.fileSystems[index].place) else { return }
        book.note(fileSystem: index, size, at: now)
    }

    /// A run was started.
    public func began(_ run: WatchRun, at now: Double) { book.began(run, at: now) }

    /// A run is over: what it left is looked at.
    ///
    /// - Returns: as `WatchBook.ended`.
    public func ended(_ end: WatchRunEnd, at now: Double) -> Double? {
        let only = book.run?.only ?? []
        let ledger = ledger()
        for index in book.fileSystems.indices { lookAtFileSystem(index, at: now) }
        for index in book.logs.indices where only.isEmpty || only.contains(book.logs[index].path) {
            let path = book.logs[index].path
            let status = path.status()
            book.note(log: index, status, at: now)
            if let status, let cut = ledger.cuts[path], cut.isOf(status) { book.noteCut(log: index, to: cut.end) }
        }
        return book.ended(end, at: now)
    }

    /// Somebody asks for a run.
    public func ask() { book.ask() }

    private func ledger() -> Ledger { LedgerFile.read(journal: journal).ledger }

    private func state() -> RotationState {
        let journal = StandIn.existing(for: journal) ?? journal
        let content = try? StateFile(path: request.statePath).read(waiting: JournalFile.reserved(of: journal))
        return content?.state ?? RotationState()
    }
}
