import HostObservation
import LinuxSystem
import LogCut
import RotationCore

/// What each log of each stanza is in for, in the stanzas' order.
typealias Decisions = [[(log: LogObservation, decision: Decision)]]

/// What a run has seen before it does anything: which stanza has which log does not depend on the doing.
struct RunLook {
    let configuration: Configuration
    let observer: Observer
    let observations: [Observer.StanzaObservation]
    /// Cuts that an earlier run began, which a dry run does not finish.
    let begun: [JournalEntry]
    /// Which names of archives belong to whom.
    private(set) var claims = Planner.NameClaims()
    /// Logs that are renamed and not known to be released, each with the first stanza that names it: asked once, and not by
    /// each of a thousand stanzas.
    private(set) var renamed: [(log: Path, stanza: Int)] = []

    var stanzas: [Stanza] { configuration.stanzas }

    /// Looks at the logs of all stanzas.
    init(
        _ configuration: Configuration, _ options: RunOptions, _ tools: CutTools, _ memory: RunMemory,
        begun: [JournalEntry]
    ) {
        let observer = Observer(
            cache: tools.cache, state: memory.state, only: options.only, ledger: tools.ledger.ledger,
            unresolved: memory.othersLogs.union(memory.cuts.unresolved.map(\.log)))
        self.configuration = configuration
        self.observer = observer
        self.begun = begun
        let stanzas = configuration.stanzas
        observations = stanzas.indices.map { index in
            observer.observe(stanzas[index], index: index, reportsDuplicates: options.dialect == .logrotate)
        }
        for log in observer.renamedLogs {
            guard let index = stanzas.firstIndex(where: { $0.names(log) }) else { continue }
            renamed.append((log, index))
        }
        for index in stanzas.indices {
            guard let directory = stanzas[index].settings.archiveDirectory else { continue }
            for log in observations[index].claims { claims.claim(log, in: directory.resolved(against: log.directory)) }
        }
    }

    /// Whether something is to be said of a stanza before it is carried out.
    func hasTrouble(_ index: Int) -> Bool {
        !observations[index].problems.isEmpty || !observations[index].unmatched.isEmpty
    }

    /// Whose time it is, as far as is known from outside; and who is in use again that had been abandoned.
    ///
    /// - Returns: also logs that could not be asked who has them, and why.
    func decide(
        _ due: DueRule, _ tools: CutTools
    ) -> (decisions: Decisions, inUse: [Path], troubles: [(path: Path, message: String)]) {
        let abandoned = AbandonedLook(cache: tools.cache, ledger: tools.ledger.ledger, due: due)
        var inUse: [Path] = []
        var troubles: [(path: Path, message: String)] = []
        let decisions = stanzas.indices.map { index in
            let settings = stanzas[index].settings
            return observations[index].logs.map { log in
                var log = log
                let (isInUse, trouble) = abandoned.look(at: &log, settings)
                if isInUse { inUse.append(log.path) }
                if let trouble { troubles.append((log.path, trouble)) }
                return (log: log, decision: due.decide(log, settings))
            }
        }
        return (decisions, inUse, troubles)
    }

    /// Decides again with a look into the logs that seem to be due: a size may be made of holes.
    ///
    /// - Parameter demands: logs that are to be rotated for space, and why.
    func decideAgain(_ first: Decisions, _ due: DueRule, demands: [Path: DueReason]) -> Decisions {
        var decided = first
        for (index, stanza) in stanzas.enumerated() where !demands.isEmpty {
            for (position, item) in decided[index].enumerated() {
                guard let demand = demands[item.log.path] else { continue }
                decided[index][position].decision = due.decide(item.log, stanza.settings, demand: demand)
            }
        }
        let places = placesToLookInto(decided)
        guard !places.isEmpty else { return decided }
        var logs = places.map { decided[$0.stanza][$0.log].log }
        observer.lookInto(&logs, places.map { stanzas[$0.stanza].settings })
        for index in logs.indices { forgetBegun(&logs[index]) }
        for (place, log) in zip(places, logs) {
            let decision = due.decide(log, stanzas[place.stanza].settings, demand: demands[log.path])
            decided[place.stanza][place.log] = (log, decision)
        }
        return decided
    }

    private func placesToLookInto(_ decided: Decisions) -> [(stanza: Int, log: Int)] {
        var places: [(stanza: Int, log: Int)] = []
        for index in stanzas.indices
        where !stanzas[index].isBroken && decided[index].contains(where: \.decision.isRotation) {
            let settings = stanzas[index].settings
            guard
                settings.technique == .inPlace || settings.technique == .rename || settings.abandonedSeconds != nil
            else { continue }
            for (position, item) in decided[index].enumerated() where item.decision.isRotation {
                places.append((index, position))
            }
        }
        return places
    }

    /// What a real run would finish first is not archived again by the rotation behind that.
    private func forgetBegun(_ log: inout LogObservation) {
        guard let entry = begun.first(where: { $0.log == log.path && $0.kind != .extend }),
            entry.inode == log.status?.identity.inode
        else { return }
        let bytes = entry.runs.reduce(Int64(0)) { $0 + $1.count }
        if log.pendingBytes >= bytes { log.exactPendingBytes = log.pendingBytes - bytes }
    }
}
