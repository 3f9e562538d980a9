public import LinuxSystem

/// Times as machines read them: ISO 8601, UTC, seconds.
public enum ISO8601 {
    /// `2026-11-22T09:05:00Z`.
    public static func text(_ time: Timestamp) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let days = time.seconds >= 0 ? time.seconds / 86_400 : (time.seconds - 86_399) / 86_400
        let rest = Int(time.seconds - days * 86_400)
        let date = CivilTime(dayNumber: Int(clamping: days))
        let year = String(repeating: "0", count: max(0, 4 - String(date.year).count)) + String(date.year)
        return
            "\(year)-\(two(date.month))-\(two(date.day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    /// Reads one; also `2026-11-22`, `2026-11-22 09:05` and the like. nil where it is none. Without a `Z` it is by the
    /// wall's clock.
    public static func time(_ text: String, zone: some Zone) -> Timestamp? {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
        guard text.first?.isNumber == true, (3...7).contains(numbers.count), (1...9999).contains(numbers[0]),
            (1...12).contains(numbers[1]), (1...31).contains(numbers[2])
        else { return nil }
        let clock = Array(numbers.dropFirst(3)) + [0, 0, 0]
        var civil = CivilTime(year: numbers[0], month: numbers[1], day: numbers[2])
        (civil.hour, civil.minute, civil.second) = (clock[0], clock[1], clock[2])
        guard civil.hour < 25, civil.minute < 60, civil.second < 61 else { return nil }
        guard text.hasSuffix("Z") else { return zone.time(of: civil) }
        let seconds = Int64(civil.dayNumber) * 86_400 + Int64(civil.hour * 3600 + civil.minute * 60 + civil.second)
        return Timestamp(seconds: seconds)
    }
}
