public import LinuxSystem

/// What a run would make of one log, as far as that can be told before.
public struct LogForecast: Hashable, Sendable {
    /// The log with its archives, as it is.
    public var before: SpaceLog
    /// As it would be. How well something compresses nobody knows before.
    public var after: SpaceLog
    /// Everything that is done for it, in this order.
    public var steps: [PlannedStep]
    /// Archives that go, the oldest first. What is there twice goes without a loss, and does not count.
    public var going: [SpaceFile]

    /// A forecast for a log, from what is done for it.
    public init(_ log: SpaceLog, steps: [PlannedStep]) {
        before = log
        self.steps = steps
        var inventory = SpaceInventory(logs: [log])
        SpaceForecast.apply(steps, to: &inventory)
        after = inventory.logs[0]
        let duplicates = Set(steps.filter { $0.reason == .duplicate }.compactMap(\.identity))
        let left = Set(after.archives.map(\.identity))
        going = log.archives.filter { !left.contains($0.identity) && !duplicates.contains($0.identity) }
    }

    /// What it occupies now, in bytes.
    public var bytesBefore: Int64 { before.occupiedBytes }
    /// What it would occupy, in bytes.
    public var bytesAfter: Int64 { after.occupiedBytes }

    /// How far back its archives reach now, in seconds; nil without any.
    public func reachBefore(_ now: Timestamp) -> Int64? { Self.reach(before.archives, now) }

    /// How far back they would reach: an archive that is made then begins where the others end.
    public func reachAfter(_ now: Timestamp) -> Int64? {
        let old = Set(before.archives.map(\.identity))
        return Self.reach(after.archives.filter { old.contains($0.identity) }, now)
    }

    /// By how much its history gets shorter, in seconds.
    public func lostSeconds(_ now: Timestamp) -> Int64 {
        guard !going.isEmpty, let before = reachBefore(now) else { return 0 }
        return max(0, before - (reachAfter(now) ?? 0))
    }

    private static func reach(_ archives: [SpaceFile], _ now: Timestamp) -> Int64? {
        archives.map(\.modified).min().map { max(0, now.seconds(since: $0)) }
    }
}

extension SpaceLog {
    /// What it occupies with its archives, in bytes.
    public var occupiedBytes: Int64 { archives.reduce(liveBytes) { $0.adding($1.allocatedBytes) } }
}
