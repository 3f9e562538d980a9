import LinuxSystem
import RotationCore
import Testing

struct GrowthTests {
    /// Looks as time and bytes; the rate at the end.
    private static let rates: [(looks: [(Double, Int)], rate: Double)] = [
        ([(1, 100)], 100), ([(2, 100)], 50), ([(1, 100), (2, 100)], 75), ([(1, 100), (3, 100)], 50),
        ([(1, 100), (2, 1100)], 1000), ([(1, 100), (2, 0)], 75), ([(1, 100), (1, 5000)], 100),
        ([(1, 100), (0.5, 5000)], 100), ([(1, 100), (200, 100)], 0), ([], 0),
    ]

    @Test(arguments: 0..<rates.count)
    func aJumpIsBelievedAtOnceAndAFallByAndBy(row: Int) {
        let (looks, rate) = Self.rates[row]
        var growth = Growth(bytes: 0, at: 0)
        for (time, bytes) in looks { growth.note(Int64(bytes), at: time) }
        #expect(growth.bytesPerSecond == rate)
    }

    @Test func aClockThatGoesBackTellsNothingAndIsGoneOnFrom() {
        var growth = Growth(bytes: 0, at: 1000)
        growth.note(100, at: 10)
        growth.note(200, at: 11)
        #expect(growth.bytesPerSecond == 200)
    }

    /// A run ends a moment after the last look: what it took out is not due once more.
    @Test func whatIsGoneIsSeenAtOnce() {
        var growth = Growth(bytes: 0, at: 0)
        growth.note(1000, at: 1)
        growth.note(10, at: 1.001)
        #expect(growth.bytes == 10 && growth.bytesPerSecond == 1000)
        growth.note(500, at: 1.002)
        #expect(growth.bytes == 10)
        growth.note(510, at: 2)
        #expect(growth.bytes == 510 && growth.bytesPerSecond >= 500)
    }

    @Test func anotherFileUnderTheNameIsNoGrowth() {
        func status(_ inode: UInt64, _ size: Int64) -> FileStatus {
            FileStatus(
                identity: FileIdentity(device: 1, inode: inode), kind: .regular, mode: 0, sizeBytes: size,
                modified: Timestamp(seconds: 0))
        }
        var log = WatchedLog(
            path: "/log/x", status: status(1, 0), cutEnd: 0, limitBytes: 1000, fileSystem: 0, at: 0)
        log.note(status(1, 500), at: 1)
        log.noteCut(to: 400)
        #expect(log.pendingBytes == 100)
        log.note(status(2, 900), at: 2)
        #expect(log.growth.bytesPerSecond == 500)
        #expect(log.pendingBytes == 900)
        // Made small: what was cut off does not count any more.
        log.note(status(2, 950), at: 3)
        log.noteCut(to: 900)
        log.note(status(2, 20), at: 4)
        #expect(log.pendingBytes == 20)
        log.note(nil, at: 5)
        #expect(log.pendingBytes == 0)
    }

    @Test func whatCannotBeIsNoTrap() {
        var growth = Growth(bytes: .max, at: .infinity)
        growth.note(.min, at: 0)
        growth.note(.max, at: 1)
        let size = FileSystemSize(totalBytes: .max, availableBytes: -1, totalInodes: 0, availableInodes: 0)
        var system = WatchedFileSystem(place: "/", device: 1, rules: [], size: size, at: 0)
        system.note(FileSystemSize(totalBytes: 0, availableBytes: .max, totalInodes: 1, availableInodes: 0), at: 1)
        #expect(system.nextLook(headroomBytes: .max) >= 1)
        #expect(system.headroomBytes(pendingBytes: .max, bytesPerSecond: .greatestFiniteMagnitude) >= 0)
    }
}
