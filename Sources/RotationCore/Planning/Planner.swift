public import LinuxSystem

/// Turns settings, what was seen and the time into steps. Pure: nothing is looked at and nothing is done here.
public struct Planner: Sendable {
    /// Whose time it is.
    public let due: DueRule
    let zone: any Zone
    /// What programs do on signals.
    public let signals: SignalKnowledge

    /// A planner for one run.
    public init(
        now: Timestamp, zone: any Zone, force: Bool = false, checksDirectories: Bool = false,
        signals: SignalKnowledge = SignalKnowledge()
    ) {
        due = DueRule(now: now, zone: zone, force: force, checksDirectories: checksDirectories)
        self.zone = zone
        self.signals = signals
    }

    /// A log to be planned for: what was decided, and what was seen of its archives if they matter.
    public struct Item: Sendable {
        /// The log.
        public var log: LogObservation
        /// What becomes of it.
        public var decision: Decision
        /// Its archives; nil where they were not looked at.
        public var archives: ArchiveObservation?

        /// A log to be planned for.
        public init(log: LogObservation, decision: Decision, archives: ArchiveObservation?) {
            self.log = log
            self.decision = decision
            self.archives = archives
        }
    }

    /// Which log has which names for its archives, over all stanzas of a run.
    public struct NameClaims: Sendable {
        private var owners: [Path: Path] = [:]

        /// Nothing claimed.
        public init() {}

        /// Claims the names for a log; the log that has them already, if there is one. Every log claims its names before
        /// the first plan is made, due or not.
        @discardableResult
        public mutating func claim(_ log: Path, in directory: Path) -> Path? {
            let key = directory.appending(log.name)
            if let owner = owners[key], owner != log { return owner }
            owners[key] = log
            return nil
        }
    }

    /// Plans a stanza. `gone` are logs that are not there any more and have archives.
    ///
    /// - Parameter lacksLogs: whether one of its patterns matches nothing though it should.
    public func plan(
        _ stanza: Stanza, _ items: [Item], gone: [Item] = [], lacksLogs: Bool = false, claims: inout NameClaims
    ) -> StanzaPlan {
        let items = withoutRotationsBesideMissingLogs(stanza, items, lacksLogs: lacksLogs)
        var decisions: [(log: LogObservation, decision: Decision)] = []
        var logs: [LogPlan] = []
        var expiry: [[PlannedStep]] = []
        for item in items {
            var decision = item.decision
            if case .rotate(let reason) = decision, let status = item.log.status {
                if let archives = item.archives,
                    let problem = archiveProblem(item.log.path, archives, stanza.settings, &claims)
                {
                    decision = .problem(problem)
                } else {
                    var settings = stanza.settings
                    if case .abandoned = reason { settings = settings.forAbandoned }
                    let rotation = Rotation(
                        log: item.log, status: status, archives: item.archives, settings: settings, planner: self)
                    logs.append(rotation.plan(reason))
                }
            } else if let archives = item.archives {
                expiry += expirySteps(item.log.path, archives, stanza.settings)
                expiry += unreleasedSteps(item.log.path, archives, stanza.settings)
                expiry += renamedAsideSteps(item.log, archives, stanza.settings)
            }
            if case .leave = decision, let reason = due.removalOfAbandoned(item.log, stanza.settings) {
                let step = Step.remove(item.log.path, shredCycles: nil)
                expiry.append([PlannedStep(step, reason, for: item.log.path, identity: item.log.status?.identity)])
            }
            decisions.append((item.log, decision))
        }
        for item in gone {
            guard let archives = item.archives else { continue }
            expiry += expirySteps(item.log.path, archives, stanza.settings)
            expiry += unreleasedSteps(item.log.path, archives, stanza.settings)
            expiry += renamedAsideSteps(item.log, archives, stanza.settings)
        }
        makeDirectoriesOnce(&logs)
        var plan = StanzaPlan(stanza: stanza, decisions: decisions, expiry: expiry)
        if !logs.isEmpty {
            plan.groups = groups(stanza, logs)
            plan.firstAction = hook(.firstaction, stanza, [stanza.scriptArgument], stanza.patternText)
            plan.lastAction = hook(.lastaction, stanza, [stanza.scriptArgument], stanza.patternText)
        }
        plan.telling = telling(stanza, items + gone, isRotating: !logs.isEmpty)
        return plan
    }

    /// Scripts that are shared are for all logs: where one is missing that should be there, the others stay as they are.
    private func withoutRotationsBesideMissingLogs(_ stanza: Stanza, _ items: [Item], lacksLogs: Bool) -> [Item] {
        guard stanza.settings.sharesScripts,
            lacksLogs || items.contains(where: { $0.decision == .problem(.missing) })
        else { return items }
        return items.map { item in
            guard item.decision.isRotation else { return item }
            var item = item
            item.decision = .leave(.waits("another log of its stanza, which shares its scripts, is missing"))
            return item
        }
    }

    /// One directory can be missing for many logs: the first one's plan makes it.
    private func makeDirectoriesOnce(_ logs: inout [LogPlan]) {
        var made: Set<Path> = []
        for index in logs.indices {
            logs[index].prepare.removeAll { planned in
                if case .makeDirectory(let path, _) = planned.step { return !made.insert(path).inserted }
                return false
            }
        }
    }

    private func archiveProblem(
        _ log: Path, _ archives: ArchiveObservation, _ settings: Settings, _ claims: inout NameClaims
    ) -> LogProblem? {
        if let owner = claims.claim(log, in: archives.directory) {
            return .archiveNameClash(with: owner, directory: archives.directory)
        }
        guard archives.status == nil, settings.archiveDirectoryCreation == nil else { return nil }
        return .archiveDirectoryMissing(archives.directory)
    }

    private func groups(_ stanza: Stanza, _ logs: [LogPlan]) -> [GroupPlan] {
        if stanza.settings.sharesScripts {
            let (patterns, argument) = (stanza.patternText, stanza.scriptArgument)
            return [
                GroupPlan(
                    logs: logs, prerotate: hook(.prerotate, stanza, [argument], patterns),
                    postrotate: hook(.postrotate, stanza, [argument], patterns), isShared: true)
            ]
        }
        return logs.map { log in
            GroupPlan(
                logs: [log], prerotate: hook(.prerotate, stanza, [stanza.asWritten(log.log)], log.log),
                postrotate: hook(.postrotate, stanza, [stanza.asWritten(log.log), log.archive], log.log),
                isShared: false)
        }
    }

    private func hook(_ kind: HookKind, _ stanza: Stanza, _ arguments: [Path], _ subject: Path) -> PlannedStep? {
        stanza.settings.scripts[kind].map {
            PlannedStep(.run(kind, $0, arguments: arguments), .rotation, for: subject)
        }
    }

    /// What is past its age although the log is not due.
    private func expirySteps(_ log: Path, _ archives: ArchiveObservation, _ settings: Settings) -> [[PlannedStep]] {
        guard settings.maximumAgeSeconds != nil else { return [] }
        let inventory = ArchiveInventory(log: log.name, archives, settings)
        let verdict = Retention.apply(
            to: inventory.archives.map(\.retained), limit: .unlimited, newCount: 0,
            maximumAgeSeconds: settings.maximumAgeSeconds, now: due.now)
        return verdict.remove.reversed().map { archive, reason in
            removal(
                of: archives.directory.appending(archive.name), reason, log: log, settings,
                identity: inventory.identity(of: archive.name))
        }
    }

    /// What is wrong with a log whose `olddir` is no directory.
    public func noDirectory(_ directory: Path, for log: Path, _ settings: Settings) -> LogProblem {
        let naming = ArchiveNaming(log: log.name, settings: settings)
        let name =
            settings.usesDate
            ? naming.name(date: settings.archiveDate(at: due.now, in: zone), sequence: 0)
            : naming.name(number: settings.start)
        return .archiveDirectoryIsNone(directory, archive: directory.appending(name))
    }

    /// The steps that an archive goes by: the mail, the script, the removal.
    func removal(
        of path: Path, _ reason: StepReason, log: Path, _ settings: Settings, identity: FileIdentity?
    ) -> [PlannedStep] {
        var steps: [PlannedStep] = []
        if let address = settings.mailAddress, !settings.mailsFirst {
            steps.append(
                PlannedStep(.mail(path, address: address, subject: path), reason, for: log, identity: identity))
        }
        if let script = settings.scripts[.preremove] {
            steps.append(PlannedStep(.run(.preremove, script, arguments: [path]), reason, for: log))
        }
        let cycles = settings.shreds ? settings.shredCycles ?? 0 : nil
        steps.append(PlannedStep(.remove(path, shredCycles: cycles), reason, for: log, identity: identity))
        return steps
    }
}
