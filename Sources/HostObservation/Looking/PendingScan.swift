package import LinuxSystem
package import RotationCore

/// Finds what of a log is not archived yet. Holes are never data; NULs beside a hole are the hole's; head and padding are
/// spillway's.
package struct PendingScan {
    /// Where it was cut, what stayed, and how much was filled up.
    private let remembered: Ledger.Cut?
    private let inode: UInt64
    private let blockBytes: Int64

    private static let windowBytes = Int(LogContent.clusterLimitBytes)
    private static let pieceBytes: Int64 = 1 << 20

    /// A scan of a log of which this is remembered.
    package init(_ cut: Ledger.Cut?, of status: FileStatus) {
        remembered = cut
        inode = status.identity.inode
        blockBytes = max(1, status.blockBytes)
    }

    /// What is remembered, if it is of this log. Where a number is not the file's own (FUSE, after its server was started
    /// anew) its content tells: the head's checksum, and NULs where it was cut.
    private func cut(of log: borrowing Descriptor) -> Ledger.Cut? {
        guard let remembered else { return nil }
        return remembered.inode == inode || log.hasInodesByName ? remembered : nil
    }

    /// The same, where the ledger does not know what the log's archives tell.
    package init(_ cut: Ledger.Cut?, or head: HeadFinding, of status: FileStatus) {
        if case .archived(let found) = head, cut?.inode != status.identity.inode {
            self.init(found, of: status)
        } else {
            self.init(cut, of: status)
        }
    }

    /// Where the hole ends that spillway made at the start of a log: one behind it is its writer's.
    package func endOfOwnHole(in log: borrowing Descriptor, before runs: [JournalEntry.Run]) -> Int64 {
        let end = cut(of: log)?.end ?? 0
        return min(end, runs.first?.offset ?? end)
    }

    /// The pending bytes before `limit`, at most so many pieces of them.
    package func runs(in log: borrowing Descriptor, before limit: Int64, atMost count: Int = .max) throws
        -> [JournalEntry.Run]
    {
        let cut = cut(of: log)
        if let cut, let head = cut.head, try holds(head, of: cut, in: log) {
            let found = try runs(in: log, from: head.bytes, before: limit, atMost: count, cut)
            // Where something follows it at once, the log is another one that begins alike.
            if head.bytes == cut.end || found.first.map({ $0.offset > head.bytes }) ?? true { return found }
        }
        return try runs(in: log, from: 0, before: limit, atMost: count, cut?.collapsed)
    }

    /// Whether a log begins with its head and all of it is pending all the same, because it cannot be told whether that is
    /// archived: it may be archived twice then.
    package func doubtsHead(in log: borrowing Descriptor, _ runs: [JournalEntry.Run]) throws -> Bool {
        guard let head = cut(of: log)?.head, let first = runs.first, first.offset < head.bytes else { return false }
        return try isSame(head, in: log)
    }

    private func isSame(_ head: Ledger.Cut.Head, in log: borrowing Descriptor) throws(SystemError) -> Bool {
        guard head.bytes <= LogHead.largestBytes else { return false }
        let bytes = try log.beginning(bytes: Int(head.bytes))
        return bytes.count == Int(head.bytes) && Checksum.crc32(bytes) == head.checksum
    }

    /// Whether the log begins with its head still, and a hole behind that, or nothing new, proves it.
    private func holds(_ head: Ledger.Cut.Head, of cut: Ledger.Cut, in log: borrowing Descriptor) throws(SystemError)
        -> Bool
    {
        guard try isSame(head, in: log) else { return false }
        let size = try log.status().sizeBytes
        guard size >= cut.end else { return false }
        guard head.bytes == cut.end, size > cut.end else { return true }
        return !LogHead.isMonotonous(try log.beginning(bytes: Int(head.bytes)))
    }

    private func runs(
        in log: borrowing Descriptor, from start: Int64, before limit: Int64, atMost count: Int, _ cut: Ledger.Cut?
    ) throws -> [JournalEntry.Run] {
        var runs: [JournalEntry.Run] = []
        var offset = start
        var isFirst = true
        while offset < limit, runs.count < count, let extent = try log.nextData(from: offset), extent.offset < limit {
            offset = max(extent.end, extent.offset + 1)
            let end = min(extent.end, limit)
            let begin = try skipNothing(in: log, from: extent.offset, to: end, isFirst: isFirst, cut)
            isFirst = false
            guard begin < end else { continue }
            let last = try extent.end < limit ? skipTrailingNULs(in: log, from: begin, to: end) : end
            if last > begin { runs.append(JournalEntry.Run(offset: begin, count: last - begin)) }
        }
        return runs
    }

    /// Skips padding and a hole's NULs at the start of data that begins behind a hole, or at the start of the log.
    ///
    /// - Parameter isFirst: a collapse that failed leaves the padding behind the hole that was to go.
    private func skipNothing(
        in log: borrowing Descriptor, from begin: Int64, to end: Int64, isFirst: Bool, _ cut: Ledger.Cut?
    ) throws -> Int64 {
        let window = try log.bytes(at: begin, count: Int(min(Int64(Self.windowBytes), end - begin)))
        if let cut, cut.paddingBytes > 0, begin < cut.end || isFirst,
            let padding = Int(exactly: cut.paddingBytes), padding <= window.count,
            window[padding - 1] != 0, LogContent.isPadding(window[..<padding])
        {
            return begin + Int64(padding)
        }
        let count = LogContent.leadingNULs(window[...])
        // A cut leaves NULs at the start of a log only within its first block: whole ones are a hole. Where nothing is
        // remembered of a cut, more of them were written by somebody.
        if begin == 0, cut == nil, Int64(count) >= blockBytes { return begin }
        guard count < Self.windowBytes else {
            let passed = try cut.map { try skipCut($0, in: log, from: begin, to: end) }
            // More NULs than a cluster has were written by somebody.
            return passed ?? begin
        }
        return begin + Int64(count)
    }

    /// A file system that does not tell holes (FUSE without lseek: mergerfs, fuse-overlayfs) shows NULs where the log was cut.
    /// Where all of it is still just that, what follows begins there, and a few NULs later at the most.
    private func skipCut(_ cut: Ledger.Cut, in log: borrowing Descriptor, from begin: Int64, to end: Int64) throws
        -> Int64
    {
        let limit = min(cut.end, end)
        var offset = begin
        while offset < limit {
            let bytes = try log.bytes(at: offset, count: Int(min(Self.pieceBytes, limit - offset)))
            guard !bytes.isEmpty, LogContent.leadingNULs(bytes[...]) == bytes.count else { return begin }
            offset += Int64(bytes.count)
        }
        let window = try log.bytes(at: offset, count: Int(min(Int64(Self.windowBytes), end - offset)))
        let count = LogContent.leadingNULs(window[...])
        return count < Self.windowBytes ? offset + Int64(count) : offset
    }

    private func skipTrailingNULs(in log: borrowing Descriptor, from begin: Int64, to end: Int64) throws -> Int64 {
        let count = Int(min(Int64(Self.windowBytes), end - begin))
        let window = try log.bytes(at: end - Int64(count), count: count)
        let tail = LogContent.trailingNULs(window[...])
        guard tail < Self.windowBytes else { return end }
        return end - Int64(tail)
    }
}

extension Descriptor {
    /// Whether a log holds records, by its name or the first of what is pending.
    package func holdsRecords(_ name: Path, _ pending: [JournalEntry.Run]) throws(SystemError) -> Bool {
        let first = pending.first ?? JournalEntry.Run(offset: 0, count: 0)
        let sample = try bytes(at: first.offset, count: Int(min(first.count, Int64(LogContent.sampleBytes))))
        return LogContent.isBinary(name: name, sample: sample[...])
    }

    /// The first bytes, up to the first hole: none where the file begins with one. What is read in space that is reserved and
    /// not written would count as data from then on.
    package func beginning(bytes count: Int) throws(SystemError) -> [UInt8] {
        guard let extent = try nextData(from: 0), extent.offset == 0 else { return [] }
        return try bytes(at: 0, count: Int(min(Int64(count), extent.end)))
    }

    /// Where the last whole line of these pieces ends. Only they are read: what is read elsewhere, in space that is reserved
    /// and not written, would count as data from then on.
    ///
    /// A line that is longer than any line should be ends with the last piece: `isBroken`. Where there is no whole line,
    /// and the rest is not that long, the answer is nil.
    package func endOfLastLine(in runs: [JournalEntry.Run]) throws(SystemError) -> (end: Int64, isBroken: Bool)? {
        let chunk: Int64 = 64 << 10
        var passed: Int64 = 0
        for run in runs.reversed() {
            var end = run.end
            while end > run.offset {
                if passed >= LogContent.longestLineBytes { return (runs.last?.end ?? end, true) }
                let begin = max(run.offset, end - chunk)
                let bytes = try bytes(at: begin, count: Int(end - begin))
                if let found = LogContent.endOfLastLine(bytes[...]) { return (begin + Int64(found), false) }
                passed += end - begin
                end = begin
            }
        }
        return passed >= LogContent.longestLineBytes ? (runs.last?.end ?? 0, true) : nil
    }
}
