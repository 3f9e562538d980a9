public import LinuxSystem
public import RotationCore

/// What is to be looked at.
public struct OverviewRequest: Sendable {
    /// Configuration files and directories.
    public var configurations: [Path] = ["/etc/spillway.conf"]
    /// Whose defaults hold.
    public var dialect = Dialect.spillway
    /// The state file; nil is the default.
    public var statePath: Path?
    /// The journal; nil is the default.
    public var journalPath: Path?
    /// Whether /proc is walked for who has files open.
    public var looksForHolders = true
    /// Only logs whose paths match one of these; empty is all.
    public var only: [Path] = []
    /// Whether the run itself looks, at its end: the run that is at work is no other.
    public var isPartOfRun = false

    /// The defaults.
    public init() {}
}

extension Overview {
    /// Looks at everything once.
    public static func look(_ request: OverviewRequest, now: Timestamp = .now()) -> Overview {
        OverviewLook(request, now).overview()
    }
}

/// One look at everything.
package struct OverviewLook {
    package let configuration: Configuration
    package let observer: Observer
    package let due: DueRule
    package let decisions: [[(log: LogObservation, decision: Decision)]]
    package let observations: [Observer.StanzaObservation]
    package let ledger: Ledger
    private let request: OverviewRequest
    private let now: Timestamp
    private let journal: Path
    private let entries: [JournalEntry]
    private let cache = DirectoryCache()
    /// Why dates are not known, or not all of them.
    private let stateProblems: [Overview.Problem]

    /// Reads the configuration, the state and what is remembered, and looks at every log from outside.
    package init(_ request: OverviewRequest, _ now: Timestamp) {
        self.request = request
        self.now = now
        let place = request.journalPath ?? DefaultPlaces.journal(of: request.statePath)
        journal = StandIn.existing(for: place) ?? place
        ledger = LedgerFile.read(journal: place).ledger
        entries = JournalFile.entries(of: journal)
        let configuration = ConfigurationParser.parse(
            request.configurations, environment: SystemConfigurationEnvironment(), dialect: request.dialect)
        self.configuration = configuration
        let stateFile = StateFile(path: request.statePath)
        var state = RotationState()
        var stateProblems: [Overview.Problem] = []
        do throws(WalkError) {
            let content = try stateFile.read(waiting: JournalFile.reserved(of: journal))
            state = content.state
            stateProblems = content.diagnostics.map {
                Overview.Problem(path: stateFile.path, message: "\($0)", isError: $0.severity == .error)
            }
        } catch {
            let message = StateText.unreadable("\(error)")
            stateProblems = [Overview.Problem(path: stateFile.path, message: message, isError: true)]
        }
        self.stateProblems = stateProblems
        let observer = Observer(
            cache: cache, state: state, only: request.only, ledger: ledger,
            unresolved: Set(entries.map(\.log)))
        self.observer = observer
        let due = DueRule(now: now, zone: LocalZone(), force: false, checksDirectories: Accounts.effectiveUser == 0)
        self.due = due
        let dialect = request.dialect
        let observations = configuration.stanzas.enumerated().map { index, stanza in
            observer.observe(stanza, index: index, reportsDuplicates: dialect == .logrotate)
        }
        self.observations = observations
        decisions = configuration.stanzas.indices.map { index in
            let settings = configuration.stanzas[index].settings
            return observations[index].logs.map { log in
                var log = log
                observer.lookAtPending(&log)
                return (log, due.decide(log, settings))
            }
        }
    }

    func overview() -> Overview {
        var overview = Overview()
        overview.stanzaCount = configuration.stanzas.count
        noteProblems(&overview)
        overview.problems += stateProblems
        let pairs = zip(configuration.stanzas, observations).map { (stanza: $0, observation: $1) }
        let spaceLogs = SpaceLogs.look(pairs, observer, cache, where: { _ in true }) { path, message in
            overview.problems.append(Overview.Problem(path: path, message: message, isError: false))
        }
        let archived = Dictionary(spaceLogs.logs.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let table = holders()
        overview.gap = table?.gap
        overview.logs = logs(archived, table, gone: spaceLogs)
        overview.unreleased = unreleased(table)
        let isAtWork = !request.isPartOfRun && isRunAtWork()
        overview.unresolved = isAtWork ? [] : entries.filter { $0.kind != .extend }
        overview.lastRun = lastRun(isAtWork)
        overview.watch = WatchFile.current(of: request.journalPath ?? DefaultPlaces.journal)
        for rule in configuration.spaces where request.only.isEmpty {
            lookAtSpace(rule, spaceLogs, &overview)
        }
        if request.looksForHolders { overview.held = try? HeldFiles.look(isComplete: false) }
        return overview
    }

    private func noteProblems(_ overview: inout Overview) {
        for diagnostic in configuration.diagnostics where diagnostic.severity != .note {
            overview.problems.append(
                Overview.Problem(
                    path: diagnostic.location.file, message: diagnostic.description,
                    isError: diagnostic.severity == .error))
        }
        let unmatched = observations.flatMap(\.unmatched).map { ($0.path, $0.message) }
        for (path, message) in observations.flatMap(\.problems).map({ ($0.path, $0.message) }) + unmatched {
            overview.problems.append(Overview.Problem(path: path, message: message, isError: true))
        }
        for (log, decision) in decisions.joined() {
            guard case .problem(let problem) = decision else { continue }
            let message = ProblemText.describe(problem, log.path, accounts: SystemAccounts())
            overview.problems.append(Overview.Problem(path: log.path, message: message, isError: true))
        }
    }

    /// Who has the logs open: one walk through /proc for all of them.
    private func holders() -> HolderTable? {
        guard request.looksForHolders else { return nil }
        var files = Set(decisions.joined().compactMap { $0.log.status?.identity })
        for file in ledger.unreleased.values {
            if let status = status(of: file.path) { files.insert(status.identity) }
        }
        return HolderTable.lookIfPossible(for: files)
    }

    private func logs(_ archived: [Path: SpaceLog], _ table: HolderTable?, gone: SpaceLogs) -> [Overview.Log] {
        var logs: [Overview.Log] = []
        var seen: Set<Path> = []
        for (index, items) in decisions.enumerated() {
            let stanza = configuration.stanzas[index]
            for (log, decision) in items where log.status != nil || archived[log.path]?.archives.isEmpty == false {
                seen.insert(log.path)
                var entry = Overview.Log(
                    path: log.path, stanza: stanza.location, status: log.status, pendingBytes: log.pendingBytes,
                    decision: decision, next: due.next(decision, stanza.settings), lastRotated: log.lastRotated,
                    method: stanza.settings.methodName, archives: archived[log.path]?.archives ?? [])
                let holders = log.status.flatMap { table?.holders[$0.identity] } ?? []
                entry.writers = holders.filter(\.canWrite)
                entry.followers = holders.filter { !$0.canWrite }
                logs.append(entry)
            }
        }
        // Archives of logs that are not there any more take space all the same.
        for log in gone.logs where !seen.contains(log.path) && !log.archives.isEmpty {
            let stanza = gone.stanzas[log.path].map { configuration.stanzas[$0] }
            logs.append(
                Overview.Log(
                    path: log.path, stanza: stanza?.location, decision: .leave(.missing), next: .waits(.missing),
                    method: stanza?.settings.methodName ?? "", archives: log.archives))
        }
        return logs
    }

    private func unreleased(_ table: HolderTable?) -> [Overview.Unreleased] {
        ledger.unreleased.values.sorted { $0.path < $1.path }.compactMap { file in
            guard let status = status(of: file.path), status.identity.inode == file.inode else { return nil }
            let holders = table?.holders[status.identity] ?? []
            // What nobody writes to any more is an archive that waits for the next run.
            guard table == nil || table?.gap != nil || !holders.isEmpty else { return nil }
            return Overview.Unreleased(
                path: file.path, log: file.log, allocatedBytes: status.allocatedBytes, holders: holders)
        }
    }

    private func status(of path: Path) -> FileStatus? {
        (try? cache.directory(path.directory).status(of: path.name)) ?? nil
    }

    private func lookAtSpace(_ rule: SpaceRule, _ logs: SpaceLogs, _ overview: inout Overview) {
        do throws(WalkError) {
            let accounting = try SpaceAccounting.look(
                rule, logs: logs.logs, nested: configuration.spaces.map(\.directory))
            let limits = try SpaceAccounting.limits(rule, syncs: false)
            overview.spaces.append(
                Overview.Space(
                    figures: SpaceFigures(path: rule.directory, usedBytes: accounting.usedBytes, limits: limits),
                    location: rule.location, inventory: accounting.inventory))
        } catch {
            overview.problems.append(
                Overview.Problem(
                    path: rule.directory, message: "\(rule.location): space \(rule.directory): \(error)",
                    isError: true))
        }
    }

    private func isRunAtWork() -> Bool {
        guard let status = status(of: journal) else { return false }
        return FileLocks.isLocked(status.identity)
    }

    private func lastRun(_ isAtWork: Bool) -> LastRun? {
        guard let status = status(of: journal) else { return nil }
        return LastRun(at: status.modified, exitStatus: ledger.exitStatus, isAtWork: isAtWork)
    }
}

extension Settings {
    /// How a log is emptied, in the words of the directives.
    package var methodName: String {
        switch technique {
        case .rename: "rename"
        case .copy: "copy"
        case .renamecopy: "renamecopy"
        case .inPlace: method?.rawValue ?? (lossless ? "lossless" : "auto")
        }
    }
}
