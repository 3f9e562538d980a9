import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

extension StepRunner {
    private func copy(level: Int?, path: Path, totalBytes: Int64) throws -> ContentCopy {
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

    func compress(
        _ path: Path, to target: Path, _ compression: Compression, _ planned: PlannedStep, _ settings: Settings,
        _ memory: inout RunMemory
    ) throws -> StepOutcome {
        switch compression {
        case .gzip(let level):
            switch try beginCompression(of: path, to: target, level, planned, settings, &memory) {
            case .left(let why): return StepOutcome(.left(why))
            case .begun(let work):
                do {
                    try write(work)
                    // As with a batch of them.
                    ledger.record([.removing(path.directory)])
                    ledger.sync()
                    try work.pending.commit(orUndoing: removal)
                } catch {
                    throw StepFailure(error, about: path).adding(work.pending.abandon())
                }
                memory.cuts.madeArchives[target] = try identity(of: work.pending, from: path)
                return try finish(work)
            }
        case .program(let command, let options):
            switch try openReleased(path, planned, settings, &memory) {
            case .left(let why): return StepOutcome(.left(why))
            case .file(let source):
                let (pending, status, complaint) = try compressed(
                    source, path, to: target, command, options, settings, memory)
                memory.cuts.madeArchives[target] = try identity(of: pending, from: path)
                return try removeOriginal(path, status, pending, complaint)
            }
        }
    }

    /// Which file a compressed form is that has its name; where that cannot be told it goes again, since the original is there.
    private func identity(of pending: PendingFile, from path: Path) throws(StepFailure) -> FileIdentity {
        do throws(SystemError) {
            return try pending.identity()
        } catch {
            throw pending.undo(removal, because: StepFailure(error, about: path))
        }
    }

    /// What is to be compressed, open for reading; or why it is not.
    private enum Opening: ~Copyable {
        case file(Descriptor)
        case left(String)
    }

    /// Opens an archive that nobody writes to any more.
    private func openReleased(
        _ path: Path, _ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws -> Opening {
        let file: Descriptor
        let directory = try directory(of: path)
        do throws(SystemError) {
            file = try directory.open(path.name, .reading)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return .left(FileText.takenAway)
        }
        try requireSame(opened: try file.status(), path, as: planned, memory)
        // This run has made it of a log.
        if memory.cuts.logTimes[path] != nil { return .file(file) }
        if let why = try reasonToWait(for: file, planned, settings, &memory) {
            return .left(FileText.compressedLater(why))
        }
        return .file(file)
    }

    /// Reads an archive, and hands what is read to the threads that compress.
    func beginCompression(
        of path: Path, to target: Path, _ level: Int, _ planned: PlannedStep, _ settings: Settings,
        _ memory: inout RunMemory
    ) throws -> ArchiveCompression.Beginning {
        switch try openReleased(path, planned, settings, &memory) {
        case .left(let why): return .left(why)
        case .file(let source):
            return .begun(try begin(source, path, to: target, level, planned, settings, &memory))
        }
    }

    private func begin(
        _ source: consuming Descriptor, _ path: Path, to target: Path, _ level: Int, _ planned: PlannedStep,
        _ settings: Settings, _ memory: inout RunMemory
    ) throws -> ArchiveCompression {
        source.adviseSequential()
        let attributes = try FileAttributes(of: source)
        try requireNoOtherName(attributes.status, path, settings)
        let pending = try PendingFile.begin(in: directory(of: target), name: target.name, attributes: attributes)
        do {
            let content = try copy(level: level, path: path, totalBytes: attributes.status.sizeBytes)
            let runs = try runs(in: source, path, attributes.status, of: planned.subject)
            guard try content.copy(runs, from: source, to: pending.descriptor) else {
                throw StepFailure(FileText.truncatedInCompression(path))
            }
            return ArchiveCompression(
                path, source, attributes, pending, content,
                modified: memory.cuts.logTimes[path] ?? attributes.status.modified)
        } catch {
            throw StepFailure(error, about: path).adding(pending.abandon())
        }
    }

    /// Writes what is still being compressed. The result is complete, and not on the disk yet; the original is closed again.
    func write(_ work: ArchiveCompression) throws {
        // The original goes behind this: without its content nothing does.
        guard let content = work.content else { throw StepFailure(CutText.forgotten(work.path)) }
        work.content = nil
        try content.finish(to: work.pending.descriptor)
        guard try work.source?.descriptor.status().sizeBytes == work.status.sizeBytes else {
            throw StepFailure(FileText.grewInCompression(work.path))
        }
        work.source = nil
        try work.pending.descriptor.setTimes(modified: work.modified, accessed: work.accessed)
        work.pending.descriptor.beginWriting()
    }

    /// The result has its name, and is on the disk with it: the original goes.
    func finish(_ work: ArchiveCompression) throws -> StepOutcome {
        try removeOriginal(work.path, work.status, work.pending, nil)
    }

    private func removeOriginal(
        _ path: Path, _ status: FileStatus, _ pending: PendingFile, _ complaint: StepOutcome.Complaint?
    ) throws -> StepOutcome {
        let directory = try directory(of: path)
        let now: FileStatus?
        do throws(SystemError) {
            now = try directory.status(of: path.name)
        } catch {
            throw pending.undo(removal, because: StepFailure(error, about: path))
        }
        guard now?.identity == status.identity else { throw StepFailure(FileText.replacedInCompression(path)) }
        let outcome: Removal.Outcome
        do {
            outcome = try removal.remove(path.name, in: directory, status)
        } catch {
            // While the original is whole its compressed form would be there once more.
            let now = try? directory.status(of: path.name)
            guard now?.identity == status.identity, now?.sizeBytes == status.sizeBytes else { throw error }
            throw pending.undo(removal, because: StepFailure(error, about: path))
        }
        switch outcome {
        case .held(let who):
            try pending.undo(removal)
            return StepOutcome(.left(FileText.compressedLater(who)), complaint)
        case .removed(let bytes):
            ledger.record([.released(path)])
            // The work is done whether or not it can be seen how much room it made.
            let taken = try? pending.descriptor.status().allocatedBytes
            return StepOutcome(.done(bytes: taken.map { bytes - $0 }), complaint)
        }
    }

    /// A copy with its name that a program has compressed. The original is closed again, because it goes only where nobody has
    /// it open.
    private func compressed(
        _ source: consuming Descriptor, _ path: Path, to target: Path, _ command: String, _ options: [String],
        _ settings: Settings, _ memory: RunMemory
    ) throws -> (PendingFile, FileStatus, StepOutcome.Complaint?) {
        source.adviseSequential()
        let attributes = try FileAttributes(of: source)
        try requireNoOtherName(attributes.status, path, settings)
        let pending = try PendingFile.begin(in: directory(of: target), name: target.name, attributes: attributes)
        do {
            let said = try programs.compress(source, path, to: pending.descriptor, command, options)
            guard try source.status().sizeBytes == attributes.status.sizeBytes else {
                throw StepFailure(FileText.grewInCompression(path))
            }
            let modified = memory.cuts.logTimes[path] ?? attributes.status.modified
            try pending.descriptor.setTimes(modified: modified, accessed: attributes.accessed)
            try pending.commit(orUndoing: removal)
            return (pending, attributes.status, said.isEmpty ? nil : .said(said, about: path, command))
        } catch {
            throw StepFailure(error, about: path).adding(pending.abandon())
        }
    }

    /// What of a file belongs into an archive: a log that was cut, or is written at an offset of its own, has a hole. In
    /// records NULs are theirs.
    private func runs(
        in file: borrowing Descriptor, _ path: Path, _ status: FileStatus, of log: Path
    ) throws -> [JournalEntry.Run] {
        let scan = PendingScan(ledger.ledger.cuts[path], of: status)
        let runs = try scan.runs(in: file, before: status.sizeBytes)
        guard try file.holdsRecords(log.name, runs) else { return runs }
        return [JournalEntry.Run(offset: 0, count: status.sizeBytes)]
    }

    /// Waits until nobody writes to a file any more: true, or false where somebody still does, nil where it cannot be told;
    /// and what leases said last.
    private func waitForRelease(
        of file: borrowing Descriptor, atMost limitMilliseconds: Int, _ memory: inout RunMemory
    ) throws -> (isReleased: Bool?, probe: HolderProbe) {
        var waited = 0
        while true {
            let probe = try rights.probe(file)
            let answer = try hasNoWriter(file, probe)
            guard answer == false else { return (answer, probe) }
            if waited >= limitMilliseconds || memory.releaseWaitLeftMilliseconds <= 0 { return (false, probe) }
            if StopSignal.arrived { return (false, probe) }
            let pause = min(100, 1 + waited / 4)
            sleep(milliseconds: UInt32(pause))
            waited += pause
            memory.releaseWaitLeftMilliseconds -= pause
        }
    }

    /// Who still writes to a renamed log after `signalwait`, or has it open if it is to be compressed; nil where nobody.
    func holder(of file: Ledger.Unreleased, _ settings: Settings, _ memory: inout RunMemory) throws -> String? {
        let opened = try directory(of: file.path).open(file.path.name, .reading)
        let limit = settings.signal == nil ? 0 : settings.signalWaitMilliseconds
        guard try waitForRelease(of: opened, atMost: limit, &memory).isReleased == false else { return nil }
        return FileText.stillWritten(by: try writers(of: opened))
    }

    private func writers(of file: borrowing Descriptor) throws -> String {
        let identity = try file.status().identity
        let writers = try rights.look(for: [identity])?.holders[identity]?.filter(\.canWrite) ?? []
        return writers.isEmpty ? "a process" : Set(writers.map(\.title)).sorted().joined(separator: ", ")
    }

    /// Whether no process writes to a file; nil where that cannot be told. Where leases tell nothing, what /proc shows of
    /// everybody has to do.
    private func hasNoWriter(_ file: borrowing Descriptor, _ probe: HolderProbe) throws -> Bool? {
        switch probe.writers {
        case .granted: return true
        case .refused: return false
        case .unknown:
            let identity = try file.status().identity
            guard let table = try rights.look(for: [identity]) else { return nil }
            if table.holders[identity]?.contains(where: \.canWrite) == true { return false }
            return table.gap == nil ? true : nil
        }
    }

    /// Why a log that was renamed is not to be read to its end yet; nil where it is.
    private func reasonToWait(
        _ path: Path, _ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws -> String? {
        try reasonToWait(for: openSame(path, as: planned, memory), planned, settings, &memory)
    }

    /// - Parameter file: this process's only descriptor of it, for reading.
    private func reasonToWait(
        for file: borrowing Descriptor, _ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws -> String? {
        // One that was renamed in an earlier run has had its time.
        let isNew = planned.reason == .rotation || planned.reason == .unreleased
        let limit = isNew ? settings.signalWaitMilliseconds : 0
        let (isReleased, probe) = try waitForRelease(of: file, atMost: limit, &memory)
        switch isReleased {
        case false?: return FileText.stillWritten(by: try writers(of: file))
        case nil where planned.reason == .rotation: return FileText.writersUnknown
        case true?, nil: break
        }
        // The original goes when it is compressed: whoever reads it has to be through with it.
        let all = probe.doubt == nil ? probe.all : try rights.ask(file)
        guard all == .refused else { return nil }
        let identity = try file.status().identity
        let reader = try rights.look(for: [identity])?.holders[identity]?.first
        return reader.map { FileText.read(by: $0) } ?? FileText.holderUnseen
    }

    func mail(
        _ path: Path, _ address: String, _ subject: Path, _ planned: PlannedStep, _ settings: Settings,
        _ memory: RunMemory
    ) throws -> StepResult {
        let file = try directory(of: path).open(path.name, .reading)
        let status = try file.status()
        guard status.kind == .regular else { throw StepFailure(FileText.notRegular(path)) }
        // Whoever owns the directory may have given the name to a file that is none of his. In one of root's a script may have
        // put something else there, as sed -i does.
        if let expected = planned.identity ?? memory.cuts.madeArchives[path],
            status.identity != memory.current(expected), try !directory(of: path).isTrusted
        {
            throw StepFailure(FileText.replaced(path))
        }
        try requireNoOtherName(status, path, settings)
        // He may have given it the name before this run looked at it: nobody is sent what he cannot read himself.
        guard try directory(of: path).ownerMayRead(status) else {
            throw StepFailure(FileText.notForOwner(path))
        }
        let uncompressCommand = settings.uncompressCommand
        try programs.mail(file, path, address: address, subject: subject, uncompressCommand: uncompressCommand)
        return .done(bytes: nil)
    }
}

extension StepOutcome.Complaint {
    /// What a program said that did its work all the same.
    fileprivate static func said(_ text: String, about path: Path, _ command: String) -> StepOutcome.Complaint {
        StepOutcome.Complaint(
            path: path, message: ProgramText.said(path, command, text),
            logrotate: .said(text, about: path))
    }
}
