public import LinuxSystem

/// Times as machines read them: ISO 8601, UTC, seconds.
public enum ISO8601 {
    /// `2026-11-22T09:05:00Z`.
    public static func text(_ time: Timestamp) -> String {
        let days = time.seconds >= 0 ? time.seconds / 86_400 : (time.seconds - 86_399) / 86_400
        let rest = Int(time.seconds - days * 86_400)
        let date = CivilTime(dayNumber: Int(clamping: days))
        var text = String(date.year)
        if text.utf8.count < 4 { text = String(repeating: "0", count: 4 - text.utf8.count) + text }
        func add(_ mark: String, _ number: Int) {
            text += mark
            if number < 10 { text += "0" }
            text += String(number)
        }
        add("-", date.month)
        add("-", date.day)
        add("T", rest / 3600)
        add(":", rest / 60 % 60)
        add(":", rest % 60)
        return text + "Z"
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
