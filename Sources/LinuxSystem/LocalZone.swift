import Glibc

/// The parts of a date on the wall: of a time zone or of UTC.
public struct CivilTime: Hashable, Sendable {
    // A state has one for each of a hundred thousand logs.
    private var parts: (year: Int16, month: Int8, day: Int8, hour: Int8, minute: Int8, second: Int8)

    /// The year, 1970 or 2108. What no calendar has is kept as the nearest that fits, which no calendar has either.
    public var year: Int {
        get { Int(parts.year) }
        set { parts.year = Int16(clamping: newValue) }
    }
    /// 1 to 12.
    public var month: Int {
        get { Int(parts.month) }
        set { parts.month = Int8(clamping: newValue) }
    }
    /// 1 to 31.
    public var day: Int {
        get { Int(parts.day) }
        set { parts.day = Int8(clamping: newValue) }
    }
    /// 0 to 23.
    public var hour: Int {
        get { Int(parts.hour) }
        set { parts.hour = Int8(clamping: newValue) }
    }
    /// 0 to 59.
    public var minute: Int {
        get { Int(parts.minute) }
        set { parts.minute = Int8(clamping: newValue) }
    }
    /// 0 to 60.
    public var second: Int {
        get { Int(parts.second) }
        set { parts.second = Int8(clamping: newValue) }
    }

    /// A date and time from its parts.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        parts = (
            Int16(clamping: year), Int8(clamping: month), Int8(clamping: day), Int8(clamping: hour),
            Int8(clamping: minute), Int8(clamping: second)
        )
    }

    /// Equal where all parts are.
    public static func == (left: CivilTime, right: CivilTime) -> Bool { left.parts == right.parts }

    /// Of all parts.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(parts.year)
        hasher.combine(parts.month)
        hasher.combine(parts.day)
        hasher.combine(parts.hour)
        hasher.combine(parts.minute)
        hasher.combine(parts.second)
    }
}

/// The time zone of this process (`TZ`, /etc/localtime): localtime_r(3) and mktime(3).
public struct LocalZone: Sendable {
    /// The zone as the environment has it now.
    public init() {
        tzset()
    }

    /// What the wall's clock shows at that time.
    public func civil(at time: Timestamp) -> CivilTime {
        var seconds = time_t(time.seconds)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return CivilTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }

    /// When the wall's clock shows that; of two such times (the hour that a change of the clock repeats) the later. For a
    /// time that a change of the clock leaves out, what mktime(3) makes of it.
    public func time(of civil: CivilTime) -> Timestamp {
        // With and without daylight saving: mktime moves a time that this half of the year does not have.
        let exact = [CInt(0), 1].map { time(of: civil, daylight: $0) }.filter { self.civil(at: $0) == civil }
        return exact.max() ?? time(of: civil, daylight: -1)
    }

    private func time(of civil: CivilTime, daylight: CInt) -> Timestamp {
        var parts = tm()
        parts.tm_year = CInt(clamping: civil.year - 1900)
        parts.tm_mon = CInt(clamping: civil.month - 1)
        parts.tm_mday = CInt(clamping: civil.day)
        parts.tm_hour = CInt(clamping: civil.hour)
        parts.tm_min = CInt(clamping: civil.minute)
        parts.tm_sec = CInt(clamping: civil.second)
        parts.tm_isdst = daylight
        return Timestamp(seconds: Int64(mktime(&parts)))
    }
}
