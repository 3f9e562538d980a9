import LinuxSystem
import Testing

@testable import RotationCore

struct NextDueTests {
    private func rule(at civil: CivilTime) -> DueRule {
        DueRule(now: TableZone.utc.time(of: civil), zone: TableZone.utc, force: false, checksDirectories: false)
    }

    private func decide(at civil: CivilTime, _ schedule: Schedule, last: CivilTime) -> Decision {
        var settings = Settings()
        settings.schedule = schedule
        let log = LogObservation(path: "/l/a", finding: .present(.file(bytes: 10)), directory: nil, lastRotated: last)
        return rule(at: civil).decide(log, settings)
    }

    /// What is promised is what the rule decides: due at that minute, and not the minute before.
    @Test(arguments: [
        Schedule.hourly, .daily, .weekly(0), .weekly(3), .weekly(6), .weekly(7), .monthly(1), .monthly(15),
        .monthly(31),
        .yearly,
    ])
    func aLogIsDueAtTheMinuteThatIsPromised(_ schedule: Schedule) throws {
        for day in stride(from: 20_400, through: 21_200, by: 1) {
            var last = CivilTime(dayNumber: day)
            last.hour = day % 24
            let next = schedule.next(after: last)
            var before = CivilTime(dayNumber: next.hour == 0 ? next.dayNumber - 1 : next.dayNumber)
            before.hour = next.hour == 0 ? 23 : next.hour - 1
            before.minute = 59
            #expect(decide(at: next, schedule, last: last).isRotation, "\(schedule) \(last) \(next)")
            let earlier = decide(at: before, schedule, last: last)
            #expect(earlier == .leave(.notElapsed(schedule, since: last)), "\(schedule) \(last) \(next)")
            #expect(rule(at: before).next(earlier, Settings()) == .at(next))
        }
    }

    @Test func daysAndTheirNumbersAreTheSame() {
        for day in stride(from: -800_000, through: 800_000, by: 37) {
            let civil = CivilTime(dayNumber: day)
            #expect(civil.dayNumber == day)
            #expect((1...12).contains(civil.month) && (1...civil.monthLength).contains(civil.day))
        }
    }

    @Test func whatIsMissingToASizeIsSaid() {
        let rule = rule(at: CivilTime(year: 2026, month: 1, day: 2))
        #expect(
            rule.next(.leave(.belowSize(bytes: 40, limit: 100)), Settings()) == .bytes(missing: 60, limit: 100))
        #expect(rule.next(.rotate(.forced), Settings()) == .now(.forced))
        #expect(rule.next(.leave(.empty), Settings()) == .waits(.empty))
        #expect(rule.next(.problem(.missing), Settings()) == .problem(.missing))
        var daily = Settings()
        daily.schedule = .daily
        #expect(rule.next(.leave(.firstSeen), daily) == .at(CivilTime(year: 2026, month: 1, day: 3)))
    }
}
