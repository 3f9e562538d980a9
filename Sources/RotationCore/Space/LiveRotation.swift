public import LinuxSystem

/// A live log and how much is in it.
public struct LiveLog: Hashable, Sendable {
    /// Its path.
    public var path: Path
    /// What is in it, in bytes.
    public var bytes: Int64

    /// A live log.
    public init(path: Path, bytes: Int64) {
        self.path = path
        self.bytes = bytes
    }
}

/// What is rotated because the live logs of a tree have become too much together.
public struct LiveRotation: Hashable, Sendable {
    /// The logs, the biggest first.
    public var logs: [LiveLog]
    /// What all live logs had together, in bytes.
    public var totalBytes: Int64
    /// Logs of so many bytes and more are rotated.
    public var thresholdBytes: Int64

    /// Decides as the script of XenServer did: nothing below the trigger. Else the logs are added up from the smallest on,
    /// and the first that lifts the sum over the target sets the size from which on logs are rotated: the fewest, biggest
    /// logs. Logs of the same size go together. nil: nothing is rotated.
    public static func plan(_ logs: [LiveLog], limits: LiveLimits) -> LiveRotation? {
        let total = logs.reduce(Int64(0)) { $0.adding($1.bytes) }
        guard total >= limits.triggerBytes else { return nil }
        let ascending = logs.sorted { ($0.bytes, $1.path) < ($1.bytes, $0.path) }
        var sum: Int64 = 0
        for log in ascending {
            sum = sum.adding(log.bytes)
            guard sum > limits.targetBytes else { continue }
            let chosen = ascending.reversed().filter { $0.bytes >= log.bytes }
            return LiveRotation(logs: chosen, totalBytes: total, thresholdBytes: log.bytes)
        }
        return nil
    }
}
