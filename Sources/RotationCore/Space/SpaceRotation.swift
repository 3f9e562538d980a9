import LinuxSystem

/// Which live logs are rotated because space is short: that frees most and destroys nothing.
public enum SpaceRotation {
    /// What is freed of a log when it is rotated, at the least as a rule: logs compress to an eighth and better.
    static func yield(of bytes: Int64) -> Int64 { bytes - bytes / 8 }

    /// A log with less than this share of the limit is left to its own rules: else a tree that has reached its budget, as
    /// it does in time, would be cut into archives of nothing, minute by minute.
    private static let share: Int64 = 64

    /// The biggest logs, as many as it probably takes.
    ///
    /// - Parameters:
    ///   - live: logs that are not rotated in any case.
    ///   - missingBytes: what is to become free.
    ///   - limitBytes: the budget or the floor that is not met.
    public static func plan(_ live: [LiveLog], missingBytes: Int64, limitBytes: Int64) -> [LiveLog] {
        let smallest = max(SpacePressure.smallestWorthwhileBytes, limitBytes / share)
        var missing = missingBytes
        var chosen: [LiveLog] = []
        for log in live.sorted(by: { ($1.bytes, $0.path) < ($0.bytes, $1.path) }) where log.bytes >= smallest {
            guard missing > 0 else { break }
            chosen.append(log)
            missing = missing.subtracting(yield(of: log.bytes))
        }
        return chosen
    }
}
