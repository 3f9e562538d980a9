import LinuxSystem
import RotationCore

/// What of a run goes into the history.
enum RunHistory {
    /// The records of a run that did something, or met an error that was not told within the last hour; none else.
    static func records(of report: RunReport, now: Timestamp) -> [HistoryRecord] {
        var records = report.steps.compactMap { planned, result in
            result.flatMap { record(planned, $0, report, now) }
        }
        for problem in report.problems where !problem.wasToldBefore {
            records.append(
                HistoryRecord(
                    at: now, kind: problem.isError ? .error : .notice, path: problem.path, reason: problem.message))
        }
        return records
    }

    private static func record(
        _ planned: PlannedStep, _ result: StepResult, _ report: RunReport, _ now: Timestamp
    ) -> HistoryRecord? {
        let bytes: Int64?
        switch result {
        case .done(let count): bytes = count
        case .cut(let cut): bytes = cut.archivedBytes
        case .signalled(let writers):
            return HistoryRecord(
                at: now, kind: .signal, path: planned.subject, reason: "sent to \(writers.joined(separator: ", "))")
        case .left, .failed: return nil
        }
        let why = report.dueReasons[planned.subject].map { StepText.describe($0) } ?? ""
        switch planned.step {
        case .cut(let log, let archive, _, _):
            return HistoryRecord(at: now, kind: .rotate, path: log, to: archive, bytes: bytes, reason: why)
        case .archive(let log, let archive, _) where planned.reason == .rotation && log == planned.subject:
            return HistoryRecord(at: now, kind: .rotate, path: log, to: archive, bytes: bytes, reason: why)
        case .move(let log, let archive):
            return HistoryRecord(at: now, kind: .rotate, path: log, to: archive, bytes: bytes, reason: why)
        case .recover(let log, let archive):
            return HistoryRecord(at: now, kind: .recover, path: log, to: archive)
        case .free(let path, _):
            return HistoryRecord(
                at: now, kind: .free, path: path, bytes: bytes, rule: "minfree", reason: "it was deleted, and held")
        case .remove(let path, _): return removal(path, bytes, planned, now)
        case .run, .makeDirectory, .shift, .create, .archive, .signal, .compress, .mail: return nil
        }
    }

    private static func removal(
        _ path: Path, _ bytes: Int64?, _ planned: PlannedStep, _ now: Timestamp
    ) -> HistoryRecord? {
        let kind: HistoryRecord.Kind
        let rule: String?
        let reason: String
        switch planned.reason {
        case .evicted(let eviction):
            (kind, rule, reason) = (.evict, eviction.rule.name, SpaceText.describe(eviction))
        case .surplus(let limit): (kind, rule, reason) = (.expire, "rotate", "rotate \(limit) keeps no more")
        case .expired(let age, let limit):
            (kind, rule, reason) = (
                .expire, "maxage", "it is \(Figures.age(age)) old, maxage is \(Figures.age(limit))"
            )
        case .abandoned: (kind, rule, reason) = (.abandon, "abandoned", "nobody has it any more")
        default: return nil
        }
        return HistoryRecord(
            at: now, kind: kind, path: path, log: planned.subject == path ? nil : planned.subject, bytes: bytes,
            rule: rule, reason: reason)
    }
}
