import LinuxSystem
import RotationCore

extension RotationRun {
    func remember(_ log: LogObservation, _ decision: Decision, _ civilNow: CivilTime, _ stanza: Stanza) {
        if log.status != nil { seen.append(log.path) }
        switch decision {
        case .leave(.firstSeen):
            // From here its time is counted; the hour has no minutes, as in logrotate.
            state.lastRotated[log.path] = civilNow.hourStart
        case .problem(let problem):
            note(
                log.path, Self.sentence(for: problem, log.path),
                logrotate: problem.logrotateText(about: log, in: stanza))
        case .leave, .rotate:
            if log.status?.kind == .regular, log.lastRotated == nil {
                state.lastRotated[log.path] = civilNow.hourStart
            }
        }
    }

    /// A log was rotated.
    func rememberRotation(of plan: LogPlan) {
        state.lastRotated[plan.log] = zone.civil(at: now)
        report.rotatedCount += 1
        if case .abandoned = plan.reason, let identity = plan.rotate.first?.identity {
            ledger.record([.abandoned(plan.log, identity.inode)])
        }
    }

    func remember(_ store: StateStore, _ path: Path) {
        do {
            try store.write(state)
        } catch {
            note(path, "the state is not written: \(StepFailure(error, about: path).message)", always: true)
        }
    }

    /// Logs that are due by their date are left alone where the state cannot be written; that is said once.
    func canRemember(_ store: StateStore, _ path: Path) -> Bool {
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
                + "and renames and scripts go by names there; "
                + (owner == 0 && group == 0
                    ? "chmod o-w \(directory.shellWord), or add to its stanza: " : "add to its stanza: ")
                + "su \(Accounts.name(ofUser: owner)) \(Accounts.name(ofGroup: group))"
        case .hindered(let why): "\(log) \(why)"
        case .archiveDirectoryMissing(let directory):
            "\(log) is skipped: its olddir \(directory) does not exist; createolddir makes it"
        case .archiveNameClash(let other, let directory):
            "\(log) is skipped: its archives in \(directory) would have the names of those of \(other); "
                + "give one of them another olddir"
        }
    }
}
