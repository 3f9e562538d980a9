import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore

extension StepRunner {
    func copy(level: Int?, path: Path, totalBytes: Int64) throws -> ContentCopy {
        let onProgress = tools.onProgress
        return try ContentCopy(level: level, workers: tools.workers) { done in
            if StopSignal.arrived {
                throw StepFailure(stoppedAt: path)
            }
            onProgress(path, done, totalBytes)
        }
    }

    /// Copies a log to an archive, and leaves the log as it is.
    func archive(
        _ path: Path, to target: Path, _ compression: Compression?, _ planned: PlannedStep, _ settings: Settings,
        _ memory: inout RunMemory
    ) throws -> StepResult {
        let level: Int? = if case .gzip(let level)? = compression { level } else { nil }
        if path != planned.subject, let why = try reasonToWait(path, planned, settings, &memory) {
            return .left(why)
        }
        let log = try openSame(path, as: planned, memory)
        log.leaveInode()
        log.adviseSequential()
        let attributes = try FileAttributes(of: log)
        try requireNoOtherName(attributes.status, path, settings)
        let size = attributes.status.sizeBytes
        let pending = try PendingFile.begin(in: directory(of: target), name: target.name, attributes: attributes)
        do {
            let content = try copy(level: level, path: path, totalBytes: size)
            // A writer can be faster than this copy: the first round ends where the log ended when it began.
            let runs = try runs(in: log, path, attributes.status, of: planned.subject)
            let own = min(
                PendingScan(ledger.ledger.cuts[path], of: attributes.status).endOfOwnHole(in: log, before: runs), size)
            let isWhole =
                settings.keepsHoles && compression == nil
                ? try content.copy(runs, withHolesFrom: own, to: size, of: log, into: pending.descriptor)
                : try content.copy(runs, from: log, to: pending.descriptor)
            if isWhole {
                content.offset = size
                try pending.descriptor.sync()
                let end = try log.status().sizeBytes
                try content.copyToEnd(from: log, to: pending.descriptor, atMost: max(end, size))
            } else if content.copiedBytes == 0 {
                throw StepFailure(CutText.truncatedByOthers(path, isKept: false))
            }
            try content.finish(to: pending.descriptor)
            // A compressed archive has the time of its log, however it was made; a plain copy that of its making, as
            // logrotate has it.
            memory.cuts.logTimes[target] = attributes.status.modified
            if level != nil {
                try pending.descriptor.setTimes(
                    modified: attributes.status.modified, accessed: attributes.accessed)
            }
            let identity = try name(pending, target, of: path)
            memory.cuts.madeArchives[target] = identity
            guard isWhole else { throw StepFailure(truncated: path) }
            memory.copiedBytes[path] = content.offset
            return .done(bytes: try pending.descriptor.status().allocatedBytes)
        } catch {
            throw StepFailure(error, about: path).adding(pending.abandon())
        }
    }

    /// Gives an archive its name. Of a log that was renamed aside the ledger knows it before, so that a run which is ended here,
    /// or cannot remove the original, is finished without a second copy; where it does not get its name no file has the inode.
    private func name(_ archive: PendingFile, _ target: Path, of path: Path) throws -> FileIdentity {
        func remember(_ identity: FileIdentity) {
            guard var file = ledger.ledger.unreleased[path], file.parts != target || file.partsInode != identity.inode
            else { return }
            file.parts = target
            file.partsInode = identity.inode
            ledger.record([.unreleased(file)])
        }
        remember(try archive.identity())
        try archive.commit(orUndoing: removal)
        let identity = try archive.identity()
        remember(identity)
        return identity
    }

    /// What of a file belongs into an archive: a log that was cut, or is written at an offset of its own, has a hole. In
    /// records NULs are theirs.
    func runs(
        in file: borrowing Descriptor, _ path: Path, _ status: FileStatus, of log: Path
    ) throws -> [JournalEntry.Run] {
        let scan = PendingScan(ledger.ledger.cuts[path], of: status)
        let runs = try scan.runs(in: file, before: status.sizeBytes)
        guard try file.holdsRecords(log.name, runs) else { return runs }
        return [JournalEntry.Run(offset: 0, count: status.sizeBytes)]
    }
}
