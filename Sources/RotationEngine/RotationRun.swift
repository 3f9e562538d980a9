public import LinuxSystem
import RotationCore

/// One run: look, decide, do, remember.
public final class RotationRun {
    let options: RunOptions
    let listener: (RunEvent) -> Void
    let now = Timestamp.now()
    let zone = LocalZone()
    let cache = DirectoryCache()
    let journalPath: Path
    let ledger: LedgerStore
    var report = RunReport()
    var state = RotationState()
    var seen: [Path] = []
    /// When the state was last written, on the clock that nobody sets.
    private var lastRemembered = monotonicSeconds()
    var journal: Journal?
    /// Why there is no journal.
    var journalProblem: String?
    var executor: Executor?
    /// What a dry run does not finish: cuts that an earlier run began.
    var begun: [JournalEntry] = []
    /// What was looked at, kept for as long as this run is: who ends the process with it need not wait until tens of
    /// thousands of small pieces are freed one by one.
    private var kept: [Any] = []
    /// Whether the state can be written; nil where that was not needed yet.
    var stateIsWritable: Bool?

    /// A run. `listener` hears of everything as it happens.
    public init(_ options: RunOptions, listener: @escaping (RunEvent) -> Void) {
        self.options = options
        self.listener = listener
        journalPath = options.journalPath ?? LedgerStore.defaultJournal
        ledger = LedgerStore(journal: journalPath, isReadOnly: options.isDryRun)
    }

    /// Does it.
    ///
    /// - Parameter publish: gets the report when all is done, and says which file it could not write, and why.
    public func run(publish: (RunReport) -> (path: Path, error: any Error)? = { _ in nil }) -> RunReport {
        let report = carryOut()
        guard !options.isDryRun, !report.lockWasBusy else { return report }
        if let (path, error) = publish(report) {
            note(path, "\(path) is not written: \(StepFailure(error, about: path).message)")
        }
        // Being silent for an hour is a courtesy: without the ledger everything is told. A run for some logs knows nothing
        // of the others' errors.
        try? ledger.save(keepingOthers: !options.only.isEmpty)
        return self.report
    }

    private func carryOut() -> RunReport {
        raiseDescriptorLimit()
        let store = StateStore(path: options.statePath)
        let statePath = options.statePath ?? StateStore.defaultPath
        if let directory = store.missingDirectory {
            note(
                statePath,
                "the state \(statePath) is not used, and nothing is done: there is no directory \(directory): mkdir -p \(directory.shellWord) makes it, -s names another state",
                logrotate: .error("error creating stub state file \(statePath): No such file or directory"))
            report.isWithoutState = true
            return report
        }
        do {
            if !options.isDryRun, try !store.lock(options.lockMode) {
                report.busyLock = statePath
                return report
            }
        } catch {
            note(
                statePath,
                "the state is not locked, and nothing is done: \(StepFailure(error, about: statePath).message)",
                logrotate: (error as? SystemError).map {
                    .error("error opening state file \(statePath): \($0.reason)")
                })
            report.isWithoutState = true
            return report
        }
        if store.isLockedByAnybody {
            note(
                statePath,
                "somebody has the lock on the state \(statePath), which everybody can read, and so lock: it is not waited for (chmod o-r \(statePath.shellWord))",
                isError: false,
                logrotate: .warning(
                    "state file \(statePath) is world-readable and thus can be locked from other unprivileged users. Skipping lock acquisition..."
                ))
        }
        guard openJournal() else { return report }
        store.journal = journal
        let configuration = ConfigurationParser.parse(
            options.configurations, environment: SystemConfigurationEnvironment(), dialect: options.dialect,
            traces: options.traces)
        tell(configuration)
        do {
            let (state, diagnostics) = try store.read()
            self.state = state
            if options.traces { traceState(statePath, configuration) }
            for diagnostic in diagnostics { note(diagnostic, isError: options.dialect == .logrotate ? true : nil) }
        } catch {
            note(
                statePath, "\(StepFailure(error, about: statePath).message); dates of rotations are unknown in this run"
            )
        }
        rotate(configuration, store, statePath)
        if !options.isDryRun {
            if options.only.isEmpty {
                let seen = Set(seen)
                state.forget(unseen: seen, now: zone.civil(at: now))
                ledger.forgetCuts { log, cut in !seen.contains(log) && inode(of: log) != cut.inode }
                ledger.forgetAbandoned(unseen: seen)
            }
            remember(store, statePath)
            endStandIn()
        }
        return report
    }

    /// Opens the journal, whose lock keeps other runs from working whatever state they use. False where one is at work.
    private func openJournal() -> Bool {
        guard !options.isDryRun else { return true }
        let deadline: Double? =
            switch options.lockMode {
            case .wait(let seconds?): monotonicSeconds() + Double(seconds)
            case .wait(nil): nil
            case .tryOnce, .skip: 0
            }
        let standIn = StandIn.existing(for: journalPath)
        while true {
            do throws(Journal.Problem) {
                journal = try Journal.open(standIn ?? journalPath, isStandIn: standIn != nil)
                return true
            } catch {
                switch error {
                case .failed(let message):
                    journalProblem = message
                    return true
                case .busy: break
                }
            }
            if let deadline, monotonicSeconds() >= deadline { break }
            if StopSignal.arrived { break }
            sleep(milliseconds: 50)
        }
        report.busyLock = standIn ?? journalPath
        return false
    }

    private func rotate(_ configuration: Configuration, _ store: StateStore, _ statePath: Path) {
        let planner = Planner(
            now: now, zone: zone, force: options.force, checksDirectories: Accounts.effectiveUser == 0,
            signals: ledger.ledger.signals)
        let programs = ProgramRunner(
            standardOutput: options.keepsStandardOutput ? 2 : 1, logDescriptor: options.logDescriptor,
            mailCommand: options.mailCommand ?? "/usr/bin/mail")
        let executor = Executor(
            cache: cache, programs: programs, ledger: ledger, journal: journal, workers: .threads(configuration.run)
        ) { [listener] path, done, total in
            listener(.progress(path, doneBytes: done, totalBytes: total))
        }
        self.executor = executor
        recover(executor)
        let observer = Observer(
            cache: cache, state: state, only: options.only, ledger: ledger.ledger,
            unresolved: Set(executor.unresolved.map(\.log)))
        // Everything is looked at before anything is done: which stanza has which log does not depend on the doing.
        let stanzas = configuration.stanzas
        let observations = stanzas.enumerated().map { index, stanza in
            observer.observe(stanza, index: index, reportsDuplicates: options.dialect == .logrotate)
        }
        var claims = Planner.NameClaims()
        for (index, stanza) in stanzas.enumerated() {
            guard let directory = stanza.settings.archiveDirectory else { continue }
            for log in observations[index].claims { claims.claim(log, in: directory.resolved(against: log.directory)) }
        }
        let space = SpaceEnforcement(
            run: self, executor, observer, planner, configuration.spaces, stanzas, observations,
            begun: begun, isDryRun: options.isDryRun,
            isPartial: !options.only.isEmpty)
        let decisions = decide(stanzas, observations, planner, observer, space)
        space?.prepare(decisions)
        kept = [configuration, observer, observations, decisions]
        var plans: [StanzaPlan] = []
        var executions: [PlanExecution] = []
        var requests: [Signalling.Request] = []
        for (index, stanza) in stanzas.enumerated() {
            let observation = observations[index]
            if StopSignal.arrived { break }
            if stanza.isBroken { continue }
            for problem in observation.problems {
                note(problem.path, problem.message, logrotate: problem.logrotate)
            }
            report.logCount += observation.logs.count
            var plan = plan(stanzas, index, observation, decisions[index], planner, observer, &claims)
            if !options.isDryRun {
                replaceJournal(for: plan, executor, store)
                if plan.isDueByDate, !canRemember(store, statePath) { plan.leaveOutWhatIsDueByDate() }
            }
            listener(.planned(plan))
            for log in plan.groups.flatMap(\.logs) { report.dueReasons[log.log] = log.reason }
            plans.append(plan)
            for (log, decision) in plan.decisions {
                remember(log, decision, planner.due.civilNow, stanza)
            }
            if options.isDryRun {
                report.rotatedCount += plan.groups.reduce(0) { $0 + $1.logs.count }
                report.steps += plan.steps.map { ($0, nil) }
                continue
            }
            let execution = PlanExecution(run: self, executor: executor, plan: plan)
            let wanted = execution.begin()
            // Whoever writes to logs of several stanzas is told once, when all of them are moved.
            if wanted.isEmpty { execution.end() } else { executions.append(execution) }
            requests += wanted
            // Whatever ends this process: what was rotated is not rotated again, but for the last second's.
            if !plan.groups.isEmpty, monotonicSeconds() - lastRemembered > 1 {
                remember(store, statePath)
                lastRemembered = monotonicSeconds()
            }
        }
        tell(requests, executor)
        for execution in executions { execution.end() }
        noteEndings(executor)
        space?.enforce(plans)
        for (path, message) in executor.removal.finish() { note(path, message, isError: false) }
        ledger.record(observer.leftOvers.sorted().map { .removing($0) })
        countFailures(observations)
        if let failure = executor.journalFailure { note(journalPath, "the journal is not written: \(failure)") }
        if StopSignal.arrived, let file = configuration.stanzas.first?.location.file {
            note(file, "stopped by a signal; the next run goes on")
        }
    }

    private func countFailures(_ observations: [Observer.StanzaObservation]) {
        let wrong = Set(report.problems.lazy.filter(\.isError).map(\.path))
        guard !wrong.isEmpty else { return }
        for observation in observations {
            for log in observation.logs where wrong.contains(log.path) { report.failedLogs.insert(log.path) }
        }
    }

    private func tell(_ requests: [Signalling.Request], _ executor: Executor) {
        for (request, result) in zip(requests, executor.signalling.perform(requests)) {
            began(request.planned)
            ended(request.planned, result)
        }
    }

    /// Whose time it is, with a look into the logs that seem to be due: a size may be made of holes.
    private func decide(
        _ stanzas: [Stanza], _ observations: [Observer.StanzaObservation], _ planner: Planner, _ observer: Observer,
        _ space: SpaceEnforcement?
    ) -> [[(log: LogObservation, decision: Decision)]] {
        let abandoned = AbandonedLook(cache: cache, ledger: ledger, due: planner.due)
        var decided = stanzas.indices.map { index in
            let settings = stanzas[index].settings
            return observations[index].logs.map { log in
                var log = log
                if settings.abandonedSeconds != nil { abandoned.look(at: &log, settings) }
                return (log: log, decision: planner.due.decide(log, settings))
            }
        }
        let demands = space?.look(decided) ?? [:]
        for (index, stanza) in stanzas.enumerated() where !demands.isEmpty {
            for (position, item) in decided[index].enumerated() {
                guard let demand = demands[item.log.path] else { continue }
                decided[index][position].decision = planner.due.decide(item.log, stanza.settings, demand: demand)
            }
        }
        var places: [(stanza: Int, log: Int)] = []
        for (index, stanza) in stanzas.enumerated() where !stanza.isBroken {
            guard decided[index].contains(where: \.decision.isRotation) else { continue }
            guard
                stanza.settings.technique == .inPlace || stanza.settings.technique == .rename
                    || stanza.settings.abandonedSeconds != nil
            else { continue }
            for (position, item) in decided[index].enumerated() {
                if case .rotate = item.decision { places.append((index, position)) }
            }
        }
        guard !places.isEmpty else { return decided }
        var logs = places.map { decided[$0.stanza][$0.log].log }
        observer.lookInto(&logs, places.map { stanzas[$0.stanza].settings })
        for index in logs.indices { forgetBegun(&logs[index]) }
        for (place, log) in zip(places, logs) {
            let decision = planner.due.decide(log, stanzas[place.stanza].settings, demand: demands[log.path])
            decided[place.stanza][place.log] = (log, decision)
        }
        return decided
    }

    /// What a real run would finish first is not archived again by the rotation behind that.
    private func forgetBegun(_ log: inout LogObservation) {
        guard let entry = begun.first(where: { $0.log == log.path && $0.kind != .extend }),
            entry.inode == log.status?.identity.inode
        else { return }
        let bytes = entry.runs.reduce(Int64(0)) { $0 + $1.count }
        if log.pendingBytes >= bytes { log.exactPendingBytes = log.pendingBytes - bytes }
    }

    private func plan(
        _ stanzas: [Stanza], _ index: Int, _ observation: Observer.StanzaObservation,
        _ decided: [(log: LogObservation, decision: Decision)], _ planner: Planner, _ observer: Observer,
        _ claims: inout Planner.NameClaims
    ) -> StanzaPlan {
        let stanza = stanzas[index]
        let expires = stanza.settings.maximumAgeSeconds != nil
        // Nearly every stanza of nearly every run: no archive is looked at, and there is nothing to be planned.
        // A log that is abandoned, and empty, is removed without being due.
        if !expires, stanza.settings.abandonedSeconds == nil, observer.renamedLogs.isEmpty,
            !decided.contains(where: \.decision.isRotation)
        {
            return StanzaPlan(stanza: stanza, decisions: decided)
        }
        let items = decided.map { log, decision in
            var decision = decision
            var archives: ArchiveObservation?
            var isDue = false
            if case .rotate = decision { isDue = true }
            if isDue || expires || observer.renamedLogs.contains(log.path) {
                do throws(WalkError) {
                    archives = try observer.observeArchives(of: log.path, stanza.settings)
                } catch {
                    if isDue {
                        decision = .problem(.unreadable(error.description))
                    } else {
                        note(log.path, "\(log.path): its archives are not looked at: \(error)")
                    }
                }
            }
            if archives != nil { forgetReleased(&archives, stanza.settings) }
            let tells = stanza.settings.signal != nil || stanza.settings.scripts[.postrotate] != nil
            if let aside = archives?.renamedAside, aside.isTold || !tells, !aside.isReleased {
                note(
                    log.path,
                    "\(log.path).tmp is still written to, and in no archive: whoever writes there has to be told, by a postrotate script or by signal; it is copied as soon as it is released"
                )
            }
            return Planner.Item(log: log, decision: decision, archives: archives)
        }
        var missing = Set(expires ? observer.goneLogs(stanzas, index: index, observation) : [])
        for log in observer.renamedLogs where options.only.isEmpty && !observation.claims.contains(log) {
            if stanzas.firstIndex(where: { $0.names(log) }) == index { missing.insert(log) }
        }
        let gone = missing.sorted().compactMap { path -> Planner.Item? in
            do throws(WalkError) {
                var archives: ArchiveObservation? = try observer.observeArchives(of: path, stanza.settings)
                forgetReleased(&archives, stanza.settings)
                let log = LogObservation(path: path, finding: .missing, directory: nil)
                return Planner.Item(log: log, decision: .leave(.missing), archives: archives)
            } catch {
                note(path, "\(path): its archives are not looked at: \(error)")
                return nil
            }
        }
        return planner.plan(stanza, items, gone: gone, claims: &claims)
    }
}
