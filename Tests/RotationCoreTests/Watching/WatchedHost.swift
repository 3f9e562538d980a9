import LinuxSystem
import RotationCore

/// A file system with writers and a clock of its own, that a book is kept of as the watch does it.
struct WatchedHost {
    /// A log that is written to.
    struct Writer {
        var path: Path
        var size: Int64 = 0
        var cut: Int64 = 0
        var inode: UInt64
        /// Its rate at a time, in bytes a second.
        var rate: (Double) -> Double
    }

    static let mebi: Int64 = 1 << 20

    var now = 0.0
    var total: Int64
    var foreign: Int64 = 0
    var archived: Int64 = 0
    var writers: [Writer]
    var book: WatchBook
    let limit: Int64?
    let floor: Amount?
    /// What a run archives in a second, and how much smaller that is.
    var runSpeed = 150.0 * Double(mebi)
    var ratio: Int64 = 8
    /// Whether runs can do anything.
    var runsWork = true
    private var runEnds: Double?
    private var taken: [(index: Int, end: Int64)] = []

    // What happened.
    var looksAtLogs = 0
    var looksAtFileSystems = 0
    var runs: [(at: Double, run: WatchRun)] = []
    var remarks = 0
    var leastFree = Int64.max
    var lostBytes: Int64 = 0
    /// How far a log was over its limit when that was first seen.
    var mostOver: Int64 = 0

    init(total: Int64, floor: Amount? = nil, limit: Int64? = nil, foreign: Int64 = 0, writers: [(Double) -> Double]) {
        self.total = total
        self.floor = floor
        self.limit = limit
        self.foreign = foreign
        self.writers = writers.enumerated().map { index, rate in
            Writer(path: Path("/log/\(index)"), inode: UInt64(index + 2), rate: rate)
        }
        book = WatchBook(fileSystems: [], logs: [], spaces: [], at: 0)
        discover()
    }

    var free: Int64 { total - foreign - archived - writers.reduce(0) { $0 + $1.size - $1.cut } }

    private var size: FileSystemSize {
        FileSystemSize(totalBytes: total, availableBytes: free, totalInodes: 0, availableInodes: 0)
    }

    private func status(_ writer: Writer) -> FileStatus {
        FileStatus(
            identity: FileIdentity(device: 1, inode: writer.inode), kind: .regular, mode: 0o644,
            sizeBytes: writer.size, modified: Timestamp(seconds: 0))
    }

    mutating func discover() {
        var rule = SpaceRule(directory: "/log", location: SourceLocation(file: "/c", line: 1))
        rule.minimumFree = floor
        let system = WatchedFileSystem(
            place: "/log", device: 1, rules: floor == nil ? [] : [rule], size: size, at: now)
        let logs = writers.map { writer in
            WatchedLog(
                path: writer.path, status: status(writer), cutEnd: writer.cut, limitBytes: limit, fileSystem: 0,
                spaces: floor == nil ? [] : [0], at: now)
        }
        let spaces = floor == nil ? [] : [WatchedSpace(rule, on: size, fileSystem: 0)]
        book = WatchBook(fileSystems: [system], logs: logs, spaces: spaces, following: book, at: now)
    }

    /// Lets so much time pass, with the watch looking and running whenever its book says so.
    mutating func pass(seconds: Double) {
        let end = now + seconds
        while now < end {
            step(to: min(end, max(now + 0.001, book.nextLook(at: now)), runEnds ?? .infinity))
        }
    }

    private mutating func step(to time: Double) {
        write(until: time)
        now = time
        if let runEnds, now >= runEnds { endRun() }
        let systems = book.looks(at: now).fileSystems
        looksAtFileSystems += systems.count
        for index in systems { book.note(fileSystem: index, size, at: now) }
        for index in book.looks(at: now).logs {
            looksAtLogs += 1
            let wasOver = book.logs[index].isOver
            book.note(log: index, status(writers[index]), at: now)
            if !wasOver, book.logs[index].isOver { mostOver = max(mostOver, -(book.logs[index].roomBytes ?? 0)) }
        }
        guard let run = book.wantedRun(at: now) else { return }
        book.began(run, at: now)
        runs.append((now, run))
        beginRun(run)
    }

    private mutating func write(until time: Double) {
        for index in writers.indices {
            let bytes = Int64((time - now) * writers[index].rate(now))
            let possible = min(bytes, max(0, free))
            lostBytes += bytes - possible
            writers[index].size += possible
        }
        leastFree = min(leastFree, free)
    }

    /// As a run does it: what is over its limit, and for a floor the biggest first until enough comes back.
    private mutating func beginRun(_ run: WatchRun) {
        taken = []
        var work: Int64 = 0
        var missing = (floor?.of(total) ?? 0) + run.headroomBytes - free
        let order = writers.indices.sorted { writers[$0].size - writers[$0].cut > writers[$1].size - writers[$1].cut }
        for index in order where runsWork && (run.only.isEmpty || run.only.contains(writers[index].path)) {
            let pending = writers[index].size - writers[index].cut
            let isDue = limit.map { pending >= $0 } ?? false
            guard isDue || (floor != nil && missing > 0 && pending >= 64 << 10) else { continue }
            taken.append((index, writers[index].size))
            work += pending
            missing -= pending - pending / ratio
        }
        runEnds = now + 0.05 + Double(work) / runSpeed
    }

    private mutating func endRun() {
        runEnds = nil
        var freed: Int64 = 0
        for (index, end) in taken {
            let bytes = end - writers[index].cut
            writers[index].cut = end
            archived += bytes / ratio
            freed += bytes - bytes / ratio
        }
        if let floor, runsWork, free < floor.of(total), archived > 0 {
            let evicted = min(archived, floor.of(total) - free)
            archived -= evicted
            freed += evicted
        }
        book.note(fileSystem: 0, size, at: now)
        for index in writers.indices {
            book.note(log: index, status(writers[index]), at: now)
            book.noteCut(log: index, to: writers[index].cut)
        }
        if book.ended(.ended(exitStatus: 0, freedBytes: freed), at: now) != nil { remarks += 1 }
    }
}
