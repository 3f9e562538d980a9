public import LinuxSystem

/// When a log is due, in words.
public enum NextDueText {
    /// Short, for a table: `now`, `00:00`, `Mon 00:00`, `12-01`, `12 MiB more`.
    public static func brief(_ next: NextDue, now: CivilTime) -> String {
        switch next {
        case .now: return "now"
        case .at(let time): return brief(time, now)
        case .bytes(let missing, _): return "\(Figures.bytes(missing)) more"
        case .waits(.missing): return "gone"
        case .waits(.empty): return "empty"
        case .waits(.unresolved), .problem: return "trouble"
        case .waits: return "waits"
        }
    }

    private static func brief(_ time: CivilTime, _ now: CivilTime) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(time.hour)):\(two(time.minute))"
        let days = time.dayNumber - now.dayNumber
        switch days {
        case ...0: return clock
        case 1: return time.hour == 0 && time.minute == 0 ? "midnight" : "tomorrow \(clock)"
        case 2...6:
            return "\(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][time.weekday]) \(clock)"
        case 7...300: return "\(two(time.month))-\(two(time.day))"
        default: return "\(time.year)-\(two(time.month))-\(two(time.day))"
        }
    }

    /// A clause: `due now: weekly, last rotated ...`, `due at 2026-12-01 00:00`.
    public static func describe(_ next: NextDue, _ log: Path, accounts: some AccountNames) -> String {
        switch next {
        case .now(let reason): StepText.describe(reason)
        case .at(let time): "due from \(time) on"
        case .bytes(let missing, let limit):
            "due when it has \(Figures.bytes(limit)), which is \(Figures.bytes(missing)) more"
        case .waits(let reason): StepText.describe(reason)
        case .problem(let problem): ProblemText.describe(problem, log, accounts: accounts)
        }
    }
}
