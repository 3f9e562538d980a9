import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Makes the apparent size of a log small again after its cut. Nothing depends on it: whatever fails leaves a leading hole,
/// which is never pending.
struct Shrink {
    private let cut: CutInProgress
    private var path: Path { cut.job.log }

    init(_ cut: CutInProgress) {
        self.cut = cut
    }

    /// Does what the table of the design says, and what came of it.
    func perform() -> ShrinkOutcome {
        do {
            let size = try cut.log.status().sizeBytes
            // An empty log that is truncated has a new time, as with logrotate.
            guard size > 0 else { return cut.holders.isNobody ? try truncate(0) : .none("it is empty") }
            let situation = try situation(size)
            if let remark = ApparentSize.remark(on: path, situation, lossless: cut.job.plan.lossless) {
                cut.notices.append(
                    CutReport.Notice(remark.message, isError: remark.isError, key: "\(path) maxapparent"))
            }
            switch ShrinkDecision.decide(situation, method: cut.job.plan.method, lossless: cut.job.plan.lossless) {
            case .truncate: return try truncate(size)
            case .collapse: return try collapse(size)
            case .wait(let why), .never(let why): return .none(why)
            }
        } catch {
            return .none(StepFailure(error, about: path).message)
        }
    }

    /// Under a lease only what cannot block.
    private func truncate(_ size: Int64) throws -> ShrinkOutcome {
        guard cut.probe.doubt == nil, case .granted(let lease) = try cut.tools.rights.lease(cut.log) else {
            return .none(CutText.opened)
        }
        guard try cut.log.status().sizeBytes == size, lease.isWhole else { return .none(CutText.opened) }
        try cut.log.truncate(to: 0)
        cut.tools.ledger.record([.whole(path)])
        return .truncated
    }

    private func situation(_ size: Int64) throws -> ShrinkDecision.Situation {
        let pending = try cut.scan.runs(in: cut.log, before: size).filter { $0.end > cut.end }
        var situation = ShrinkDecision.Situation(
            sizeBytes: size, pendingBytes: pending.reduce(0) { $0 + $1.count }, holders: cut.holders,
            isBinary: cut.job.plan.isBinary, limitBytes: cut.job.plan.maximumApparentBytes)
        guard !cut.holders.readers.isEmpty else { return situation }
        // A file system's limit is of interest only to what looks large.
        if size >= 1 << 30 {
            situation.limitBytes = ApparentSize.limit(
                maximumBytes: situation.limitBytes, largestFileBytes: cut.log.largestFileBytes)
        }
        situation.areReadersAtEnd = try cut.holders.readers.allSatisfy { reader in
            guard reader.descriptor != nil else { return false }
            return try HolderTable.lookAgain(at: reader, of: cut.identity).map { $0.position >= size } ?? true
        }
        return situation
    }

    /// Takes the whole clusters at the start out. What is left of the last one is filled up, so that the log begins with a
    /// line and not with NULs.
    private func collapse(_ size: Int64) throws -> ShrinkOutcome {
        guard cut.log.canCollapse else { return .none(CutText.noCollapse) }
        var cluster = min(max(512, cut.before.blockBytes), LogContent.clusterLimitBytes)
        let cutRecord = try Ledger.Cut(of: cut.log, cut.before, end: cut.end, headBytes: min(cut.headLength, cut.end))
        while cluster <= LogContent.clusterLimitBytes {
            // Never the whole file.
            let boundary = min(cut.end, size - 1) / cluster * cluster
            let padding = cut.end - boundary
            var record = cutRecord
            record.paddingBytes = padding
            record.collapsingBytes = boundary
            if let head = record.head, boundary > 0, head.bytes > boundary {
                // The padding takes the rest of it.
                record.head = try Ledger.Cut(of: cut.log, cut.before, end: boundary, headBytes: boundary).head
            }
            cut.tools.ledger.record([.cut(path, record)], isDurable: true)
            try cut.log.writeAll(LogContent.padding(Int(padding)), at: boundary)
            // What is remembered holds before and after this, whatever of it is on the disk.
            guard boundary > 0 else { return .none("it is small") }
            do throws(SystemError) {
                try cut.log.collapse(from: 0, lengthBytes: boundary)
                return .collapsed(bytes: boundary)
            } catch {
                // The clusters of bigalloc are larger than what stat(2) tells.
                guard error.errno == .invalidArgument else { throw error }
                cluster *= 2
            }
        }
        return .none(CutText.largerClusters)
    }
}
