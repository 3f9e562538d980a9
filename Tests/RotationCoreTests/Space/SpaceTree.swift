import LinuxSystem
import RotationCore

/// Inventories made by hand or at random.
enum SpaceTree {
    /// An archive of a log; its number tells its age: the higher, the newer.
    static func archive(
        _ path: String, _ bytes: Int64, time: Int64, obstacle: SpaceFile.Obstacle? = nil
    ) -> SpaceFile {
        SpaceFile(
            path: Path(path), identity: FileIdentity(device: 1, inode: UInt64(bitPattern: Int64(path.hashValue))),
            allocatedBytes: bytes, modified: Timestamp(seconds: time), obstacle: obstacle)
    }

    /// A log whose archives, the oldest first, have these sizes.
    static func log(
        _ name: String, live: Int64 = 0, _ archives: [Int64], from time: Int64 = 0, every step: Int64 = 10,
        keep: Int = 1, maximumTotal: Int64? = nil, group: Int? = nil
    ) -> SpaceLog {
        let files = archives.enumerated().map { index, bytes in
            archive("/l/\(name).\(archives.count - index).gz", bytes, time: time + Int64(index) * step)
        }
        return SpaceLog(
            path: Path("/l/\(name)"), identity: FileIdentity(device: 1, inode: 1), liveBytes: live, archives: files,
            minimumKeep: keep, maximumTotalBytes: maximumTotal, group: group)
    }

    /// A random tree, the same for the same seed.
    static func random(_ random: inout SeededRandom, obstacles: Bool = true) -> SpaceInventory {
        var logs: [SpaceLog] = []
        for number in 0..<random.next(6) {
            var archives: [SpaceFile] = []
            for index in 0..<random.next(7) {
                let obstacle: SpaceFile.Obstacle? =
                    obstacles && random.next(8) == 0 ? (random.next(2) == 0 ? .held : .linked) : nil
                archives.append(
                    archive(
                        "/l/\(number).\(index)", Int64(random.next(5)) * Int64(random.next(9)),
                        time: Int64(random.next(50)), obstacle: obstacle))
            }
            logs.append(
                SpaceLog(
                    path: Path("/l/\(number)"), identity: FileIdentity(device: 1, inode: UInt64(number)),
                    liveBytes: Int64(random.next(20)), archives: archives, minimumKeep: random.next(3),
                    group: random.next(4) == 0 ? 1 : nil))
        }
        let purgeable = (0..<random.next(4)).map {
            archive("/p/\($0)", Int64(random.next(20)), time: Int64(random.next(50)))
        }
        return SpaceInventory(logs: logs, purgeable: purgeable, foreignBytes: Int64(random.next(30)))
    }
}

/// Numbers that are the same for the same seed.
struct SeededRandom {
    var state: UInt64

    mutating func next(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }
}
