/// Why nothing is tried again at once, and for how long: a second, and twice as long each time that nothing comes of it.
package struct WatchPause: Hashable, Sendable {
    /// So often in a row nothing came of it.
    package private(set) var count = 0
    /// Not before this, in seconds.
    package private(set) var until: Double
    /// What the logs had pending then, in bytes.
    let pendingBytes: Int64

    /// The pause behind another one: twice as long, up to ``WatchTimes/longestPauseSeconds``.
    ///
    /// - Parameter pendingBytes: what the logs have pending; nothing where it is not logs that are waited for.
    package init(after other: WatchPause?, pendingBytes: Int64 = 0, at now: Double) {
        count = (other?.count ?? 0) + 1
        self.pendingBytes = pendingBytes
        let seconds = count > 6 ? WatchTimes.longestPauseSeconds : Double(1 << (count - 1))
        until = now + min(seconds, WatchTimes.longestPauseSeconds)
    }

    /// Whether it is over: the time has passed, or there is more to be had, twice as much each time.
    func isOver(pendingBytes: Int64, at now: Double) -> Bool {
        let worthwhile = WatchTimes.worthwhileBytes << Int64(min(count, 20) - 1)
        return now >= until || pendingBytes.subtracting(self.pendingBytes) >= worthwhile
    }
}
