import LinuxSystem
@testable import RotationCore

/// A time zone from a table of its changes.
struct TableZone: Zone {
    /// From each moment on, so many seconds east of UTC. The first one holds before too.
    var changes: [(from: Int64, offset: Int64)]

    static let utc = TableZone(changes: [(0, 0)])

    /// Central Europe in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    static let berlin2026 = TableZone(changes: [
        (0, 3600), (utcSeconds(2026, 3, 29, 1), 7200), (utcSeconds(2026, 10, 25, 1), 3600),
    ])

    static func utcSeconds(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int64 {
        Int64(CivilTime(year: year, month: month, day: day).dayNumber) * 86400 + Int64(hour * 3600 + minute * 60)
    }

    private func offset(at seconds: Int64) -> Int64 {
        (changes.last { $0.from <= seconds } ?? changes[0]).offset
    }

    func civil(at time: Timestamp) -> CivilTime {
        let local = time.seconds + offset(at: time.seconds)
        let days = local >= 0 ? local / 86400 : (local - 86399) / 86400
        let rest = Int(local - days * 86400)
        // The year and month whose first day is not later: slow and plainly right.
        var year = 1970 + Int(days) / 366 - 1
        while CivilTime(year: year + 1, month: 1, day: 1).dayNumber <= Int(days) { year += 1 }
        let month = (1...12).last { CivilTime(year: year, month: $0, day: 1).dayNumber <= Int(days) } ?? 1
        let day = Int(days) - CivilTime(year: year, month: month, day: 1).dayNumber + 1
        return CivilTime(
            year: year, month: month, day: day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60)
    }

    func time(of civil: CivilTime) -> Timestamp {
        let local = Int64(civil.dayNumber) * 86400 + Int64(civil.hour * 3600 + civil.minute * 60 + civil.second)
        let candidates = Set(changes.map { local - $0.offset }).filter {
            self.civil(at: Timestamp(seconds: $0)) == civil
        }
        return Timestamp(seconds: candidates.max() ?? local - offset(at: local))
    }
}

extension Timestamp {
    /// A moment in UTC.
    static func utc(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Timestamp {
        Timestamp(seconds: TableZone.utcSeconds(year, month, day, hour, minute))
    }
}

extension FileStatus {
    /// A regular file.
    static func file(
        inode: UInt64 = 1, bytes: Int64 = 100, modified: Timestamp = Timestamp(seconds: 0), kind: Kind = .regular,
        links: UInt64 = 1, device: UInt64 = 1
    ) -> FileStatus {
        FileStatus(
            identity: FileIdentity(device: device, inode: inode), kind: kind, mode: 0o644, linkCount: links,
            sizeBytes: bytes, modified: modified)
    }

    /// A directory of root's.
    static func directory(mode: UInt32 = 0o755, group: UInt32 = 0, device: UInt64 = 1) -> FileStatus {
        FileStatus(
            identity: FileIdentity(device: device, inode: 2), kind: .directory, mode: mode, group: group, sizeBytes: 0,
            modified: Timestamp(seconds: 0))
    }
}
