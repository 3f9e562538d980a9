public import LinuxSystem
public import RotationCore

/// Why a log is governed as it is, and what becomes of it.
public enum Explanation: Sendable {
    /// A stanza governs it.
    case governed(Governed)
    /// It is an archive of this log.
    case archive(of: Governed)
    /// No stanza names it; which ones come close.
    case nobodys(close: [NearMiss])

    /// A log and everything there is to say of it.
    public struct Governed: Sendable {
        /// The log, as `status` shows it.
        public var log: Overview.Log
        /// The pattern that names it.
        public var pattern: LogPattern
        /// Stanzas that name it too and come later: they have no say.
        public var overridden: [SourceLocation] = []
        /// Its stanza's settings, and where each comes from.
        public var settings: Settings
        /// Each setting that is not a default: where it stands, and the line there.
        public var lines: [(location: SourceLocation, text: String)] = []
        /// What is known of who has it open.
        public var holders: HolderKnowledge?
        /// What a rotation now would do.
        public var steps: [PlannedStep] = []
        /// Why a rotation now would do nothing; nil where it would.
        public var hindrance: LogProblem?
        /// The trees with limits that it is in.
        public var spaces: [Pressure] = []
    }

    /// What a tree's limits mean for a log.
    public struct Pressure: Sendable {
        /// What the tree occupies, and its limits.
        public var figures: SpaceFigures
        /// Where its block begins.
        public var location: SourceLocation
        /// What would go first of this log.
        public var first: SpaceFile?
        /// How many of its archives would be left then.
        public var leftCount: Int
        /// How far back they would reach; nil where none would be left.
        public var leftBack: Timestamp?
        /// What would go first of all logs in the tree.
        public var firstOfAll: Path?
    }

    /// A stanza that nearly names a path.
    public struct NearMiss: Hashable, Sendable {
        /// Its pattern.
        public var pattern: LogPattern
        /// Why it does not match.
        public var reason: Reason

        /// Why a pattern does not match.
        public enum Reason: Hashable, Sendable {
            /// It names another file in the same directory.
            case name
            /// It is for another directory.
            case directory
            /// The names are alike.
            case spelling
        }
    }

    /// Looks for everything that there is to say of a path.
    public static func look(at path: Path, _ request: OverviewRequest, now: Timestamp = .now()) -> Explanation {
        ExplanationLook(OverviewLook(request, now), now).explain(path)
    }
}

/// Finds the answers.
struct ExplanationLook {
    private let look: OverviewLook
    private let now: Timestamp
    private var configuration: Configuration { look.configuration }

    init(_ look: OverviewLook, _ now: Timestamp) {
        self.look = look
        self.now = now
    }

    func explain(_ path: Path) -> Explanation {
        for (index, items) in look.decisions.enumerated() {
            if let position = items.firstIndex(where: { $0.log.path == path }) {
                return .governed(governed(index, position))
            }
        }
        for (index, items) in look.decisions.enumerated() {
            for position in items.indices where isArchive(path, of: items[position].log.path, index) {
                return .archive(of: governed(index, position))
            }
        }
        return .nobodys(close: nearMisses(path))
    }

    private func isArchive(_ path: Path, of log: Path, _ index: Int) -> Bool {
        let settings = configuration.stanzas[index].settings
        let directory = settings.archiveDirectory.map { $0.resolved(against: log.directory) } ?? log.directory
        guard path.directory == directory else { return false }
        return ArchiveNaming(log: log.name, settings: settings).parse(path.name) != nil
    }

    // MARK: A log

    private func governed(_ index: Int, _ position: Int) -> Explanation.Governed {
        let stanza = configuration.stanzas[index]
        let settings = stanza.settings
        var log = look.decisions[index][position].log
        var logs = [log]
        look.observer.lookInto(&logs, [settings])
        log = logs[0]
        let decision = look.due.decide(log, settings)
        let archives = try? look.observer.observeArchives(of: log.path, settings)
        let space = SpaceLog(log, archives: archives, settings: settings, group: nil)
        let table = log.status.flatMap { HolderTable.lookIfPossible(for: [$0.identity]) }
        let holders = log.status.flatMap { table?.holders[$0.identity] } ?? []
        var result = Explanation.Governed(
            log: Overview.Log(
                path: log.path, stanza: stanza.location, status: log.status, pendingBytes: log.pendingBytes,
                decision: decision, next: look.due.next(decision, settings), lastRotated: log.lastRotated,
                method: settings.methodName, archives: space.archives, writers: holders.filter(\.canWrite),
                followers: holders.filter { !$0.canWrite }),
            pattern: stanza.patterns.first { matches(log.path, $0) } ?? stanza.patterns[0], settings: settings)
        result.overridden = configuration.stanzas.indices.dropFirst(index + 1).compactMap { other in
            configuration.stanzas[other].patterns.first { matches(log.path, $0) }?.location
        }
        result.holders = log.holders
        result.lines = lines(settings)
        plan(&result, stanza, log, archives)
        result.spaces = configuration.spaces.compactMap { pressure($0, log.path) }
        return result
    }

    private func matches(_ path: Path, _ pattern: LogPattern) -> Bool {
        GlobPattern.matches(path: path, pattern: pattern.text)
    }

    /// The lines that settings come from, as they are written.
    private func lines(_ settings: Settings) -> [(location: SourceLocation, text: String)] {
        let environment = SystemConfigurationEnvironment()
        var files: [Path: [Substring]] = [:]
        let locations = Directive.allCases.compactMap { settings.origins[$0] }
        return Set(locations).sorted { ($0.file, $0.line) < ($1.file, $1.line) }.compactMap { location in
            if files[location.file] == nil, case .success(.file(let bytes)) = environment.entry(location.file) {
                files[location.file] = String(decoding: bytes, as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false)
            }
            guard let lines = files[location.file], lines.indices.contains(location.line - 1) else { return nil }
            let text = lines[location.line - 1].drop { $0 == " " || $0 == "\t" }
            return (location, String(text))
        }
    }

    private func plan(
        _ result: inout Explanation.Governed, _ stanza: Stanza, _ log: LogObservation, _ archives: ArchiveObservation?
    ) {
        let planner = Planner(
            now: now, zone: LocalZone(), force: true, checksDirectories: Accounts.effectiveUser == 0,
            signals: look.ledger.signals)
        let decision = planner.due.decide(log, stanza.settings)
        var claims = Planner.NameClaims()
        let item = Planner.Item(log: log, decision: decision, archives: archives)
        let plan = planner.plan(stanza, [item], claims: &claims)
        for (_, decision) in plan.decisions { if case .problem(let problem) = decision { result.hindrance = problem } }
        result.steps = plan.steps
    }

    private func pressure(_ rule: SpaceRule, _ log: Path) -> Explanation.Pressure? {
        guard log.hasPrefix(rule.directory == "/" ? "/" : rule.directory + "/") else { return nil }
        let pairs = zip(configuration.stanzas, look.observations).map { (stanza: $0, observation: $1) }
        let logs = SpaceLogs.look(pairs, look.observer, look.observer.cache, where: { _ in true }) { _, _ in }
        guard
            let accounting = try? SpaceAccounting.look(
                rule, logs: logs.logs, nested: configuration.spaces.map(\.directory)),
            let limits = try? SpaceAccounting.limits(rule, syncs: false)
        else { return nil }
        let figures = SpaceFigures(path: rule.directory, usedBytes: accounting.usedBytes, limits: limits)
        // One byte too much: what goes then goes first.
        var tight = SpaceLimits(eviction: rule.eviction)
        tight.budgetBytes = max(0, accounting.usedBytes - 1)
        let plan = EvictionPlanner.plan(accounting.inventory, limits: tight)
        guard let own = accounting.inventory.logs.first(where: { $0.path == log }) else {
            return Explanation.Pressure(
                figures: figures, location: rule.location, leftCount: 0, firstOfAll: plan.evictions.first?.file.path)
        }
        let evictable = own.archives.dropLast(min(own.archives.count, own.minimumKeep)).filter { $0.obstacle == nil }
        let left = own.archives.filter { $0.identity != evictable.first?.identity }
        return Explanation.Pressure(
            figures: figures, location: rule.location, first: evictable.first, leftCount: left.count,
            leftBack: left.map(\.modified).min(), firstOfAll: plan.evictions.first?.file.path)
    }

    // MARK: Nobody's

    private func nearMisses(_ path: Path) -> [Explanation.NearMiss] {
        let patterns = configuration.stanzas.flatMap(\.patterns)
        var misses: [(rank: Int, miss: Explanation.NearMiss)] = []
        for pattern in patterns {
            if pattern.text.name == path.name || GlobPattern(pattern.text.name).matches(path.name) {
                misses.append((0, Explanation.NearMiss(pattern: pattern, reason: .directory)))
            } else if Suggestion.distance("\(pattern.text)", "\(path)") <= 3 {
                misses.append((1, Explanation.NearMiss(pattern: pattern, reason: .spelling)))
            } else if pattern.text.directory == path.directory {
                misses.append((2, Explanation.NearMiss(pattern: pattern, reason: .name)))
            }
        }
        return misses.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .prefix(5).map(\.element.miss)
    }
}
