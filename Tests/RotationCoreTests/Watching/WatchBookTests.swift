import LinuxSystem
import RotationCore
import Testing

/// When a watch looks, and which runs it starts: on a host that is made up, with a clock of its own.
struct WatchBookTests {
    static let mebi = WatchedHost.mebi
    static let rates: [Double] = [10e3, 1e6, 10e6, 40e6, 200e6, 1e9]

    @Test(arguments: rates)
    func aWriterIsSeenBeforeItPassesItsLimitByMoreThanTheReaction(rate: Double) {
        var host = WatchedHost(total: 1 << 44, limit: 100 * Self.mebi, writers: [{ _ in rate }])
        // Seen at its rate once: how much is over when that is found out is at most what the shortest pause lets through.
        host.runSpeed = max(host.runSpeed, 3 * rate)
        host.pass(seconds: 100)
        host.mostOver = 0
        // Three limits' worth, at the least.
        host.pass(seconds: max(20, 3.2 * 100 * Double(Self.mebi) / rate))
        #expect(Double(host.mostOver) <= rate * 0.12 + 1000)
        #expect(host.runs.contains { $0.run.reason == .sizes(count: 1) && $0.run.only == ["/log/0"] })
    }

    @Test(arguments: [40e6, 200e6, 400e6])
    func aFloodThatBeginsAllAtOnceFindsTheFileSystemWatched(rate: Double) {
        var host = WatchedHost(
            total: 600 * Self.mebi, floor: .percent(10), writers: [{ $0 < 30 ? 0 : rate }])
        host.runSpeed = max(host.runSpeed, rate * 2.5)
        host.pass(seconds: 90)
        #expect(host.lostBytes == 0)
        #expect(host.leastFree > 12 * Self.mebi)
        #expect(host.runs.contains { $0.run.reason == .floor("/log") && $0.run.headroomBytes > 0 })
    }

    @Test func twentyWritersAtOnceAreNoMoreThanOne() {
        var host = WatchedHost(
            total: 600 * Self.mebi, floor: .percent(10),
            writers: (0..<20).map { index in { $0 < 5 ? 0 : 2e6 * (1 + Double(index % 3)) / 2 } })
        host.pass(seconds: 90)
        #expect(host.lostBytes == 0)
        #expect(host.leastFree > 12 * Self.mebi)
    }

    @Test func aQuietHostIsLookedAtOnceAMinute() {
        var host = WatchedHost(
            total: 1 << 40, floor: .percent(10), limit: 100 * Self.mebi, foreign: 1 << 38,
            writers: (0..<10).map { _ in { _ in 0 } })
        host.pass(seconds: 1)
        (host.looksAtLogs, host.looksAtFileSystems, host.runs) = (0, 0, [])
        host.pass(seconds: 600)
        // What a run leaves is looked at, too.
        #expect(host.looksAtLogs <= 110)
        #expect(host.book.logs.allSatisfy { host.now - $0.growth.at <= 61 })
        #expect(host.looksAtFileSystems <= 125)
        #expect(host.runs.map(\.run.reason) == [WatchRun.Reason](repeating: .minute, count: host.runs.count))
        #expect(host.runs.count == 9 || host.runs.count == 10)
    }

    @Test func tenThousandQuietLogsAreNotLookedAtForOneThatIsNot() {
        let writers = [{ _ in 10e6 }] + (1..<10_000).map { _ in { (_: Double) in 0.0 } }
        var host = WatchedHost(total: 1 << 40, limit: 100 * Self.mebi, writers: writers)
        host.pass(seconds: 1)
        host.looksAtLogs = 0
        host.pass(seconds: 5)
        // Each once, and the loud one as often as it asks for.
        #expect(host.looksAtLogs < 21_000)
        #expect(host.looksAtLogs > 5)
    }

    @Test func whatGoesUpAndDownIsFollowed() {
        // Ten seconds loud, ten quiet.
        let rate = { (time: Double) in Int(time / 10) % 2 == 0 ? 150e6 : 0 }
        var host = WatchedHost(total: 600 * Self.mebi, floor: .percent(10), writers: [rate])
        host.runSpeed = 400e6
        host.pass(seconds: 120)
        #expect(host.lostBytes == 0)
        #expect(host.leastFree > 12 * Self.mebi)
    }

    @Test func runsInVainAreTriedLessAndLessAndToldOnce() {
        var host = WatchedHost(
            total: 600 * Self.mebi, floor: .percent(10), foreign: 570 * Self.mebi, writers: [{ _ in 0 }])
        host.runsWork = false
        host.pass(seconds: 600)
        let tries = host.runs.filter { $0.run.reason == .floor("/log") }
        #expect(host.remarks == 1)
        #expect(tries.count >= 7 && tries.count <= 20)
        let pauses = zip(tries.dropFirst(), tries).map { $0.at - $1.at }
        #expect(pauses.first ?? 0 < 1.5)
        #expect(pauses.last ?? 0 > 50)
        // Somebody makes room, and the next flood is met at once.
        host.runsWork = true
        host.foreign = 0
        host.pass(seconds: 70)
        let before = host.runs.count
        host.writers[0].rate = { _ in 100e6 }
        host.pass(seconds: 20)
        #expect(host.runs.count > before + 1)
        #expect(host.lostBytes == 0)
    }

    @Test func aLogThatNoRunCanHelpIsLeftToTheMinutes() {
        var host = WatchedHost(total: 1 << 40, limit: 10 * Self.mebi, writers: [{ $0 < 1 ? 50e6 : 0 }])
        host.runsWork = false
        host.pass(seconds: 400)
        let tries = host.runs.filter { !$0.run.only.isEmpty }
        #expect(tries.count >= 6 && tries.count <= 14)
    }

    @Test func anotherRunAtWorkIsWaitedForASecond() {
        var host = WatchedHost(total: 1 << 40, limit: 10, writers: [{ _ in 0 }])
        host.book.began(WatchRun(.asked), at: 0)
        host.book.ended(.busy, at: 5)
        #expect(host.book.wantedRun(at: 5.5) == nil)
        #expect(host.book.wantedRun(at: 6.1)?.reason == .asked)
    }

    @Test func aRunThatCrashedIsTriedAgainLater() {
        var host = WatchedHost(total: 1 << 40, limit: 10, writers: [{ _ in 0 }])
        host.book.began(WatchRun(.start), at: 0)
        #expect(host.book.ended(.crashed, at: 1) != nil)
        host.book.ask()
        #expect(host.book.wantedRun(at: 1.5) == nil)
        #expect(host.book.wantedRun(at: 2.1)?.reason == .asked)
    }

    @Test func whatWasMeasuredOutlivesANewSearch() {
        var host = WatchedHost(total: 1 << 40, limit: 1 << 30, writers: [{ _ in 10e6 }])
        host.pass(seconds: 30)
        let rate = host.book.logs[0].growth.bytesPerSecond
        host.discover()
        #expect(rate > 9e6)
        #expect(host.book.logs[0].growth.bytesPerSecond > 9e6)
        #expect(host.book.lastWholeRun != nil)
    }
}
