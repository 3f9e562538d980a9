public import LinuxSystem

/// When a log is due next, if nothing changes but the time and its size.
public enum NextDue: Hashable, Sendable {
    /// The next run rotates it; why.
    case now(DueReason)
    /// From this moment on, by the wall's clock.
    case at(CivilTime)
    /// When it has grown by so many bytes to its limit.
    case bytes(missing: Int64, limit: Int64)
    /// Something else than time or size is waited for.
    case waits(QuietReason)
    /// Not before somebody does something.
    case problem(LogProblem)
}

extension DueRule {
    /// When a log is due next, by what was decided for it.
    public func next(_ decision: Decision, _ settings: Settings) -> NextDue {
        switch decision {
        case .rotate(let reason): .now(reason)
        case .problem(let problem): .problem(problem)
        case .leave(.belowSize(let bytes, let limit)): .bytes(missing: max(1, limit - bytes), limit: limit)
        case .leave(.belowMinimumSize(let bytes, let limit)): .bytes(missing: max(1, limit - bytes), limit: limit)
        case .leave(.notElapsed(let schedule, let last)): .at(schedule.next(after: last))
        case .leave(.firstSeen): .at(settings.schedule.next(after: civilNow))
        case .leave(let reason): .waits(reason)
        }
    }
}

extension Schedule {
    /// The first moment at which the hour, day, week, month or year is a new one; for `size`, which has none, the same.
    func next(after last: CivilTime) -> CivilTime {
        let day = last.dayNumber
        switch self {
        case .size: return last
        case .hourly:
            return last.hour < 23
                ? CivilTime(year: last.year, month: last.month, day: last.day, hour: last.hour + 1)
                : CivilTime(dayNumber: day + 1)
        case .daily: return CivilTime(dayNumber: day + 1)
        case .weekly(let weekday):
            let next = (1...7).first { CivilTime(dayNumber: day + $0).weekday == weekday } ?? 7
            return CivilTime(dayNumber: day + next)
        case .monthly(let monthday):
            let isNextMonth = last.day >= min(monthday, last.monthLength)
            var month = CivilTime(year: last.year, month: last.month, day: 1)
            if isNextMonth { month = CivilTime(dayNumber: month.dayNumber + month.monthLength) }
            month.day = min(monthday, month.monthLength)
            return month
        case .yearly: return CivilTime(year: last.year + 1, month: 1, day: 1)
        }
    }
}

extension CivilTime {
    /// Midnight of a day, counted from 1970-01-01 in the Gregorian calendar.
    init(dayNumber: Int) {
        // As in `dayNumber`: years begin in March, and 400 of them have 146,097 days.
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
