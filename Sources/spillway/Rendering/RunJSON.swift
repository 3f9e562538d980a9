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
                ] + details(planned.step, result) + SpaceText.details(planned.reason)
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
                ("archived", .integer(report.archivedBytes)), ("detail", .text(StepText.describe(report))),
            ]
        case (.cut(_, _, _, let plan), _):
            [
                ("technique", .text(plan.technique.rawValue)), ("shrink", shrink(plan.forecast)),
                ("detail", .text(StepText.describe(plan))),
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

    private static func describe(_ result: StepResult?) -> String {
        switch result {
        case nil: "planned"
        case .done?, .cut?, .signalled?: "done"
        case .left(let why)?: "left: \(why)"
        case .failed(let why)?: "failed: \(why)"
        }
    }
}

/// JSON as far as the reports need it. Paths need not be UTF-8, which no JSON library writes.
enum JSONValue {
    case null
    case `true`
    case `false`
    case integer(Int64)
    case text(String)
    case path(Path)
    case array([JSONValue])
    case object([(String, JSONValue)])

    var text: String {
        switch self {
        case .null: "null"
        case .true: "true"
        case .false: "false"
        case .integer(let number): String(number)
        case .text(let text): JSONValue.quoted(Path(text))
        case .path(let path): JSONValue.quoted(path)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONValue.quoted(Path($0.0)) + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }

    /// Bytes that are not UTF-8 become lone surrogates, `\udc80` to `\udcff`, as Python's surrogateescape has them.
    private static func quoted(_ path: Path) -> String {
        var result = "\""
        for piece in path.pieces {
            switch piece {
            case .scalar("\""): result += "\\\""
            case .scalar("\\"): result += "\\\\"
            case .scalar(let scalar) where scalar.value < 0x20 || scalar.value == 0x7f:
                result += "\\u" + padded(String(scalar.value, radix: 16))
            case .scalar(let scalar): result.unicodeScalars.append(scalar)
            case .byte(let byte): result += "\\udc" + String(byte, radix: 16)
            }
        }
        return result + "\""
    }

    private static func padded(_ digits: String) -> String {
        String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
