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
    private var logs: [Path: Known] = [:]
    /// Groups by their prerotate script.
    private var groups: [SourceLocation: GroupPlan] = [:]
    private var begun: Set<Path> = []
    private var removed: Set<Path> = []
    private let time: Timestamp

    /// A log, and what is planned for it.
    private struct Known {
        var status: FileStatus?
        var stanza: Stanza
        var group: GroupPlan?
        var plan: LogPlan?
    }

    init(isForced: Bool, isDryRun: Bool, now: Timestamp) {
        self.isForced = isForced
        self.isDryRun = isDryRun
        self.now = LocalZone().civil(at: now)
        time = now
    }

    /// What a run begins with that changes nothing.
    static let dryRunWarning = [
        "warning: logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) instead if this is not what you want.",
        "",
    ]

    /// A stanza and what was decided about its logs.
    func describe(_ plan: StanzaPlan) -> [String] {
        let settings = plan.stanza.settings
        let due = isForced ? "forced from command line" : schedule(settings.schedule)
        let pattern = "rotating pattern: \(Self.pattern(plan.stanza)) \(due) "
        var lines = [""]
        if let count = count(settings.keep) {
            lines += [pattern + count, summary(settings)]
        } else {
            // Without a count it has no end of the line either.
            lines.append(pattern + summary(settings))
        }
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
        for (log, _) in plan.decisions { logs[log.path] = Known(status: log.status, stanza: plan.stanza) }
        for group in plan.groups {
            if case .run(_, let script, _)? = group.prerotate?.step { groups[script.location] = group }
            for log in group.logs {
                logs[log.log]?.group = group
                logs[log.log]?.plan = log
            }
        }
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

    private func count(_ limit: ArchiveLimit) -> String? {
        switch limit {
        case .unlimited: nil
        case .count(0): "(no old logs will be kept)"
        case .count(let count): "(\(count) rotations)"
        }
    }

    private func summary(_ settings: Settings) -> String {
        var parts: [String] = []
        if let directory = settings.archiveDirectory { parts.append("olddir is \(directory)") }
        parts.append(settings.rotatesEmpty ? "empty log files are rotated" : "empty log files are not rotated")
        if let bytes = settings.minimumSizeBytes, bytes > 0 {
            parts.append("only log files >= \(bytes) bytes are rotated")
        }
        if let bytes = settings.maximumSizeBytes, bytes > 0 {
            parts.append("log files >= \(bytes) are rotated earlier")
        }
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
        openings(before: planned) + lines(planned)
    }

    /// What is said of the logs that are begun with this step: of logs that share scripts, all before it in their order.
    private mutating func openings(before planned: PlannedStep) -> [String] {
        guard planned.reason == .rotation || planned.reason == .numbering else { return [] }
        switch planned.step {
        // An olddir is made before.
        case .makeDirectory: return []
        case .run(let kind, _, _) where kind != .prerotate: return []
        default: break
        }
        var group = logs[planned.subject]?.group
        if group == nil, case .run(_, let script, _) = planned.step { group = groups[script.location] }
        guard let group else { return [] }
        var logs = group.logs
        if let index = logs.firstIndex(where: { $0.log == planned.subject }) {
            if !group.isShared { logs = [logs[index]] }
            if group.isShared, planned.reason == .numbering { logs = Array(logs[...index]) }
        }
        return logs.filter { begun.insert($0.log).inserted }.flatMap { log -> [String] in
            guard let settings = self.logs[log.log]?.stanza.settings else { return [] }
            return LogrotateOpening(log, settings, isDryRun: isDryRun, now: time).lines
        }
    }

    static func number(_ limit: ArchiveLimit) -> Int {
        if case .count(let count) = limit { count } else { -1 }
    }

    private mutating func lines(_ planned: PlannedStep) -> [String] {
        switch planned.step {
        case .run(let kind, let script, let arguments):
            let running = "running \(Self.words(kind)) script"
            // What it is run for is said before.
            let removing = kind == .preremove ? arguments.prefix(1).flatMap { removal(of: $0) } : []
            return removing + [running] + (isDryRun ? [call(of: kind, script, arguments)] : [])
        case .makeDirectory(let path, _): return ["creating directory \(path)"]
        // The opening has it, but for a log that is not due.
        case .shift(let path, let target):
            return begun.contains(planned.subject) ? [] : ["renaming \(path) to \(target)"]
        case .move(let path, let target): return ["renaming \(path) to \(target)"] + disposal(of: target, planned)
        case .create(let path, let ownership): return [creating(path, ownership)]
        case .archive(let path, let target, _):
            return ["copying \(path) to \(target)"] + (planned.reason == .rotation ? ["Not truncating \(path)"] : [])
        case .cut(let path, let target?, _, _): return ["copying \(path) to \(target)", "truncating \(path)"]
        case .cut(let path, nil, _, _): return skip(path) + ["truncating \(path)"]
        case .signal(let rule, let file, _): return ["sending SIG\(rule.name) to the writers of \(file)"]
        case .recover(let log, _): return ["finishing the truncation of \(log) that an earlier run began"]
        case .compress(_, _, let compression): return ["compressing log with: \(Self.program(compression))"]
        case .mail(let path, let address, _): return ["mailing \(path) to \(address)"]
        case .remove(let path, _) where planned.reason == .copied: return ["removing tmp log \(path)"]
        case .remove(let path, let shredCycles):
            return removal(of: path) + (shredCycles == nil ? [] : ["Using shred to remove the file \(path)"])
        case .free(let path, _): return ["freeing the deleted file \(path), which is still open"]
        }
    }

    /// Said once, whether a script is run before or not.
    private mutating func removal(of path: Path) -> [String] {
        removed.insert(path).inserted ? ["removing old log \(path)"] : []
    }

    /// `rotate 0`: what goes again when the scripts have run.
    private func disposal(of target: Path, _ planned: PlannedStep) -> [String] {
        guard let log = logs[planned.subject], log.stanza.settings.keep == .count(0), planned.reason == .rotation,
            log.plan?.archive == target
        else { return [] }
        return ["disposeName will be \(target)"]
    }

    private func skip(_ log: Path) -> [String] {
        guard let archive = logs[log]?.plan?.archive else { return [] }
        return ["skip copying \(log) to \(archive)"]
    }

    private func call(of kind: HookKind, _ script: Script, _ arguments: [Path]) -> String {
        let first = arguments.first.map { "\($0.onOneLine)" } ?? ""
        let second = arguments.dropFirst().first.map { "\($0)" } ?? ""
        // What all logs of a stanza share has its patterns, with a blank behind each.
        let stanza = stanzas[script.location]
        let isShared = kind.isOfTheWholeStanza || (kind != .preremove && stanza?.settings.sharesScripts == true)
        let log = isShared ? stanza.map { Self.pattern($0) } ?? first : first
        return "running script with args \(log) \(second): \"\(script.text.lines)\""
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
        case .move(let path, let target): return "failed to rename \(path) to \(target)"
        case .shift(let path, let target): return "error renaming \(path) to \(target)"
        case .create(let path, _): return "error creating output file \(path)"
        case .remove(let path, _): return "Failed to remove old log \(path)"
        default: return nil
        }
    }
}

extension HookKind {
    /// Whether it is run once for all logs, however scripts are shared.
    fileprivate var isOfTheWholeStanza: Bool { self == .firstaction || self == .lastaction }
}

extension Path {
    /// As it is, with its line ends.
    fileprivate var lines: String { String(decoding: bytes, as: UTF8.self) }
}
