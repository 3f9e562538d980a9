import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Empties a log that cannot be punched: records, and logs on file systems without holes.
struct Emptying {
    private let cut: CutInProgress
    private var path: Path { cut.job.log }

    /// A flood gets this many rounds.
    private static let rounds = 16
    /// A round that took no longer is the last but one.
    private static let shortSeconds = 0.0002
    /// As much is read in the last one, in pieces; a flood that brings more is left alone.
    private static let restLimitBytes = 64 << 20
    private static let restPieceBytes = 256 << 10
    private static let mostWaits = 200

    init(_ cut: CutInProgress) {
        self.cut = cut
    }

    /// Records are not cut: nobody may have the log open, and nothing may have been added.
    func underLease() throws {
        guard cut.end > 0, try !truncateUnheld() else { return }
        throw StepFailure(leaving: CutText.recordsChanged)
    }

    /// Truncates a log that nobody has open and that has not changed since it was archived; false where that is not so.
    func truncateUnheld() throws -> Bool {
        guard cut.log.reasonToDoubtHolders == nil, case .granted(let lease) = try cut.tools.rights.lease(cut.log) else {
            return false
        }
        let now = try cut.log.status()
        guard now.sizeBytes == cut.end, now.modified == cut.before.modified, lease.isWhole else { return false }
        try cut.log.truncate(to: 0)
        cut.tools.ledger.record([.whole(path)])
        return true
    }

    /// Archives what came since, to the end, and truncates at once. What is written between the last look at the size and the
    /// truncation is lost; how long that was, and how much it can have been, is said. The server of a file system is asked:
    /// what the kernel remembers of a size can be a second old (FUSE).
    func draining() throws {
        try requireWritersAtEnd()
        let offset = try followToEnd()
        var loss: TruncationLoss?
        let last = try Priorities.urgently {
            // The count goes first: what is written behind it and is in the archive all the same is no loss.
            loss = try TruncationLoss(cut.log, cut.holders)
            return try readRestAndTruncate(from: offset)
        }
        do {
            try archive(last.rest)
        } catch {
            let why = StepFailure(error, about: path).message
            throw StepFailure(
                keepingArchive: CutText.lastBytesLost(path, bytes: last.rest.count, why))
        }
        let lost = try loss?.measure(cut.log, archived: last.end)
        try remember(lost?.end ?? 0)
        if !cut.holders.isNobody {
            let most = lost.map { ": at most \($0.mostBytes) bytes of \(loss?.who ?? "its writers")" } ?? ""
            cut.remarks.append(
                CutText.window(microseconds: last.microseconds, most))
        }
        guard let archive = cut.archive else { return }
        if cut.job.level != nil { try archive.descriptor.setModified(cut.before.modified) }
        try archive.descriptor.sync()
    }

    /// Throws where a writer that does not append is in the middle of old content: it goes on there, over what is read already.
    private func requireWritersAtEnd() throws {
        let size = try cut.log.freshSizeBytes()
        for writer in cut.holders.writers where !writer.appends {
            let position = writer.descriptor.flatMap { HolderTable.position(of: $0, in: writer.process) } ?? 0
            guard position < size else { continue }
            throw StepFailure(
                "\(path) is not cut: its file system has no holes, and \(writer.title) may write over it from byte \(position) on; it is cut when that has come to its end, or renamed with create or signal"
            )
        }
    }

    /// Archives what came while the log was archived, until it is next to nothing: up to where.
    private func followToEnd() throws -> Int64 {
        var offset = cut.end
        for _ in 0..<Self.rounds {
            let look = monotonicSeconds()
            let end = try cut.log.freshSizeBytes()
            guard end > offset else { break }
            if let archive = cut.archive {
                // A member of its own: gzip's members can follow each other.
                let rest = try ContentCopy(level: cut.job.level, workers: cut.tools.workers, from: offset)
                try rest.copyToEnd(from: cut.log, to: archive.descriptor, atMost: end)
                try rest.finish(to: archive.descriptor)
                offset = rest.offset
            } else {
                offset = end
            }
            if monotonicSeconds() - look < Self.shortSeconds { break }
        }
        return offset
    }

    private struct Last {
        /// What is still to be archived.
        var rest: [UInt8] = []
        /// The size at the last look, where the rest ends, and how long ago the look was.
        var looked: Int64
        var end: Int64
        var microseconds = 0
    }

    /// What came last is only read: writing it would take time in which more comes. A process that is killed right here loses
    /// what would be lost without this.
    private func readRestAndTruncate(from offset: Int64) throws -> Last {
        let look = monotonicSeconds()
        var last = Last(looked: try cut.log.freshSizeBytes(), end: offset)
        guard last.looked >= offset else { throw StepFailure(truncated: path) }
        var waits = 0
        while last.rest.count < Self.restLimitBytes {
            let bytes = try cut.log.bytes(at: last.end, count: Self.restPieceBytes)
            last.rest += bytes
            last.end += Int64(bytes.count)
            if bytes.count == Self.restPieceBytes { continue }
            if last.end >= last.looked || waits >= Self.mostWaits { break }
            // What the server has already the kernel does not show before it has the answer.
            waits += 1
            sleep(milliseconds: 1)
        }
        guard last.end >= last.looked else { throw StepFailure(leaving: CutText.endUnreadable) }
        try cut.log.truncate(to: 0)
        last.microseconds = Int(((monotonicSeconds() - look) * 1_000_000).rounded(.up))
        return last
    }

    private func archive(_ rest: [UInt8]) throws {
        guard !rest.isEmpty, let archive = cut.archive else { return }
        guard let level = cut.job.level else { return try archive.descriptor.writeAll(rest) }
        let compressor = try GzipCompressor(level: level)
        try rest.withUnsafeBytes { bytes in
            try compressor.append(bytes) { try archive.descriptor.writeAll($0) }
        }
        try compressor.finish { try archive.descriptor.writeAll($0) }
    }

    /// - Parameter end: up to here a writer that does not append leaves NULs.
    private func remember(_ end: Int64) throws {
        guard end > 0 else { return cut.tools.ledger.record([.whole(path)]) }
        cut.tools.ledger.record([.cut(path, Ledger.Cut(inode: cut.identity.inode, end: end, paddingBytes: 0))])
    }
}
