public import LinuxSystem
import RotationCore

/// One run: look, decide, do, remember.
public final class RotationRun {
    private let options: RunOptions
    private let listener: (RunEvent) -> Void
    private let now = Timestamp.now()
    private let zone = LocalZone()
    private let cache = DirectoryCache()
    private var told: ToldErrors
    private var report = RunReport()
    private var state = RotationState()
    private var seen: Set<Path> = []
    /// When the state was last written, on the clock that nobody sets.
    private var lastRemembered = monotonicSeconds()
    /// Whether the state can be written; nil where that was not needed yet.
    private var stateIsWritable: Bool?

    /// A run. `listener` hears of everything as it happens.
    public init(_ options: RunOptions, listener: @escaping (RunEvent) -> Void) {
        self.options = options
        self.listener = listener
        told = ToldErrors(journal: options.journalPath ?? ToldErrors.defaultJournal)
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
        try? told.save(keepingOthers: !options.only.isEmpty)
        return self.report
    }

    private func carryOut() -> RunReport {
        raiseDescriptorLimit()
        let store = StateStore(path: options.statePath)
        let statePath = options.statePath ?? StateStore.defaultPath
        do {
            if !options.isDryRun, try !store.lock(options.lockMode) {
                report.lockWasBusy = true
                return report
            }
        } catch {
            note(
                statePath,
                "the state is not locked, and nothing is done: \(StepFailure(error, about: statePath).message)")
            return report
        }
        let configuration = ConfigurationParser.parse(
            options.configurations, environment: SystemConfigurationEnvironment(), dialect: options.dialect)
        for diagnostic in configuration.diagnostics { note(diagnostic) }
        for pending in configuration.pending {
            note(
                pending.location.file,
                "\(pending.location): \(pending.directive.rawValue) has no effect in this version of spillway",
                isError: false)
        }
        do {
            let (state, diagnostics) = try store.read()
            self.state = state
            for diagnostic in diagnostics { note(diagnostic) }
        } catch {
            note(
                statePath, "\(StepFailure(error, about: statePath).message); dates of rotations are unknown in this run"
            )
        }
        rotate(configuration, store, statePath)
        if !options.isDryRun {
            if options.only.isEmpty { state.forget(unseen: seen, now: zone.civil(at: now)) }
            remember(store, statePath)
        }
        return report
    }

    private func rotate(_ configuration: Configuration, _ store: StateStore, _ statePath: Path) {
        let planner = Planner(
            now: now, zone: zone, force: options.force, checksDirectories: Accounts.effectiveUser == 0)
        let observer = Observer(cache: cache, state: state, only: options.only)
        let programs = ProgramRunner(
            standardOutput: options.keepsStandardOutput ? 2 : 1, logDescriptor: options.logDescriptor,
            mailCommand: options.mailCommand ?? "/usr/bin/mail")
        let executor = Executor(cache: cache, programs: programs) { [listener] path, done, total in
            listener(.progress(path, doneBytes: done, totalBytes: total))
        }
        // Everything is looked at before anything is done: which stanza has which log does not depend on the doing.
        let stanzas = configuration.stanzas.enumerated().map { index, stanza in
            let observation = observer.observe(
                stanza, index: index, reportsDuplicates: options.dialect == .logrotate)
            return (stanza, observation)
        }
        var claims = Planner.NameClaims()
        for (stanza, observation) in stanzas {
            guard let directory = stanza.settings.archiveDirectory else { continue }
            for log in observation.claims { claims.claim(log, in: directory.resolved(against: log.directory)) }
        }
        for (index, (stanza, observation)) in stanzas.enumerated() {
            if StopSignal.arrived { break }
            if stanza.isBroken { continue }
            for problem in observation.problems { note(problem.path, problem.message) }
            report.logCount += observation.logs.count
            guard stanza.pending.isEmpty else {
                skip(stanza)
                continue
            }
            var plan = plan(configuration.stanzas, index, observation, planner, observer, &claims)
            if !options.isDryRun, plan.isDueByDate, !canRemember(store, statePath) { plan.leaveOutWhatIsDueByDate() }
            listener(.planned(plan))
            for (log, decision) in plan.decisions { remember(log, decision, planner.due.civilNow) }
            if options.isDryRun {
                report.rotatedCount += plan.groups.reduce(0) { $0 + $1.logs.count }
                report.steps += plan.steps.map { ($0, nil) }
            } else {
                PlanExecution(run: self, executor: executor, plan: plan).carryOut()
                // Whatever ends this process: what was rotated is not rotated again, but for the last second's.
                if !plan.groups.isEmpty, monotonicSeconds() - lastRemembered > 1 {
                    remember(store, statePath)
                    lastRemembered = monotonicSeconds()
                }
            }
        }
        if StopSignal.arrived, let file = configuration.stanzas.first?.location.file {
            note(file, "stopped by a signal; the next run goes on")
        }
    }

    private func skip(_ stanza: Stanza) {
        let names = stanza.pending.map(\.directive.rawValue).joined(separator: ", ")
        note(
            stanza.patterns.first?.text ?? stanza.location.file,
            "\(stanza.location): this stanza is skipped, because \(names) has no effect in this version of spillway")
    }

    private func plan(
        _ stanzas: [Stanza], _ index: Int, _ observation: Observer.StanzaObservation, _ planner: Planner,
        _ observer: Observer, _ claims: inout Planner.NameClaims
    ) -> StanzaPlan {
        let stanza = stanzas[index]
        let expires = stanza.settings.maximumAgeSeconds != nil
        let items = observation.logs.map { log in
            var decision = planner.due.decide(log, stanza.settings)
            var archives: ArchiveObservation?
            var isDue = false
            if case .rotate = decision { isDue = true }
            if isDue || expires {
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
            return Planner.Item(log: log, decision: decision, archives: archives)
        }
        var gone: [Planner.Item] = []
        if expires {
            for path in observer.goneLogs(stanzas, index: index, observation) {
                do throws(WalkError) {
                    let archives = try observer.observeArchives(of: path, stanza.settings)
                    let log = LogObservation(path: path, finding: .missing, directory: nil)
                    gone.append(Planner.Item(log: log, decision: .leave(.missing), archives: archives))
                } catch {
                    note(path, "\(path): its archives are not looked at: \(error)")
                }
            }
        }
        return planner.plan(stanza, items, gone: gone, claims: &claims)
    }
}

// MARK: - Remembering

extension RotationRun {
    private func remember(_ log: LogObservation, _ decision: Decision, _ civilNow: CivilTime) {
        if log.status != nil { seen.insert(log.path) }
        switch decision {
        case .leave(.firstSeen):
            // From here its time is counted; the hour has no minutes, as in logrotate.
            state.lastRotated[log.path] = civilNow.hourStart
        case .problem(let problem):
            note(log.path, Self.sentence(for: problem, log.path))
        case .leave, .rotate:
            if log.status?.kind == .regular, log.lastRotated == nil {
                state.lastRotated[log.path] = civilNow.hourStart
            }
        }
    }

    /// A log was rotated.
    func rememberRotation(of log: Path) {
        state.lastRotated[log] = zone.civil(at: now)
        report.rotatedCount += 1
    }

    private func remember(_ store: StateStore, _ path: Path) {
        do {
            try store.write(state)
        } catch {
            note(path, "the state is not written: \(StepFailure(error, about: path).message)", always: true)
        }
    }

    /// Logs that are due by their date are left alone where the state cannot be written; that is said once.
    private func canRemember(_ store: StateStore, _ path: Path) -> Bool {
        if let known = stateIsWritable { return known }
        do {
            try store.rehearse(state)
            stateIsWritable = true
        } catch {
            let reason = StepFailure(error, about: path).message
            note(
                path,
                "the state cannot be written: \(reason); nothing is rotated by its date, lest it were again in a minute",
                always: true)
            stateIsWritable = false
        }
        return stateIsWritable ?? false
    }

    static func sentence(for problem: LogProblem, _ log: Path) -> String {
        switch problem {
        case .missing: "\(log) does not exist; missingok allows that"
        case .unreadable(let reason): "\(log) is skipped: \(reason)"
        case .insecureDirectory(let directory, let mode, let owner, let group):
            "\(log) is skipped: its directory \(directory) can be written to by others "
                + "(mode 0\(String(mode, radix: 8)), owner \(Accounts.name(ofUser: owner)), group \(Accounts.name(ofGroup: group))), "
                + "and renames and scripts go by names there; add to its stanza: "
                + "su \(Accounts.name(ofUser: owner)) \(Accounts.name(ofGroup: group))"
        case .archiveDirectoryMissing(let directory):
            "\(log) is skipped: its olddir \(directory) does not exist; createolddir makes it"
        case .archiveNameClash(let other, let directory):
            "\(log) is skipped: its archives in \(directory) would have the names of those of \(other); "
                + "give one of them another olddir"
        }
    }
}

// MARK: - Telling

extension RotationRun {
    /// A step that failed, or anything else that needs saying. What grows worse with every run is always said.
    func note(_ path: Path, _ message: String, isError: Bool = true, always: Bool = false) {
        // The ledger is asked in any case: what is told now need not be told again in a minute.
        let isNew = told.shouldTell(message, now: now) || options.tellsEverything || always
        let problem = RunProblem(path: path, message: message, isError: isError, wasToldBefore: !isNew)
        report.problems.append(problem)
        listener(.problem(problem))
    }

    private func note(_ diagnostic: Diagnostic) {
        note(diagnostic.location.file, diagnostic.description, isError: diagnostic.severity == .error)
    }

    func began(_ step: PlannedStep) {
        listener(.began(step))
    }

    func ended(_ step: PlannedStep, _ result: StepResult) {
        report.steps.append((step, result))
        switch (step.step, result) {
        case (.remove, .done(let bytes?)), (.truncate, .done(let bytes?)), (.compress, .done(let bytes?)):
            report.freedBytes += bytes
        case (_, .failed(let message)): note(step.subject, message)
        default: break
        }
        listener(.ended(step, result))
    }
}
