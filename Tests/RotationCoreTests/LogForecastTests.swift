import LinuxSystem
import Testing

@testable import RotationCore

struct LogForecastTests {
    private let now = Timestamp(seconds: 100 * 86400)

    /// A log with archives of one mebibyte, so many days old.
    private func log(ages: [Int64], liveBytes: Int64) -> SpaceLog {
        let archives = ages.enumerated().map { index, days in
            SpaceFile(
                path: Path("/log/a.log.\(ages.count - index).gz"),
                identity: FileIdentity(device: 1, inode: UInt64(10 + index)), allocatedBytes: 1 << 20,
                modified: Timestamp(seconds: now.seconds - days * 86400))
        }
        return SpaceLog(
            path: "/log/a.log", identity: FileIdentity(device: 1, inode: 1), liveBytes: liveBytes, archives: archives)
    }

    private func step(_ step: Step, _ reason: StepReason = .rotation) -> PlannedStep {
        PlannedStep(step, reason, for: "/log/a.log")
    }

    private let plan = CutPlan(method: .auto, forecast: .truncate)

    @Test func whatGoesIsCountedUnderItsOldNameAndItsHistoryIsLost() {
        let forecast = LogForecast(
            log(ages: [30, 20, 10], liveBytes: 8 << 20),
            steps: [
                step(.shift("/log/a.log.3.gz", to: "/log/a.log.4.gz"), .numbering),
                step(.shift("/log/a.log.2.gz", to: "/log/a.log.3.gz"), .numbering),
                step(.shift("/log/a.log.1.gz", to: "/log/a.log.2.gz"), .numbering),
                step(.cut("/log/a.log", to: "/log/a.log.1.gz", compression: .gzip(level: 6), plan)),
                step(.remove("/log/a.log.4.gz", shredCycles: nil), .surplus(limit: 3)),
            ])
        #expect(forecast.bytesBefore == 11 << 20)
        // Two old archives, and the new one with about an eighth of its log.
        #expect(forecast.bytesAfter == 3 << 20)
        #expect(forecast.going.map(\.path) == ["/log/a.log.3.gz"])
        #expect(forecast.reachBefore(now) == Int64(30 * 86400))
        #expect(forecast.reachAfter(now) == Int64(20 * 86400))
        #expect(forecast.lostSeconds(now) == 10 * 86400)
        #expect(forecast.after.archives.count == 3)
    }

    @Test func aFirstArchiveReachesBackToNothing() {
        let forecast = LogForecast(
            log(ages: [], liveBytes: 8 << 20),
            steps: [step(.cut("/log/a.log", to: "/log/a.log.1.gz", compression: .gzip(level: 6), plan))])
        #expect(forecast.after.archives.count == 1)
        #expect(forecast.reachAfter(now) == nil && forecast.lostSeconds(now) == 0 && forecast.going.isEmpty)
    }

    @Test func whatIsThereTwiceGoesWithoutALoss() {
        let log = log(ages: [5, 5], liveBytes: 0)
        let duplicate = PlannedStep(
            .remove("/log/a.log.2.gz", shredCycles: nil), .duplicate, for: "/log/a.log",
            identity: log.archives[0].identity)
        let forecast = LogForecast(log, steps: [duplicate])
        #expect(forecast.going.isEmpty && forecast.lostSeconds(now) == 0)
        #expect(forecast.bytesBefore - forecast.bytesAfter == 1 << 20)
    }

    @Test func allThatGoesIsAllThatIsLost() {
        let forecast = LogForecast(
            log(ages: [30, 20], liveBytes: 0),
            steps: ["/log/a.log.2.gz", "/log/a.log.1.gz"].map {
                step(.remove($0, shredCycles: nil), .expired(ageSeconds: 1, limitSeconds: 0))
            })
        #expect(forecast.going.count == 2 && forecast.lostSeconds(now) == 30 * 86400)
    }
}
