import LinuxSystem
import RotationCore

/// What happens in logrotate's words, for those who read them with scripts or by habit.
struct LogrotateTrace {
    let isForced: Bool

    /// A stanza and what was decided about its logs.
    func describe(_ plan: StanzaPlan) -> [String] {
        let settings = plan.stanza.settings
        var lines = [
            "",
            "rotating pattern: \(plan.stanza.patternText.onOneLine)  \(isForced ? "forced from command line" : schedule(settings.schedule)) \(count(settings.keep))",
            summary(settings),
        ]
        if plan.decisions.isEmpty { lines.append("No logs found. Rotation not needed.") }
        for (log, decision) in plan.decisions {
            lines.append("considering log \(log.path)")
            if let last = log.lastRotated { lines.append("  Last rotated at \(last)") }
            lines.append("  " + describe(decision, log.path))
        }
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

    private func describe(_ decision: Decision, _ log: Path) -> String {
        switch decision {
        case .rotate: "log needs rotating"
        case .problem: "log is skipped, because of an error"
        case .leave(let reason):
            switch reason {
            case .missing: "log \(log) does not exist -- skipping"
            case .symbolicLink: "log \(log) is symbolic link -- skipping"
            case .hardLinks(let links): "log \(log) has multiple (\(links)) hard links -- skipping"
            case .empty: "log does not need rotating (log is empty)"
            case .belowSize: "log does not need rotating (log size is below the 'size' threshold)"
            case .belowMinimumSize:
                "log does not need rotating ('minsize' directive is used and the log size is smaller than the minsize value)"
            case .tooYoung:
                "log does not need rotating ('minage' directive is used and the log is younger than minage days)"
            case .notElapsed, .firstSeen, .unchangedSinceCopy:
                "log does not need rotating (log has already been rotated)"
            case .notRegular: "log \(log) is not a regular file -- skipping"
            case .sameFile(let other): "log \(log) is the same file as \(other) -- skipping"
            case .waits(let why): "log \(log) is left alone: \(why) -- skipping"
            case .unresolved: "log \(log) is left alone: an earlier rotation is not finished -- skipping"
            }
        }
    }

    /// A step.
    func describe(_ planned: PlannedStep) -> String {
        switch planned.step {
        case .run(let kind, _, _):
            "running \(kind == .firstaction || kind == .lastaction ? spaced(kind) : kind.rawValue) script"
        case .makeDirectory(let path, _): "creating directory \(path)"
        case .shift(let path, let target), .move(let path, let target): "renaming \(path) to \(target)"
        case .create(let path, _): "creating new \(path)"
        case .archive(let path, let target, _): "copying \(path) to \(target)"
        case .cut(let path, let target?, _, _): "copying \(path) to \(target), truncating \(path)"
        case .cut(let path, nil, _, _): "truncating \(path)"
        case .signal(let rule, let file, _): "sending SIG\(rule.name) to the writers of \(file)"
        case .recover(let log, _): "finishing the truncation of \(log) that an earlier run began"
        case .compress(let path, _, let compression): "compressing log \(path) with: \(program(compression))"
        case .mail(let path, let address, _): "mailing \(path) to \(address)"
        case .remove(let path, _): "removing old log \(path)"
        case .free(let path, _): "freeing the deleted file \(path), which is still open"
        }
    }

    private func spaced(_ kind: HookKind) -> String {
        kind == .firstaction ? "first action" : "last action"
    }

    private func program(_ compression: Compression) -> String {
        if case .program(let command, _) = compression { return command }
        return "zlib"
    }
}
