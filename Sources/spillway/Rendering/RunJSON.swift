import LinuxSystem
import RotationCore
import RotationEngine

/// The run's report as JSON, with the keys that scripts rely on.
enum RunJSON {
    static func render(_ report: RunReport, isDryRun: Bool) -> String {
        let steps = report.steps.map { planned, result in
            JSONValue.object(
                [
                    ("kind", .text(kind(planned.step))),
                    ("path", .path(path(planned.step))),
                    ("to", target(planned.step).map { .path($0) } ?? .null),
                    ("bytes", bytes(result).map { .integer($0) } ?? .null),
                    ("reason", .text(reason(planned.reason))),
                    ("result", .text(describe(result))),
                ] + details(planned.step, result) + evictionDetails(planned.reason)
                    + due(planned, report.dueReasons))
        }
        let errors = report.problems.filter(\.isError).map { problem in
            JSONValue.object([("path", .path(problem.path)), ("message", .text(problem.message))])
        }
        return JSONValue.object([
            ("steps", .array(steps)), ("freed", .integer(report.freedBytes)), ("errors", .array(errors)),
        ]).text
    }

    /// Why the log is due, with the step that moves or empties it.
    private static func due(_ planned: PlannedStep, _ reasons: [Path: DueReason]) -> [(String, JSONValue)] {
        switch planned.step {
        case .move, .archive, .cut:
            guard planned.reason == .rotation, let reason = reasons[planned.subject] else { return [] }
            return [("due", .text(StepText.describe(reason)))]
        default: return []
        }
    }

    private static func kind(_ step: Step) -> String {
        switch step {
        case .run(let kind, _, _): kind.rawValue
        case .makeDirectory: "makeDirectory"
        case .shift: "renumber"
        case .move: "rename"
        case .create: "create"
        case .archive: "copy"
        case .cut: "cut"
        case .signal: "signal"
        case .recover: "recover"
        case .compress: "compress"
        case .mail: "mail"
        case .remove: "remove"
        case .free: "free"
        }
    }

    private static func path(_ step: Step) -> Path {
        switch step {
        case .run(_, _, let arguments): arguments.first ?? ""
        case .makeDirectory(let path, _), .shift(let path, _), .move(let path, _), .create(let path, _),
            .archive(let path, _, _), .cut(let path, _, _, _), .compress(let path, _, _), .mail(let path, _, _),
            .remove(let path, _), .signal(_, let path, _), .recover(let path, _), .free(let path, _):
            path
        }
    }

    private static func target(_ step: Step) -> Path? {
        switch step {
        case .shift(_, let target), .move(_, let target), .archive(_, let target, _),
            .compress(_, let target, _), .recover(_, let target):
            target
        case .cut(_, let target, _, _): target
        case .run, .makeDirectory, .create, .signal, .mail, .remove, .free: nil
        }
    }

    private static func bytes(_ result: StepResult?) -> Int64? {
        switch result {
        case .done(let bytes)?: bytes
        case .cut(let report)?: report.archiveBytes
        default: nil
        }
    }

    /// How a log was, or would be, cut; who was told.
    private static func details(_ step: Step, _ result: StepResult?) -> [(String, JSONValue)] {
        switch (step, result) {
        case (_, .cut(let report)?):
            [
                ("technique", .text(report.technique.rawValue)), ("shrink", shrink(report.shrink)),
                ("archived", .integer(report.archivedBytes)),
                ("detail", .text(StepText.describe(report, exactly: true))),
            ]
        case (.cut(_, _, _, let plan), _):
            [
                ("technique", .text(plan.technique.rawValue)), ("shrink", shrink(plan.forecast)),
                ("detail", .text(StepText.describe(plan, exactly: true))),
            ]
        case (_, .signalled(let writers)?): [("detail", .text("sent to \(writers.joined(separator: ", "))"))]
        default: []
        }
    }

    private static func shrink(_ outcome: ShrinkOutcome) -> JSONValue {
        switch outcome {
        case .truncated: .text("truncate")
        case .collapsed: .text("collapse")
        case .none: .null
        }
    }

    private static func shrink(_ forecast: ShrinkDecision) -> JSONValue {
        switch forecast {
        case .truncate: .text("truncate")
        case .collapse: .text("collapse")
        case .wait, .never: .null
        }
    }

    private static func reason(_ reason: StepReason) -> String {
        switch reason {
        case .rotation: "rotation"
        case .numbering: "numbering"
        case .uncompressed: "uncompressed"
        case .surplus: "surplus"
        case .expired: "expired"
        case .copied: "copied"
        case .duplicate: "duplicate"
        case .leftover: "leftover"
        case .room: "room"
        case .unreleased: "unreleased"
        case .released: "released"
        case .evicted(let reason): reason.rule.name
        case .belowFloor: "minfree"
        case .abandoned: "abandoned"
        }
    }

    /// Whose level an eviction goes by, and how far it went.
    private static func evictionDetails(_ reason: StepReason) -> [(String, JSONValue)] {
        guard case .evicted(let reason) = reason else { return [] }
        let tier =
            switch reason.tier {
            case .surplus: "surplus"
            case .kept: "kept"
            case .held: "held"
            }
        let common: [(String, JSONValue)] = [("tier", .text(tier)), ("allocated", .integer(reason.bytes))]
        switch reason.choice {
        case .own(let total): return common + [("total", .integer(total))]
        case .fair(let level, let total): return common + [("level", .integer(level)), ("total", .integer(total))]
        case .oldest: return common
        }
    }

    private static func describe(_ result: StepResult?) -> String {
        switch result {
        case nil: "planned"
        case .done?, .cut?, .signalled?: "done"
        case .left(let why)?: "left: \(why)"
        case .failed(let why)?: "failed: \(why)"
        }
    }
}
