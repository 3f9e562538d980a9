import LinuxSystem
import Testing

@testable import RotationCore

struct CalendarTests {
    @Test(arguments: [
        (CivilTime(year: 1970, month: 1, day: 1), 0, 4, 1), (CivilTime(year: 2000, month: 2, day: 29), 11016, 2, 9),
        (CivilTime(year: 2026, month: 11, day: 22), 20779, 0, 47),
        (CivilTime(year: 2108, month: 3, day: 1), 50463, 4, 9),
        (CivilTime(year: 1969, month: 12, day: 31), -1, 3, 1), (CivilTime(year: 2021, month: 1, day: 3), 18630, 0, 53),
        (CivilTime(year: 2020, month: 12, day: 31), 18627, 4, 53),
        (CivilTime(year: 2024, month: 12, day: 30), 20087, 1, 1),
        (CivilTime(year: 2100, month: 2, day: 28), 47540, 0, 8),
    ])
    func daysWeekdaysAndWeeks(_ time: CivilTime, _ day: Int, _ weekday: Int, _ week: Int) {
        #expect(time.dayNumber == day)
        #expect(time.weekday == weekday)
        #expect(time.isoWeek == week)
    }

    @Test func everyDayOfTwoCenturiesFollowsTheOneBefore() {
        var expected = CivilTime(year: 1950, month: 1, day: 1).dayNumber
        for year in 1950...2150 {
            for month in 1...12 {
                for day in 1...CivilTime(year: year, month: month, day: 1).monthLength {
                    let time = CivilTime(year: year, month: month, day: day)
                    #expect(time.dayNumber == expected)
                    expected += 1
                }
            }
        }
    }

    @Test func yesterdayCrossesMonthsAndYears() {
        #expect(
            CivilTime(year: 2024, month: 3, day: 1).yesterdayAtNoon
                == CivilTime(year: 2024, month: 2, day: 29, hour: 12))
        #expect(
            CivilTime(year: 2026, month: 1, day: 1).yesterdayAtNoon
                == CivilTime(year: 2025, month: 12, day: 31, hour: 12))
    }

    @Test func theSystemsZoneGoesBothWays() {
        let zone = LocalZone()
        for seconds: Int64 in [0, 951_782_400, 1_795_340_822, 4_354_819_199] {
            let time = Timestamp(seconds: seconds)
            #expect(zone.time(of: zone.civil(at: time)).seconds >= seconds)
            #expect(zone.civil(at: zone.time(of: zone.civil(at: time))) == zone.civil(at: time))
        }
    }
}
