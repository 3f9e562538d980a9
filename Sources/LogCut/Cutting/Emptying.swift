import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Empties a log that cannot be punched: records, and logs on file systems without holes.
struct Emptying {
    private let cut: CutInProgress
    private var path: Path { cut.job.log }

    /// A flood gets this many rounds; what comes in the last one's microseconds is lost.
    private static let rounds = 16
    /// A round that took no longer is not followed by another.
    private static let shortSeconds = 0.0002

    init(_ cut: CutInProgress) {
        self.cut = cut
    }

    /// Records are not cut: nobody may have the log open, and nothing may have been added.
    func underLease() throws {
        guard cut.end > 0, try !truncateUnheld() else { return }
        throw StepFailure(leaving: "it holds records, and somebody has opened it meanwhile, or added some")
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

    /// Archives what came since, to the end, and truncates at once. What is written between the last look that found
    /// nothing new and the truncation is lost; how long that was is said. The server of a file system is asked: what the
    /// kernel remembers of a size can be a second old (FUSE).
    func draining() throws {
        var offset = cut.end
        // All that was written before this is archived.
        var begin = cut.begunSeconds
        for _ in 0..<Self.rounds {
            let look = monotonicSeconds()
            let end = try cut.log.freshSizeBytes()
            if end > offset, let archive = cut.archive {
                // A member of its own: gzip's members can follow each other.
                let rest = try ContentCopy(level: cut.job.level, workers: cut.tools.workers, from: offset)
                try rest.copyToEnd(from: cut.log, to: archive.descriptor, atMost: end)
                try rest.finish(to: archive.descriptor)
                offset = rest.offset
            } else {
                offset = max(offset, end)
            }
            guard offset >= end else { continue }
            begin = look
            if monotonicSeconds() - look < Self.shortSeconds { break }
        }
        let size = try cut.log.freshSizeBytes()
        guard size >= offset else {
            throw StepFailure(truncated: path)
        }
        try cut.log.truncate(to: 0)
        let microseconds = Int(((monotonicSeconds() - begin) * 1_000_000).rounded(.up))
        cut.tools.ledger.record([.whole(path)])
        if !cut.holders.isNobody {
            let seen = size > offset ? ", \(size - offset) bytes at least" : ""
            cut.remarks.append(
                "what was written in the last \(microseconds) µs before it was truncated is lost\(seen)")
        }
        guard let archive = cut.archive else { return }
        if cut.job.level != nil { try archive.descriptor.setModified(cut.before.modified) }
        try archive.descriptor.sync()
    }
}
