import LinuxSystem
import RotationCore

/// Finds what of a log is not archived yet. Holes are never data; NULs beside a hole are the hole's; padding is
/// spillway's.
struct PendingScan {
    /// Where, and how much, spillway filled up.
    var cut: Ledger.Cut?

    private static let windowBytes = Int(LogContent.clusterLimitBytes)

    /// A scan of a log of which this is remembered.
    init(_ cut: Ledger.Cut?, of status: FileStatus) {
        self.cut = cut?.inode == status.identity.inode ? cut : nil
    }

    /// The pending bytes before `limit`, at most so many pieces of them.
    func runs(in log: borrowing Descriptor, before limit: Int64, atMost count: Int = .max) throws -> [JournalEntry.Run]
    {
        var runs: [JournalEntry.Run] = []
        var offset: Int64 = 0
        var isFirst = true
        while offset < limit, runs.count < count, let extent = try log.nextData(from: offset), extent.offset < limit {
            offset = max(extent.end, extent.offset + 1)
            let end = min(extent.end, limit)
            let begin = try skipNothing(in: log, from: extent.offset, to: end, isFirst: isFirst)
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
        in log: borrowing Descriptor, from begin: Int64, to end: Int64, isFirst: Bool
    ) throws -> Int64 {
        let window = try log.bytes(at: begin, count: Int(min(Int64(Self.windowBytes), end - begin)))
        if let cut, cut.paddingBytes > 0, begin < cut.end || isFirst,
            let padding = Int(exactly: cut.paddingBytes), padding <= window.count,
            window[padding - 1] != 0, LogContent.isPadding(window[..<padding])
        {
            return begin + Int64(padding)
        }
        let count = LogContent.leadingNULs(window[...])
        // More NULs than a cluster has were written by somebody.
        guard count < Self.windowBytes else { return begin }
        return begin + Int64(count)
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
    func holdsRecords(_ name: Path, _ pending: [JournalEntry.Run]) throws(SystemError) -> Bool {
        let first = pending.first ?? JournalEntry.Run(offset: 0, count: 0)
        let sample = try bytes(at: first.offset, count: Int(min(first.count, Int64(LogContent.sampleBytes))))
        return LogContent.isBinary(name: name, sample: sample[...])
    }

    /// Bytes at an offset; fewer where the file ends.
    func bytes(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let position = filled
            let got = try bytes.withMutableBytes { buffer throws(SystemError) in
                try read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[position...]), at: offset + Int64(position))
            }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes[..<filled])
    }

    /// Where the last whole line of these pieces ends. Only they are read: what is read elsewhere, in space that is reserved
    /// and not written, would count as data from then on.
    ///
    /// A line that is longer than any line should be ends with the last piece: `isBroken`. Where there is no whole line,
    /// and the rest is not that long, the answer is nil.
    func endOfLastLine(in runs: [JournalEntry.Run]) throws(SystemError) -> (end: Int64, isBroken: Bool)? {
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
