import LinuxSystem
import RotationCore

/// What happens in logrotate's words, for those who read them with scripts or by habit.
struct LogrotateTrace {
    let isForced: Bool
    let isDryRun: Bool
    /// Now, as its messages have it.
    let now: CivilTime
    /// What is known of the logs and scripts of the stanzas so far: what is said of a step needs it.
    private var stanzas: [SourceLocation: Stanza] = [:]
    private var logs: [Path: (status: FileStatus?, stanza: Stanza)] = [:]
    private var begun: Set<Path> = []

    init(isForced: Bool, isDryRun: Bool, now: CivilTime) {
        self.isForced = isForced
        self.isDryRun = isDryRun
        self.now = now
    }

    /// What a run begins with that changes nothing.
    static let dryRunWarning = [
        "warning: logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) instead if this is not what you want.",
        "",
    ]

    /// A stanza and what was decided about its logs.
    func describe(_ plan: StanzaPlan) -> [String] {
        let settings = plan.stanza.settings
        var lines = [
            "",
            "rotating pattern: \(Self.pattern(plan.stanza)) \(isForced ? "forced from command line" : schedule(settings.schedule)) \(count(settings.keep))",
            summary(settings),
        ]
        if plan.decisions.isEmpty { lines.append("No logs found. Rotation not needed.") }
        for (log, decision) in plan.decisions {
            lines.append("considering log \(log.path)")
            lines += LogrotateDecision(log: log, decision: decision, stanza: plan.stanza, now: now).lines
        }
        if !plan.decisions.contains(where: \.decision.isRotation) { lines += notRun(settings) }
        return lines
    }

    /// What is said of its steps needs it.
    mutating func remember(_ plan: StanzaPlan) {
        for script in plan.stanza.settings.scripts.values { stanzas[script.location] = plan.stanza }
        for (log, _) in plan.decisions { logs[log.path] = (log.status, plan.stanza) }
    }

    /// With the blank behind each pattern that logrotate has there.
    static func pattern(_ stanza: Stanza) -> String { "\(stanza.patternText.onOneLine) " }

    private func notRun(_ settings: Settings) -> [String] {
        let scripts = settings.scripts
        var lines: [String] = []
        if scripts[.firstaction] != nil {
            lines.append("not running first action script, since no logs will be rotated")
        }
        if settings.sharesScripts, scripts[.prerotate] != nil {
            lines.append("not running prerotate script, since no logs will be rotated")
        }
        if settings.sharesScripts, scripts[.postrotate] != nil {
            lines.append("not running postrotate script, since no logs were rotated")
        }
        if scripts[.lastaction] != nil { lines.append("not running last action script, since no logs will be rotated") }
        return lines
    }

    private func schedule(_ schedule: Schedule) -> String {
        switch schedule {
        case .size(let bytes): "\(bytes) bytes"
        case .hourly: "hourly"
        case .daily: "after 1 days"
        case .weekly: "weekly"
        case .monthly: "monthly"
        case .yearly: "yearly"
        }
    }

    private func count(_ limit: ArchiveLimit) -> String {
        switch limit {
        case .unlimited: "(-1 rotations)"
        case .count(0): "(no old logs will be kept)"
        case .count(let count): "(\(count) rotations)"
        }
    }

    private func summary(_ settings: Settings) -> String {
        var parts: [String] = []
        if let directory = settings.archiveDirectory { parts.append("olddir is \(directory)") }
        parts.append(settings.rotatesEmpty ? "empty log files are rotated" : "empty log files are not rotated")
        if let bytes = settings.minimumSizeBytes { parts.append("only log files >= \(bytes) bytes are rotated") }
        if let bytes = settings.maximumSizeBytes { parts.append("log files >= \(bytes) are rotated earlier") }
        if let age = settings.minimumAgeSeconds {
            parts.append("only log files older than \(age / 86400) days are rotated")
        }
        parts.append(settings.mailAddress.map { "old logs mailed to \($0)" } ?? "old logs are removed")
        return parts.joined(separator: ", ")
    }
}

// MARK: - Steps

extension LogrotateTrace {
    /// A step, and what is said before the first of its log.
    mutating func describe(_ planned: PlannedStep) -> [String] {
        guard let stanza = logs[planned.subject]?.stanza, planned.reason == .rotation || planned.reason == .numbering,
            begun.insert(planned.subject).inserted
        else { return lines(planned) }
        let settings = stanza.settings
        var lines = ["rotating log \(planned.subject), log->rotateCount is \(Self.number(settings.keep))"]
        // A dry run of logrotate names all numbers, whatever there is.
        if isDryRun, !settings.usesDate, case .count(let count) = settings.keep, planned.step.isOfPreparation {
            lines += shifts(planned.subject, count: count, settings)
            if planned.step.isShift { return lines }
        }
        return lines + self.lines(planned)
    }

    private static func number(_ limit: ArchiveLimit) -> Int {
        if case .count(let count) = limit { count } else { -1 }
    }

    private func shifts(_ log: Path, count: Int, _ settings: Settings) -> [String] {
        let directory = settings.archiveDirectory?.resolved(against: log.directory) ?? log.directory
        let naming = ArchiveNaming(log: log.name, settings: settings)
        let suffix: Path = settings.compresses ? settings.compressionSuffix : ""
        // Without any that is kept one number is moved, and removed.
        let numbers = settings.start..<(settings.start + max(count, 1))
        return numbers.reversed().map { number in
            let names = [number, number + 1].map { naming.name(number: $0, compressionSuffix: suffix) }
            return "renaming \(directory.appending(names[0])) to \(directory.appending(names[1])) "
                + "(rotatecount \(max(count, 1)), logstart \(settings.start), i \(number)), "
        }
    }

    private func lines(_ planned: PlannedStep) -> [String] {
        switch planned.step {
        case .run(let kind, let script, let arguments):
            return ["running \(Self.words(kind)) script"] + (isDryRun ? [call(of: script, arguments)] : [])
        case .makeDirectory(let path, _): return ["creating directory \(path)"]
        case .shift(let path, let target): return isDryRun ? [] : [shift(path, target, planned.subject)]
        case .move(let path, let target): return ["renaming \(path) to \(target)"]
        case .create(let path, let ownership): return [creating(path, ownership)]
        case .archive(let path, let target, _): return ["copying \(path) to \(target)"]
        case .cut(let path, let target?, _, _): return ["copying \(path) to \(target)", "truncating \(path)"]
        case .cut(let path, nil, _, _): return ["truncating \(path)"]
        case .signal(let rule, let file, _): return ["sending SIG\(rule.name) to the writers of \(file)"]
        case .recover(let log, _): return ["finishing the truncation of \(log) that an earlier run began"]
        case .compress(_, _, let compression): return ["compressing log with: \(Self.program(compression))"]
        case .mail(let path, let address, _): return ["mailing \(path) to \(address)"]
        case .remove(let path, _): return ["removing old log \(path)"]
        case .free(let path, _): return ["freeing the deleted file \(path), which is still open"]
        }
    }

    private func call(of script: Script, _ arguments: [Path]) -> String {
        let shared = stanzas[script.location].map { Self.pattern($0) }
        let first = arguments.first.map { "\($0.onOneLine)" } ?? ""
        let second = arguments.dropFirst().first.map { "\($0)" } ?? ""
        // What all logs of a stanza share has its patterns, with a blank behind each.
        let log = first + " " == shared && second.isEmpty ? shared ?? first : first
        return "running script with args \(log) \(second): \"\(script.text.lines)\""
    }

    private func shift(_ path: Path, _ target: Path, _ log: Path) -> String {
        let text = "renaming \(path) to \(target)"
        guard let settings = logs[log]?.stanza.settings,
            case .number(let number)? = ArchiveNaming(log: log.name, settings: settings).parse(path.name)?.key
        else { return text }
        return text + " (rotatecount \(max(1, Self.number(settings.keep))), logstart \(settings.start), i \(number)), "
    }

    private func creating(_ path: Path, _ ownership: Ownership) -> String {
        let status = logs[path]?.status
        let mode = ownership.mode ?? status.map { $0.mode & 0o777 } ?? 0
        let owner = ownership.owner ?? status?.owner ?? 0
        let group = ownership.group ?? status?.group ?? 0
        return "creating new \(path) mode = 0\(String(mode, radix: 8)) uid = \(owner) gid = \(group)"
    }

    static func words(_ kind: HookKind) -> String {
        switch kind {
        case .firstaction: "first action"
        case .lastaction: "last action"
        default: kind.rawValue
        }
    }

    private static func program(_ compression: Compression) -> String {
        if case .program(let command, _) = compression { command } else { "/bin/gzip" }
    }
}

// MARK: - Failures

extension LogrotateTrace {
    /// What is said of a step that failed; nil where logrotate has no words for that.
    func failure(of step: PlannedStep) -> String? {
        switch step.step {
        case .run(let kind, let script, let arguments):
            guard let stanza = stanzas[script.location] else { return nil }
            let pattern = Self.pattern(stanza)
            let log = arguments.first ?? step.subject
            switch kind {
            case .firstaction, .lastaction: return "error running \(Self.words(kind)) script for \(pattern)"
            case .preremove:
                return "error running preremove script for \(log) of '\(pattern)'. Not removing this file."
            case .prerotate, .postrotate:
                return stanza.settings.sharesScripts
                    ? "error running shared \(kind.rawValue) script for '\(pattern)'"
                    : "error running non-shared \(kind.rawValue) script for \(log) of '\(pattern)'"
            }
        case .compress(let path, _, _): return "failed to compress log \(path)"
        case .mail(let path, _, _): return "mail command failed for \(path)"
        default: return nil
        }
    }
}

extension Step {
    fileprivate var isShift: Bool {
        if case .shift = self { true } else { false }
    }

    /// Whether it is one of those that begin a rotation, before its scripts.
    fileprivate var isOfPreparation: Bool {
        switch self {
        case .shift, .move, .archive, .cut, .makeDirectory: true
        default: false
        }
    }
}

extension Path {
    /// As it is, with its line ends.
    fileprivate var lines: String { String(decoding: bytes, as: UTF8.self) }
}
