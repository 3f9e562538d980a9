import LinuxSystem

/// How fast something grows: what it had at the last look, and the rate at which it came there.
public struct Growth: Hashable, Sendable {
    /// What it had at the last look, in bytes.
    public private(set) var bytes: Int64
    /// When that was, in seconds of a clock that nobody sets.
    public private(set) var at: Double
    /// Its rate, in bytes a second, never negative: what shrinks is in no hurry.
    public private(set) var bytesPerSecond: Double = 0

    /// Whether there was a second look.
    public private(set) var isMeasured = false

    /// A rate that is not met any more is believed half after so many seconds: a writer that pauses goes on.
    static let halfLifeSeconds = 2.0

    /// Looks that are nearer to each other than this tell no rate, in seconds.
    static let shortestSpanSeconds = 0.02

    /// What is seen for the first time.
    public init(bytes: Int64, at: Double) {
        self.bytes = bytes
        self.at = at
    }

    /// A further look. A jump is believed at once, a fall by and by; a look from the past tells nothing.
    public mutating func note(_ bytes: Int64, at now: Double) {
        let span = now - at
        guard span >= Self.shortestSpanSeconds else {
            // What was written since belongs to the next span. What is gone is gone: a run has just taken it out.
            if bytes < self.bytes { self.bytes = bytes }
            if span < 0 { at = now }
            return
        }
        isMeasured = true
        let measured = max(0, Double(bytes.subtracting(self.bytes)) / span)
        var remembered = bytesPerSecond
        if remembered > 0 { remembered *= decay(over: span) }
        bytesPerSecond = max(measured, remembered < 1 ? 0 : remembered)
        self.bytes = bytes
        at = now
    }

    /// Another file has the name: what it has is new, and its writer the same.
    public mutating func replace(_ bytes: Int64, at now: Double) {
        self.bytes = bytes
        at = now
    }

    /// Half for each half-life, without a library of mathematics: what lies between is a straight line.
    private func decay(over span: Double) -> Double {
        var share = 1.0
        var left = span / Self.halfLifeSeconds
        guard left < 64 else { return 0 }
        while left >= 1 {
            share /= 2
            left -= 1
        }
        return share * (1 - left / 2)
    }

    /// How long until it has grown by so many bytes, in seconds; nil: at this rate never.
    public func seconds(toGrowBy missing: Int64) -> Double? {
        guard missing > 0 else { return 0 }
        return bytesPerSecond > 0 ? Double(missing) / bytesPerSecond : nil
    }
}
