public import LinuxSystem

/// A time zone: what the wall's clock shows when. The engine hands in the system's, tests hand in tables.
public protocol Zone: Sendable {
    /// What the wall's clock shows at that time.
    func civil(at time: Timestamp) -> CivilTime
    /// When the wall's clock shows that; of two such times the later.
    func time(of civil: CivilTime) -> Timestamp
}

extension LocalZone: Zone {}

extension CivilTime {
    /// Days since 1970-01-01 in the Gregorian calendar, before it negative.
    var dayNumber: Int {
        // Years begin in March here, so that the leap day is a year's last. 400 years have 146,097 days.
        let shiftedYear = month > 2 ? year : year - 1
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// 0 is Sunday.
    var weekday: Int {
        let day = (dayNumber + 4) % 7
        return day < 0 ? day + 7 : day
    }

    /// The week of ISO 8601: 1 to 53. The first week is the one with the year's first Thursday.
    var isoWeek: Int {
        let thursday = dayNumber - (weekday + 6) % 7 + 3
        // The year that Thursday lies in owns the week.
        let owner = [year - 1, year, year + 1].last { CivilTime(year: $0, month: 1, day: 1).dayNumber <= thursday }
        return (thursday - CivilTime(year: owner ?? year, month: 1, day: 1).dayNumber) / 7 + 1
    }

    /// Days of this month.
    var monthLength: Int {
        let next =
            month == 12 ? CivilTime(year: year + 1, month: 1, day: 1) : CivilTime(year: year, month: month + 1, day: 1)
        return next.dayNumber - CivilTime(year: year, month: month, day: 1).dayNumber
    }

    /// Noon of the day before.
    var yesterdayAtNoon: CivilTime {
        if day > 1 { return CivilTime(year: year, month: month, day: day - 1, hour: 12) }
        var before =
            month > 1 ? CivilTime(year: year, month: month - 1, day: 1) : CivilTime(year: year - 1, month: 12, day: 1)
        before.day = before.monthLength
        before.hour = 12
        return before
    }

    /// The hour without minutes and seconds.
    public var hourStart: CivilTime {
        CivilTime(year: year, month: month, day: day, hour: hour)
    }

    /// How many months a log that is due on a day of the month has seen begin.
    func monthPeriod(from monthday: Int) -> Int {
        year * 12 + month - (day < min(monthday, monthLength) ? 1 : 0)
    }
}

extension CivilTime: CustomStringConvertible {
    /// `2026-11-22 09:05`.
    public var description: String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(padded(month))-\(padded(day)) \(padded(hour)):\(padded(minute))"
    }
}
