import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// The look before the cut, and the cut.
extension CutInProgress {
    /// Whether nobody has it open still, so that /proc need not be looked at.
    func isStillNobodys() throws -> Bool {
        guard holders.isNobody else { return false }
        return try tools.rights.ask(log) == .granted
    }

    /// Looks again at what could have changed while the log was archived. Throws where it must not be cut.
    ///
    /// - Parameter table: what /proc shows now; nil where nobody has it open.
    func recheck(_ table: HolderTable?) throws {
        try requireUnchanged()
        try requireNoWriter(before: end, table)
    }

    /// Throws where a writer that does not append may write before an offset.
    ///
    /// - Parameter table: what /proc shows now; nil where nobody has it open.
    private func requireNoWriter(before end: Int64, _ table: HolderTable?) throws {
        if let table {
            var now = probe
            if now.doubt == nil { now.all = .refused }
            holders = now.knowledge(of: identity, table)
        }
        guard !job.plan.isBinary else { return }
        for writer in holders.writers where !writer.appends {
            if job.plan.insists, writer.position == 0 || writer.descriptor == nil { continue }
            guard writer.descriptor != nil, writer.position >= end else {
                throw StepFailure(
                    CutText.writerCame(job.log, writer)
                )
            }
        }
    }

    /// Throws where the log is not what was archived any more: then the archive may be the only one that has it.
    func requireUnchanged() throws {
        guard try log.status().sizeBytes >= end else {
            throw StepFailure(truncated: job.log)
        }
        guard try isAsSampled(), try isNothingNewBefore() else { throw writtenOver }
    }

    private func isAsSampled() throws -> Bool {
        let now = try sample()
        // An array of bytes would be compared one by one.
        return now.count == samples.count
            && zip(now, samples).allSatisfy { Path(bytes: $0) == Path(bytes: $1) }
    }

    var writtenOver: StepFailure {
        if isDoubtful, let doubt = holders.doubt {
            return StepFailure(
                CutText.writtenOverUnseen(job.log, doubt: doubt)
            )
        }
        return StepFailure(
            keepingArchive:
                CutText.writtenOver(job.log)
        )
    }

    /// Whether nobody has written into the hole before the archived bytes.
    private func isNothingNewBefore() throws -> Bool {
        guard !job.plan.isBinary, let first = runs.first, first.offset > 0 else { return true }
        return try scan.runs(in: log, before: first.offset, atMost: 1).isEmpty
    }

    /// Takes the archived bytes out of the log, all but its head. False where its file system has no holes.
    func punch() throws -> Bool { try punch(to: end) }

    /// The same for a part of what is to be cut.
    func punch(to end: Int64) throws -> Bool {
        guard end > 0 else { return true }
        let cut = try Ledger.Cut(of: log, before, end: end, headBytes: min(headLength, end))
        let begin = cut.head?.bytes ?? 0
        if let head = cut.head, tools.ledger.ledger.cuts[job.log]?.head != head { needsLedger = true }
        guard begin < end else {
            guard log.hasHoles else { return false }
            tools.ledger.record([.cut(job.log, cut)])
            return true
        }
        if needsLedger, log.freesWholeExtents { try moveHead(bytes: begin) }
        do throws(SystemError) {
            try log.punchHole(from: begin, lengthBytes: end - begin)
        } catch {
            if error.errno == .notSupported || error.errno == .noFunction { return false }
            let blocks = end / max(1, before.blockBytes) * before.blockBytes
            guard error.isNoRoom, blocks > begin else { throw error }
            // A full btrfs has no room to write the rest of a block anew, until whole ones are given back.
            try log.punchHole(from: begin, lengthBytes: blocks - begin)
            try log.sync()
            if blocks < end { try log.punchHole(from: blocks, lengthBytes: end - blocks) }
        }
        tools.ledger.record([.cut(job.log, cut)])
        return true
    }

    /// Writes the head anew where a block of a file keeps all that was written with it, up to 128 MiB: then it has a place
    /// of its own. Where there is no room for that the rest stays taken until the log is made small.
    private func moveHead(bytes count: Int64) throws(SystemError) {
        let bytes = try log.beginning(bytes: Int(count))
        do throws(SystemError) {
            try log.writeAll(bytes, at: 0)
        } catch {
            guard error.isNoRoom else { throw error }
        }
    }

    /// The log was cut through the journal, as far as it could be.
    func wasStaged(to archive: Path, bytes: Int64) {
        staged = (archive, bytes)
        runs = [JournalEntry.Run(offset: 0, count: bytes)]
    }

    /// Throws where it must not be cut up to here: it became shorter, or a writer may write over it.
    func requireReachable(_ end: Int64) throws {
        guard try log.status().sizeBytes >= end else {
            throw StepFailure(CutText.truncatedByOthers(job.log, isKept: false))
        }
        if try !isStillNobodys() {
            let table = try tools.rights.look(for: [identity]) ?? HolderTable.unseen
            try requireNoWriter(before: end, table)
        }
    }

    /// Only what is on the disk is remembered as done: until then both can be found after a power cut.
    func syncCollapsed() throws {
        try log.sync()
        if let cut = tools.ledger.ledger.cuts[job.log] { tools.ledger.record([.cut(job.log, cut.collapsed)]) }
    }

    /// The report of a finished cut.
    func report(_ technique: CutTechnique, _ shrink: ShrinkOutcome) throws -> CutReport {
        var archiveBytes: Int64 = 0
        // What is archived behind the journal's back has made it longer.
        if let archive {
            let known = technique == .punch ? archiveStatus : nil
            let status = if let known { known } else { try archive.descriptor.status() }
            archiveBytes = status.allocatedBytes
        }
        if let staged { archiveBytes = staged.bytes }
        // What was truncated has nothing.
        let left = if case .truncated = shrink { Int64(0) } else { try log.status().allocatedBytes }
        let freed = before.allocatedBytes - left
        return CutReport(
            technique: technique, shrink: shrink, archivedBytes: archivedBytes, isArchived: hasArchive,
            archiveBytes: archiveBytes,
            freedBytes: freed, remarks: remarks, notices: notices)
    }
}
