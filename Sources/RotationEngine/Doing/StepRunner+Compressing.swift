import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

extension StepRunner {
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
}

extension StepOutcome.Complaint {
    /// What a program said that did its work all the same.
    static func said(_ text: String, about path: Path, _ command: String) -> StepOutcome.Complaint {
        StepOutcome.Complaint(
            path: path, message: ProgramText.said(path, command, text),
            logrotate: .said(text, about: path))
    }
}
