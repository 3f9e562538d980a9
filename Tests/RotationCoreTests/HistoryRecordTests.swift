import LinuxSystem
import Testing

@testable import RotationCore

struct HistoryRecordTests {
    @Test(arguments: HistoryRecord.Kind.allCases)
    func aRecordIsReadAsItWasWritten(_ kind: HistoryRecord.Kind) {
        let record = HistoryRecord(
            at: Timestamp(seconds: 1_800_000_000), kind: kind,
            path: Path(bytes: Array("/l/a \"b\"\\\n\t".utf8) + [0xff, 0x80]),
            to: "/l/é", log: "/l/𝄞", bytes: 42, rule: "budget", reason: "because, \"so\" it was")
        #expect(!record.line.contains("\n"))
        #expect(HistoryRecord.decode(Array((record.line + "\n").utf8)) == [record])
    }

    @Test func whatIsNoRecordIsLeftOut() {
        let good = HistoryRecord(at: Timestamp(seconds: 5), kind: .rotate, path: "/a")
        let lines = [
            "", "{}", "null", "{\"kind\":\"rotate\"}", "{\"at\":\"x\",\"kind\":\"rotate\",\"path\":\"/a\"}",
            good.line + "x",
            String(good.line.dropLast(3)), "{\"path\":\"\\ud800\"}", "{\"path\":\"\\u12\"}", "{\"a\":{}}", "[", "\"",
            good.line,
        ]
        #expect(HistoryRecord.decode(Array(lines.joined(separator: "\n").utf8)) == [good])
    }

    @Test(arguments: [
        ("2026-11-22", 1_795_305_600), ("2026-11-22 09:05", 1_795_338_300), ("2026-11-22T09:05:07Z", 1_795_338_307),
    ])
    func timesAreRead(_ text: String, _ seconds: Int64) {
        #expect(ISO8601.time(text, zone: TableZone.utc) == Timestamp(seconds: seconds))
    }

    @Test(arguments: ["", "x", "2026", "2026-13-01", "2026-11-32", "-5", "2026-11-22 25:00", "2026-11-22 09:61"])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(ISO8601.time(text, zone: TableZone.utc) == nil)
    }

    @Test func timesAreWrittenAsTheyAreRead() {
        for seconds in stride(from: Int64(-3_000_000_000), through: 5_000_000_000, by: 12_345_677) {
            let time = Timestamp(seconds: seconds)
            #expect(ISO8601.time(ISO8601.text(time), zone: TableZone.utc) == time, "\(ISO8601.text(time))")
        }
    }
}
