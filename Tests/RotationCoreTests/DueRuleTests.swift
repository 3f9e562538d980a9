import LinuxSystem
import RotationCore
import Testing

struct DueRuleTests {
    private func decide(
        _ directives: String, now: Timestamp, last: CivilTime?, status: FileStatus = .file(), zone: TableZone = .utc,
        force: Bool = false, directory: FileStatus = .directory(), dialect: Dialect = .spillway
    ) throws -> Decision {
        let configuration = parse("/l/a.log {\n\(directives)\n}\n", dialect)
        #expect(configuration.errors == [])
        let settings = try #require(configuration.stanzas.first).settings
        let rule = DueRule(now: now, zone: zone, force: force, checksDirectories: true)
        let log = LogObservation(path: "/l/a.log", finding: .present(status), directory: directory, lastRotated: last)
        return rule.decide(log, settings)
    }

    private func isDue(_ decision: Decision) -> Bool {
        if case .rotate = decision { return true }
        return false
    }

    /// Now is Sunday 2026-11-22 10:30.
    @Test(arguments: [
        ("hourly", CivilTime(year: 2026, month: 11, day: 22, hour: 10, minute: 1), false),
        ("hourly", CivilTime(year: 2026, month: 11, day: 22, hour: 9, minute: 59), true),
        ("hourly", CivilTime(year: 2026, month: 11, day: 21, hour: 10, minute: 31), true),
        ("daily", CivilTime(year: 2026, month: 11, day: 22, hour: 0), false),
        ("daily", CivilTime(year: 2026, month: 11, day: 21, hour: 23), true),
        ("weekly", CivilTime(year: 2026, month: 11, day: 21), true),
        ("weekly", CivilTime(year: 2026, month: 11, day: 22), false),
        ("weekly 1", CivilTime(year: 2026, month: 11, day: 21), false),
        ("weekly 1", CivilTime(year: 2026, month: 11, day: 15), true),
        ("weekly 7", CivilTime(year: 2026, month: 11, day: 16), false),
        ("weekly 7", CivilTime(year: 2026, month: 11, day: 15), true),
        ("weekly sun", CivilTime(year: 2026, month: 11, day: 21), true),
        ("monthly", CivilTime(year: 2026, month: 11, day: 1), false),
        ("monthly", CivilTime(year: 2026, month: 10, day: 31), true),
        ("monthly 22", CivilTime(year: 2026, month: 11, day: 21), true),
        ("monthly 22", CivilTime(year: 2026, month: 11, day: 22), false),
        ("monthly 23", CivilTime(year: 2026, month: 11, day: 21), false),
        ("monthly 23", CivilTime(year: 2026, month: 10, day: 22), true),
        ("monthly 31", CivilTime(year: 2026, month: 10, day: 31), false),
        ("monthly 31", CivilTime(year: 2026, month: 10, day: 30), true),
        ("yearly", CivilTime(year: 2026, month: 1, day: 1), false),
        ("yearly", CivilTime(year: 2025, month: 12, day: 31), true),
    ])
    func calendarRules(_ rule: String, _ last: CivilTime, _ expected: Bool) throws {
        #expect(isDue(try decide(rule, now: .utc(2026, 11, 22, 10, 30), last: last)) == expected)
    }

    @Test func theLastDayOfAShortMonthStandsForItsThirtyFirst() throws {
        let last = CivilTime(year: 2026, month: 1, day: 31)
        #expect(!isDue(try decide("monthly 31", now: .utc(2026, 2, 27, 10), last: last)))
        #expect(isDue(try decide("monthly 31", now: .utc(2026, 2, 28, 10), last: last)))
    }

    @Test func hoursAcrossTheChangeToSummerTime() throws {
        // At 02:00 the clock went to 03:00: 00:30 UTC is 01:30, 01:10 UTC is 03:10.
        let last = CivilTime(year: 2026, month: 3, day: 29, hour: 1, minute: 30)
        #expect(!isDue(try decide("hourly", now: .utc(2026, 3, 29, 0, 59), last: last, zone: .berlin2026)))
        #expect(isDue(try decide("hourly", now: .utc(2026, 3, 29, 1, 10), last: last, zone: .berlin2026)))
    }

    @Test func hoursAcrossTheChangeToWinterTime() throws {
        // The hour from 02:00 to 03:00 comes twice. What was rotated in one of them is not rotated again in the other
        // within the hour, and is in the next.
        let last = CivilTime(year: 2026, month: 10, day: 25, hour: 2, minute: 10)
        #expect(!isDue(try decide("hourly", now: .utc(2026, 10, 25, 0, 50), last: last, zone: .berlin2026)))
        #expect(!isDue(try decide("hourly", now: .utc(2026, 10, 25, 1, 50), last: last, zone: .berlin2026)))
        #expect(isDue(try decide("hourly", now: .utc(2026, 10, 25, 2, 5), last: last, zone: .berlin2026)))
        let before = CivilTime(year: 2026, month: 10, day: 25, hour: 1, minute: 59)
        #expect(isDue(try decide("hourly", now: .utc(2026, 10, 25, 0, 1), last: before, zone: .berlin2026)))
    }

    @Test func daysAcrossTheChangesOfTheClock() throws {
        for (day, month) in [(29, 3), (25, 10)] {
            let last = CivilTime(year: 2026, month: month, day: day - 1, hour: 23, minute: 59)
            let midnight = TableZone.berlin2026.time(of: CivilTime(year: 2026, month: month, day: day))
            #expect(isDue(try decide("daily", now: midnight, last: last, zone: .berlin2026)))
            let again = CivilTime(year: 2026, month: month, day: day)
            let lastMinute = TableZone.berlin2026.time(
                of: CivilTime(year: 2026, month: month, day: day, hour: 23, minute: 59))
            #expect(!isDue(try decide("daily", now: lastMinute, last: again, zone: .berlin2026)))
        }
    }

    @Test func aClockSetBackALittleRotatesNothingAgain() throws {
        let last = CivilTime(year: 2026, month: 11, day: 22, hour: 0, minute: 30)
        #expect(
            try decide("daily", now: .utc(2026, 11, 21, 23, 30), last: last) == .leave(.notElapsed(.daily, since: last))
        )
        #expect(
            try decide("hourly", now: .utc(2026, 11, 21, 23, 30), last: last)
                == .leave(.notElapsed(.hourly, since: last)))
    }

    @Test func aClockSetBackFarRotatesOnce() throws {
        let last = CivilTime(year: 2026, month: 12, day: 24)
        let now = Timestamp.utc(2026, 11, 22)
        #expect(try decide("yearly", now: now, last: last) == .rotate(.rotatedInFuture(last)))
        #expect(!isDue(try decide("yearly", now: now, last: TableZone.utc.civil(at: now))))
    }

    @Test func aClockThatBeganIn1970AndOneIn2108() throws {
        let dawn = CivilTime(year: 1970, month: 1, day: 1)
        #expect(isDue(try decide("daily", now: .utc(2026, 11, 22), last: dawn)))
        #expect(isDue(try decide("daily", now: .utc(1970, 1, 2), last: dawn)))
        #expect(!isDue(try decide("daily", now: .utc(1970, 1, 1, 5), last: dawn)))
        let late = CivilTime(year: 2108, month: 2, day: 29)
        #expect(isDue(try decide("daily", now: .utc(2108, 3, 1), last: late)))
        #expect(!isDue(try decide("weekly 7", now: .utc(2108, 3, 1), last: late)))
    }

    @Test func sizes() throws {
        let now = Timestamp.utc(2026, 11, 22), today = CivilTime(year: 2026, month: 11, day: 22)
        let old = CivilTime(year: 2026, month: 11, day: 1)
        #expect(isDue(try decide("size 100", now: now, last: today)))
        #expect(!isDue(try decide("size 101", now: now, last: old)))
        #expect(isDue(try decide("daily\nmaxsize 99", now: now, last: today)))
        #expect(!isDue(try decide("daily\nmaxsize 100", now: now, last: today)))
        #expect(isDue(try decide("daily\nminsize 100", now: now, last: old)))
        #expect(!isDue(try decide("daily\nminsize 101", now: now, last: old)))
        #expect(isDue(try decide("size 1M\ndaily", now: now, last: old)), "the last one holds")
        #expect(!isDue(try decide("daily\nsize 1M", now: now, last: old)))
        #expect(!isDue(try decide("size 0", now: now, last: old, status: .file(bytes: 0))))
        #expect(!isDue(try decide("daily\nnotifempty", now: now, last: old, status: .file(bytes: 0))))
        #expect(!isDue(try decide("daily\nnotifempty", now: now, last: old, status: .file(bytes: 0), force: true)))
        #expect(isDue(try decide("daily", now: now, last: old, status: .file(bytes: 0))))
    }

    @Test func minageHoldsForTimeAndNotForSize() throws {
        let now = Timestamp.utc(2026, 11, 22), old = CivilTime(year: 2026, month: 11, day: 1)
        let fresh = FileStatus.file(modified: .utc(2026, 11, 21))
        #expect(!isDue(try decide("daily\nminage 2", now: now, last: old, status: fresh)))
        #expect(isDue(try decide("daily\nminage 2", now: now, last: old, status: .file(modified: .utc(2026, 11, 19)))))
        #expect(isDue(try decide("size 1\nminage 2", now: now, last: old, status: fresh)))
        #expect(isDue(try decide("daily\nminage 2", now: now, last: old, status: fresh, force: true)))
    }

    @Test func whatIsNoLogIsLeftAlone() throws {
        let now = Timestamp.utc(2026, 11, 22)
        #expect(try decide("size 1", now: now, last: nil, status: .file(kind: .symbolicLink)) == .leave(.symbolicLink))
        #expect(try decide("size 1", now: now, last: nil, status: .file(kind: .other)) == .leave(.notRegular))
        #expect(try decide("size 1", now: now, last: nil, status: .file(links: 2)) == .leave(.hardLinks(2)))
        #expect(isDue(try decide("size 1\nallowhardlink", now: now, last: nil, status: .file(links: 2))))
        #expect(try decide("daily", now: now, last: nil) == .leave(.firstSeen))
        #expect(try decide("daily", now: now, last: nil, force: true) == .rotate(.forced))
    }

    @Test func namesAreNotTrustedWhereOthersCanWrite() throws {
        let now = Timestamp.utc(2026, 11, 22)
        let shared = FileStatus.directory(mode: 0o775, group: 4)
        let problem = Decision.problem(.insecureDirectory("/l", mode: 0o775, owner: 0, group: 4))
        #expect(try decide("size 1\ncreate", now: now, last: nil, directory: shared) == problem)
        #expect(try decide("size 1\npostrotate\nx\nendscript", now: now, last: nil, directory: shared) == problem)
        // Descriptors alone cannot be led astray.
        #expect(isDue(try decide("size 1", now: now, last: nil, directory: shared)))
        #expect(isDue(try decide("size 1\ncreate\nsu www adm", now: now, last: nil, directory: shared)))
        #expect(isDue(try decide("size 1\ncreate", now: now, last: nil, directory: .directory(mode: 0o775, group: 0))))
        // A log that is not due needs no error.
        #expect(!isDue(try decide("size 1M\ncreate", now: now, last: nil, directory: shared)))
    }
}
