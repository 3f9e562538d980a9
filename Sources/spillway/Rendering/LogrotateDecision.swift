import LinuxSystem
import RotationCore

/// Why a log is rotated or left alone, in logrotate's words.
struct LogrotateDecision {
    let log: LogObservation
    let decision: Decision
    let stanza: Stanza
    /// Now, on the wall.
    let now: CivilTime

    /// What stands below `considering log`.
    var lines: [String] {
        switch decision {
        case .leave(.missing):
            let new = log.lastRotated == nil ? ["Creating new state"] : []
            return ["  log \(log.path) does not exist -- skipping"] + new
        case .leave(.symbolicLink):
            return [
                "  log \(log.path) is symbolic link. Rotation of symbolic links is not allowed to avoid security issues -- skipping."
            ]
        case .leave(.hardLinks(let links)):
            return [
                "  log \(log.path) has multiple (\(links)) hard links. Rotation of files with multiple hard links is not allowed for \(LogrotateTrace.pattern(stanza)) -- skipping."
            ]
        case .leave(.notRegular): return ["  log \(log.path) is not a regular file -- skipping"]
        // The error says it.
        case .problem(.missing): return []
        case .problem: return ["  log is skipped, because of an error"]
        case .rotate(let reason):
            return dates + [Self.future(reason, log.path), "  log needs rotating"].compactMap(\.self)
        case .leave(let reason): return dates + ["  " + sentence(reason)]
        }
    }

    private var dates: [String] {
        // What is not known counts from the beginning of this hour.
        let last = log.lastRotated ?? CivilTime(year: now.year, month: now.month, day: now.day, hour: now.hour)
        return (log.lastRotated == nil ? ["Creating new state"] : [])
            + ["  Now: \(Self.text(now))", "  Last rotated at \(Self.text(last))"]
    }

    /// `2026-11-22 09:05`.
    static func text(_ time: CivilTime) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
    }

    private static func future(_ reason: DueReason, _ log: Path) -> String? {
        if case .rotatedInFuture = reason { "log \(log) last rotated in the future -- rotation forced" } else { nil }
    }

    private func sentence(_ reason: QuietReason) -> String {
        switch reason {
        case .empty: "log does not need rotating (log is empty)"
        case .belowSize: "log does not need rotating (log size is below the 'size' threshold)"
        case .belowMinimumSize:
            "log does not need rotating ('minsize' directive is used and the log size is smaller than the minsize value)"
        case .tooYoung:
            "log does not need rotating ('minage' directive is used and the log age is smaller than the minage days)"
        case .notElapsed(let schedule, let last): notElapsed(schedule, last)
        case .firstSeen, .unchangedSinceCopy: "log does not need rotating (log has already been rotated)"
        case .sameFile(let other): "log \(log.path) is the same file as \(other) -- skipping"
        case .waits(let why): "log \(log.path) is left alone: \(why) -- skipping"
        case .unresolved: "log \(log.path) is left alone: an earlier rotation is not finished -- skipping"
        case .missing, .symbolicLink, .hardLinks, .notRegular: "log \(log.path) -- skipping"
        }
    }

    private func notElapsed(_ schedule: Schedule, _ last: CivilTime) -> String {
        let period: String
        switch schedule {
        case .hourly, .size: return "log does not need rotating (log has already been rotated)"
        case .daily: period = "day"
        case .weekly: period = "week"
        case .monthly: period = "month"
        case .yearly: period = "year"
        }
        return
            "log does not need rotating (log has been rotated at \(Self.text(last)), which is less than a \(period) ago)"
    }
}
