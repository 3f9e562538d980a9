import Gzip
import HostObservation
public import LinuxSystem
import LogCut
import RotationCore

/// One run: it looks, decides, plans, carries out, remembers and reports.
public final class RotationRun {
    private let options: RunOptions
    private let listener: (RunEvent) -> Void
    private let now = Timestamp.now()
    private let zone = LocalZone()
    /// What was looked at, kept for as long as this run is: who ends the process with it need not wait until tens of
    /// thousands of small pieces are freed one by one.
    private var kept: [Any] = []

    /// A run. `listener` hears of everything as it happens.
    public init(_ options: RunOptions, listener: @escaping (RunEvent) -> Void) {
        self.options = options
        self.listener = listener
    }

    /// Does it.
    ///
    /// - Parameter publish: gets the report when all is done, and says which file it could not write, and why.
    public func run(publish: (RunReport) -> (path: Path, error: any Error)? = { _ in nil }) -> RunReport {
        raiseDescriptorLimit()
        let rights = Rights()
        let journalPath = options.journalPath ?? DefaultPlaces.journal(of: options.statePath)
        let ledger = LedgerStore(journal: journalPath, isReadOnly: options.isDryRun, rights: rights)
        let recorder = RunRecorder(options, ledger, now: now, listener: listener)
        do throws(RunStart.Hindrance) {
            let start = try RunStart(options, journal: journalPath)
            if let path = start.lockedByAnybody { noteLockedByAnybody(path, recorder) }
            rotate(start, journalPath, ledger, rights, recorder)
        } catch {
            switch error {
            case .busy(let file): recorder.report.busyLock = file
            case .failed(let path, let message, let logrotate):
                recorder.note(path, message, logrotate: logrotate)
                recorder.report.isWithoutState = true
            }
        }
        report(recorder, ledger, publish)
        return recorder.report
    }

    private func noteLockedByAnybody(_ path: Path, _ recorder: RunRecorder) {
        recorder.note(
            path,
            StateText.lockedByAnybody(path),
            isError: false,
            logrotate: .warning(
                "state file \(path) is world-readable and thus can be locked from other unprivileged users. Skipping lock acquisition..."
            ))
    }

    /// The run as a sentence, from one value to the next.
    private func rotate(
        _ start: RunStart, _ journalPath: Path, _ ledger: LedgerStore, _ rights: Rights, _ recorder: RunRecorder
    ) {
        var memory = RunMemory(civilNow: zone.civil(at: now))
        var remembering = RunRemembering(start.store, options.statePath ?? DefaultPlaces.state, recorder)
        let environment: any ConfigurationEnvironment =
            options.recordedConfiguration ?? SystemConfigurationEnvironment()
        var configuration = ConfigurationParser.parse(
            options.configurations, environment: environment, dialect: options.dialect,
            traces: options.traces)
        recorder.tell(configuration)
        let isShort = SpaceEnforcement.isShort(configuration.spaces, headroomBytes: options.headroomBytes)
        if isShort { configuration = configuration.hurried() }
        let isLogrotate = options.dialect == .logrotate
        let statePath = options.statePath ?? DefaultPlaces.state
        if options.traces { recorder.traceState(start.store, statePath) }
        remembering.read(&memory, isStrict: isLogrotate)
        if options.traces { recorder.traceBeginning(start.store, statePath, configuration) }
        var workshop = workshop(start, journalPath, configuration, ledger, rights, recorder)
        var begun: [JournalEntry] = []
        if options.isDryRun {
            begun = EarlierRuns.look(journalPath, recorder, &memory)
        } else {
            EarlierRuns(workshop: workshop).finish(&memory)
            if let problem = start.journalProblem {
                EarlierRuns(workshop: workshop).leaveAlone(journalPath, because: problem, &memory)
            }
            let others = options.journalPath == nil ? DefaultPlaces.otherJournals(than: journalPath) : []
            for journal in others { EarlierRuns(workshop: workshop).finish(another: journal, &memory) }
        }
        let look = RunLook(configuration, options, workshop.steps.tools, memory, begun: begun)
        let planner = Planner(
            now: now, zone: zone, force: options.force, checksDirectories: Accounts.effectiveUser == 0,
            signals: ledger.ledger.signals)
        var space = SpaceEnforcement(look, planner, options)
        let decisions = decide(look, planner.due, &space, workshop, &memory)
        space?.prepare(decisions, workshop, &memory)
        kept = [configuration, look, decisions]
        var standIn = JournalStandIn(journalPath, start, recorder)
        let plans = carryOut(look, decisions, planner, isShort: isShort, &workshop, &standIn, &remembering, &memory)
        space?.enforce(plans, workshop, &memory)
        finish(look, workshop, memory, journalPath)
        guard !options.isDryRun else { return }
        if options.only.isEmpty { remembering.forgetGone(plans, &memory, workshop.steps.tools) }
        remembering.write(memory)
        workshop.steps.tools.journal?.touch()
        standIn.end(workshop.steps.tools.journal)
    }

    private func workshop(
        _ start: RunStart, _ journalPath: Path, _ configuration: Configuration, _ ledger: LedgerStore,
        _ rights: Rights, _ recorder: RunRecorder
    ) -> Workshop {
        let tools = CutTools(
            cache: DirectoryCache(), journal: start.journal, ledger: ledger, rights: rights,
            workers: .threads(configuration.run)
        ) { [listener] path, done, total in
            listener(.progress(path, doneBytes: done, totalBytes: total))
        }
        let programs = ProgramRunner(
            standardOutput: options.keepsStandardOutput ? 2 : 1, logDescriptor: options.logDescriptor,
            mailCommand: options.mailCommand ?? "/usr/bin/mail")
        return Workshop(
            steps: StepRunner(tools: tools, programs: programs), recorder: recorder,
            locks: LogLocks(journal: journalPath))
    }

    private func decide(
        _ look: RunLook, _ due: DueRule, _ space: inout SpaceEnforcement?, _ workshop: Workshop,
        _ memory: inout RunMemory
    ) -> Decisions {
        let (first, inUse, troubles) = look.decide(due, workshop.steps.tools)
        for (path, message) in troubles { workshop.recorder.note(path, message) }
        workshop.ledger.record(inUse.map { .inUse($0) })
        let demands = space?.look(first, workshop, memory) ?? [:]
        return look.decideAgain(first, due, demands: demands)
    }

    /// Plans and carries out, a stanza after the other; or some of them side by side, where nobody hears of each step and
    /// there is room.
    private func carryOut(
        _ look: RunLook, _ decisions: Decisions, _ planner: Planner, isShort: Bool, _ workshop: inout Workshop,
        _ standIn: inout JournalStandIn, _ remembering: inout RunRemembering, _ memory: inout RunMemory
    ) -> [StanzaPlan] {
        let planning = StanzaPlanning(look: look, planner: planner, options: options)
        let recorder = workshop.recorder
        var claims = look.claims
        var plans: [StanzaPlan] = []
        var executions: [PlanExecution] = []
        var requests: [Signalling.Request] = []
        let goTogether = !options.traces && !options.keepsStandardOutput && !isShort
        var batch = StanzaBatch()
        func carryOutBatch(_ remembering: inout RunRemembering, _ memory: inout RunMemory) {
            guard !batch.isEmpty else { return }
            batch.perform(in: workshop, &memory)
            remembering.writeNowAndThen(memory)
        }
        for index in look.stanzas.indices where !look.stanzas[index].isBroken {
            if StopSignal.arrived { break }
            // What is said is said in the order of the stanzas.
            let hasTrouble = look.hasTrouble(index)
            if hasTrouble {
                carryOutBatch(&remembering, &memory)
                for problem in look.observations[index].problems {
                    recorder.note(problem.path, problem.message, logrotate: problem.logrotate)
                }
            }
            recorder.report.logCount += look.observations[index].logs.count
            var (plan, notes, released) = planning.plan(index, decisions[index], &claims)
            if !notes.isEmpty || plan.decisions.contains(where: \.decision.isProblem) {
                carryOutBatch(&remembering, &memory)
            }
            for (path, message) in notes { recorder.note(path, message) }
            if !released.isEmpty { workshop.ledger.record(released.map { .released($0) }) }
            if !options.isDryRun, plan.hasWork {
                workshop.steps.tools.journal = standIn.journal(for: plan, instead: workshop.steps.tools.journal)
                if plan.isDueByDate, !remembering.canRemember(memory) { plan.leaveOutWhatIsDueByDate() }
            }
            recorder.planned(plan)
            plans.append(plan)
            var unmatched = hasTrouble ? look.observations[index].unmatched[...] : []
            for number in plan.decisions.indices {
                while let first = unmatched.first, first.logsBefore <= number {
                    recorder.note(first.path, first.message, logrotate: first.logrotate)
                    unmatched.removeFirst()
                }
                let (log, decision) = plan.decisions[number]
                remembering.remember(log, decision, of: plan.stanza, &memory)
            }
            for rest in unmatched { recorder.note(rest.path, rest.message, logrotate: rest.logrotate) }
            if options.isDryRun || !plan.hasWork { continue }
            if goTogether {
                var isTaken = batch.take(plan, in: workshop)
                if !isTaken {
                    carryOutBatch(&remembering, &memory)
                    isTaken = batch.take(plan, in: workshop)
                }
                if batch.isFull { carryOutBatch(&remembering, &memory) }
                if isTaken { continue }
            }
            var execution = PlanExecution(plan, in: workshop)
            let wanted = execution.begin(&memory)
            // Whoever writes to logs of several stanzas is told once, when all of them are moved.
            if wanted.isEmpty { execution.end(&memory) } else { executions.append(execution) }
            requests += wanted
            if !plan.groups.isEmpty { remembering.writeNowAndThen(memory) }
        }
        carryOutBatch(&remembering, &memory)
        workshop.tell(requests, &memory)
        for index in executions.indices { executions[index].end(&memory) }
        workshop.noteEndings(&memory)
        return plans
    }

    /// What is left to be done and said when everything else is.
    private func finish(_ look: RunLook, _ workshop: Workshop, _ memory: RunMemory, _ journalPath: Path) {
        let recorder = workshop.recorder
        recorder.note(left: workshop.steps.removal.finish())
        workshop.ledger.record(look.observer.leftOvers.sorted().map { .removing($0) })
        recorder.countFailures(among: look.observations)
        if let failure = memory.cuts.journalFailure {
            recorder.note(journalPath, JournalText.notWritten(failure))
        }
        if StopSignal.arrived, let file = look.stanzas.first?.location.file {
            recorder.note(file, RunText.stopped, always: true)
        }
    }

    /// A run that did something leaves that in the history, and a line in the system's log. Neither is in its way.
    private func recordHistory(_ report: RunReport) {
        var records = RunHistory.records(of: report, now: now)
        guard !records.isEmpty else { return }
        let summary = RunText.summary(
            logs: report.logCount, rotated: report.rotatedCount, failed: report.failedLogs.count,
            freedBytes: report.freedBytes)
        let configuration = options.configurations.first ?? "/etc/spillway.conf"
        records.append(HistoryRecord(at: .now(), kind: .run, path: configuration, reason: summary))
        try? HistoryStore(journal: options.journalPath).add(records)
        SystemLog.open()
        SystemLog.send(summary, isError: report.hasErrors)
    }

    private func report(
        _ recorder: RunRecorder, _ ledger: LedgerStore, _ publish: (RunReport) -> (path: Path, error: any Error)?
    ) {
        guard !options.isDryRun, !recorder.report.lockWasBusy else { return }
        if let (path, error) = publish(recorder.report) {
            recorder.note(path, FileText.notWritten(path, StepFailure(error, about: path).message))
        }
        ledger.note(exitStatus: recorder.report.hasErrors ? 1 : 0)
        recordHistory(recorder.report)
        // Being silent for an hour is a courtesy: without the ledger everything is told. A run for some logs knows nothing
        // of the others' errors.
        try? ledger.save(keepingOthers: !options.only.isEmpty)
    }
}
