import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Cuts a log where there is no room for its archive: a chunk at a time goes into the journal's staging area, is punched out
/// of the log, and then has room to be written into the archive. No step before the punch needs a free block.
///
/// A journal that is in memory could be lost with the machine: then nothing is punched before the archive's file is open.
struct StagedCut {
    private let cut: CutInProgress
    private var tools: CutTools { cut.tools }
    private let journal: Journal
    private let archives: Directory
    /// Where the archive's parts go, once there is one.
    private var target: StagedArchive

    /// As much is enough for one chunk: what the compressor still holds, and what is not compressible, fits behind it.
    private static let enoughBytes = 3 << 19
    private static let pieceBytes: Int64 = 256 << 10

    /// - Parameter cut: has been measured.
    init(_ cut: CutInProgress) throws {
        self.cut = cut
        guard let path = cut.job.archive else { throw StepFailure(CutText.noArchive(cut.job.log)) }
        guard let journal = cut.tools.journal else {
            throw StepFailure(
                CutText.noRoomForJournal(cut.job.log)
            )
        }
        self.journal = journal
        archives = try cut.tools.cache.directory(path.directory)
        target = StagedArchive(path, isCompressed: cut.job.level != nil)
        if cut.job.plan.extends { try target.choose(in: archives) }
    }

    /// Cuts the whole log, and says what came of it.
    ///
    /// - Parameter memory: gets what it could not finish.
    mutating func perform(_ memory: inout CutMemory) throws {
        guard !memory.unresolved.contains(where: { $0.stagedBytes > 0 }) else {
            throw StepFailure(
                CutText.journalIsFull(cut.job.log)
            )
        }
        let attributes = try FileAttributes(of: cut.log)
        var rest = cut.runs[...]
        let last = cut.end
        var done: Int64 = 0
        let total = cut.runs.reduce(0) { $0 + $1.count }
        while !rest.isEmpty {
            if done > 0, StopSignal.arrived { break }
            let chunk = try chunk(&rest)
            let end = rest.isEmpty ? last : chunk.runs.last?.end ?? last
            try commit(chunk, end, attributes, &memory)
            done += chunk.runs.reduce(0) { $0 + $1.count }
            tools.onProgress(cut.job.log, done, total)
        }
        cut.wasStaged(to: target.path, bytes: done)
        cut.remarks.append(CutText.staged)
        if let path = cut.job.archive, target.path != path {
            cut.remarks.append(CutText.addedTo(target.path))
        }
    }

    private struct Chunk {
        var bytes: [UInt8]
        var runs: [JournalEntry.Run]
    }

    /// Compresses as much as the staging area takes, up to a line end where there is one.
    private func chunk(_ rest: inout ArraySlice<JournalEntry.Run>) throws -> Chunk {
        let compressor = try cut.job.level.map { level throws(GzipError) in try GzipCompressor(level: level) }
        var chunk = Chunk(bytes: [], runs: [])
        while let run = rest.first, chunk.bytes.count < Self.enoughBytes {
            let wanted = min(run.count, Self.pieceBytes)
            var piece = try cut.log.bytes(at: run.offset, count: Int(wanted))
            guard piece.count == wanted else {
                throw StepFailure(CutText.truncatedByOthers(cut.job.log, isKept: false))
            }
            if wanted < run.count, let end = LogContent.endOfLastLine(piece[...]) {
                piece.removeLast(piece.count - end)
            }
            if let compressor {
                try piece.withBytes { try compressor.append($0, to: { chunk.bytes.append(contentsOf: $0) }) }
            } else {
                chunk.bytes += piece
            }
            Self.take(Int64(piece.count), from: &rest, to: &chunk.runs)
        }
        try compressor?.finish { chunk.bytes.append(contentsOf: $0) }
        return chunk
    }

    /// Moves bytes from the first of the runs that are left to those that are taken.
    private static func take(
        _ count: Int64, from rest: inout ArraySlice<JournalEntry.Run>, to taken: inout [JournalEntry.Run]
    ) {
        guard let run = rest.popFirst() else { return }
        if let last = taken.last, last.end == run.offset {
            taken[taken.count - 1].count += count
        } else {
            taken.append(JournalEntry.Run(offset: run.offset, count: count))
        }
        if count < run.count {
            rest = [JournalEntry.Run(offset: run.offset + count, count: run.count - count)] + rest
        }
    }

    private mutating func commit(
        _ chunk: Chunk, _ end: Int64, _ attributes: FileAttributes, _ memory: inout CutMemory
    ) throws {
        try cut.requireReachable(end)
        var entry = JournalEntry(
            kind: .stage, log: cut.job.log, inode: cut.identity.inode, runs: chunk.runs, end: end, archive: target.path,
            archiveInode: target.inode, archiveOffset: target.sizeBytes,
            archiveBytes: target.sizeBytes + Int64(chunk.bytes.count),
            isCompressed: cut.job.level != nil, stagedBytes: Int64(chunk.bytes.count),
            stagedChecksum: Checksum.crc32(chunk.bytes), headBytes: min(cut.headLength, end))
        target.open(in: archives, attributes)
        if journal.isStandIn, !target.isOpen {
            try fallBack(&entry, memory, "is not emptied")
            target.open(in: archives, attributes)
            guard target.isOpen else { throw noFile("is not emptied") }
        }
        try journal.stage(chunk.bytes)
        try journal.write(memory.unresolved + [entry])
        do {
            guard try cut.punch(to: end) else {
                throw StepFailure(CutText.noRoomAndNoHoles(cut.job.log))
            }
            // A writer that waits for room takes what the punch gave back as fast as it can: the archive comes first.
            if try !target.write(chunk.bytes, in: archives, attributes) {
                // No file can be made, as where inodes are short: it goes to the newest archive there is.
                try fallBack(&entry, memory, "waits in the journal, as far as it was cut")
                try journal.write(memory.unresolved + [entry])
                _ = try target.write(chunk.bytes, in: archives, attributes)
            }
            try cut.log.sync()
            if cut.needsLedger { tools.ledger.sync() }
        } catch {
            memory.unresolved.append(entry)
            throw error
        }
        try journal.write(memory.unresolved)
    }

    private func noFile(_ consequence: String) -> StepFailure {
        StepFailure(
            CutText.noInode(target.path, cut.job.log, consequence))
    }

    private mutating func fallBack(_ entry: inout JournalEntry, _ memory: CutMemory, _ otherwise: String) throws {
        guard let newest = memory.newestArchives[cut.job.log], newest != target.path else { throw noFile(otherwise) }
        target = StagedArchive(newest, isCompressed: cut.job.level != nil)
        try target.choose(in: archives)
        entry.archive = target.path
        entry.archiveInode = target.inode
        entry.archiveOffset = target.sizeBytes
        entry.archiveBytes = target.sizeBytes + entry.stagedBytes
    }
}

/// An archive that is made from staged chunks.
struct StagedArchive {
    private(set) var path: Path
    private let isCompressed: Bool
    /// 0 until it is there.
    private(set) var inode: UInt64 = 0
    /// What is in it that the journal need not know of any more, in bytes.
    private(set) var sizeBytes: Int64 = 0
    private var file: PendingFile?

    /// A writer can be as fast as the punch: then the room is gone again, for a moment or for good.
    private static let attempts = 2000

    init(_ path: Path, isCompressed: Bool) {
        self.path = path
        self.isCompressed = isCompressed
    }

    /// Takes an archive that is there: what comes is added to it.
    mutating func choose(in directory: Directory) throws {
        guard let status = try directory.status(of: path.name), status.kind == .regular,
            isCompressed == path.hasSuffix(".gz")
        else { throw StepFailure(CutText.notExtended(path)) }
        inode = status.identity.inode
        sizeBytes = status.sizeBytes
    }

    /// Whether a file is open for it.
    var isOpen: Bool { file != nil }

    /// Opens the archive, or makes it without a name, while nothing depends on it. What fails is tried again by `write`.
    mutating func open(in directory: Directory, _ attributes: FileAttributes) {
        guard file == nil else { return }
        file =
            inode == 0
            ? try? PendingFile.begin(in: directory, name: path.name, attributes: attributes)
            : try? PendingFile.extend(path.name, in: directory)
    }

    /// Writes a chunk: on the disk, under its name, when this returns. False where no file can be made.
    mutating func write(_ bytes: [UInt8], in directory: Directory, _ attributes: FileAttributes) throws -> Bool {
        for attempt in 1...Self.attempts {
            do {
                try writeOnce(bytes, in: directory, attributes)
                return true
            } catch let error as SystemError where error.isNoRoom {
                if inode == 0, file == nil, try isShortOfInodes(directory) { return false }
                guard attempt < Self.attempts else {
                    throw StepFailure(JournalText.waits(path, error))
                }
                sleep(milliseconds: 1)
            }
        }
        return false
    }

    private func isShortOfInodes(_ directory: Directory) throws -> Bool {
        let size = try directory.fileSystemSize()
        return size.totalInodes > 0 && size.availableInodes == 0
    }

    private mutating func writeOnce(_ bytes: [UInt8], in directory: Directory, _ attributes: FileAttributes) throws {
        let file: PendingFile
        if let opened = self.file {
            file = opened
        } else if inode == 0 {
            file = try PendingFile.begin(in: directory, name: path.name, attributes: attributes)
        } else {
            file = try PendingFile.extend(path.name, in: directory)
        }
        self.file = file
        let status = try file.descriptor.status()
        guard inode == 0 || status.identity.inode == inode || directory.hasInodesByName else {
            throw StepFailure(FileText.replaced(path))
        }
        try file.descriptor.reserve(from: sizeBytes, lengthBytes: Int64(bytes.count))
        if status.sizeBytes > sizeBytes { try file.descriptor.truncate(to: sizeBytes) }
        do {
            try file.descriptor.writeAll(bytes, at: sizeBytes)
            try file.descriptor.setModified(inode == 0 ? attributes.status.modified : status.modified)
            try file.descriptor.sync()
            try file.giveName()
            if inode == 0 { try directory.sync() }
        } catch {
            if sizeBytes < status.sizeBytes || inode == 0 { try file.descriptor.truncate(to: sizeBytes) }
            throw error
        }
        inode = status.identity.inode
        sizeBytes += Int64(bytes.count)
    }

    /// Finishes what an earlier run staged: the archive may hold it already, in part or whole.
    ///
    /// - Parameter attributes: for an archive that is still to be made.
    static func finish(_ entry: JournalEntry, _ bytes: [UInt8], in directory: Directory, _ attributes: FileAttributes)
        throws
    {
        var archive = StagedArchive(entry.archive, isCompressed: entry.isCompressed)
        let status = try directory.status(of: entry.archive.name)
        if entry.archiveInode == 0, let status {
            let file = try directory.open(entry.archive.name, .reading)
            guard status.sizeBytes == entry.stagedBytes,
                try file.readAll(limitBytes: Int(JournalFile.stagingBytes)) == bytes
            else {
                throw StepFailure(
                    JournalText.nameTaken(entry.archive))
            }
            return
        }
        if entry.archiveInode != 0 {
            let isSame =
                status?.identity.inode == entry.archiveInode
                || directory.hasInodesByName && status.map { $0.sizeBytes >= entry.archiveOffset } ?? false
            guard isSame else {
                throw StepFailure(JournalText.archiveGone(entry.archive))
            }
            try requireNothingElse(in: directory, behind: entry, than: bytes)
            archive.inode = entry.archiveInode
            archive.sizeBytes = entry.archiveOffset
        }
        guard try archive.write(bytes, in: directory, attributes) else {
            throw StepFailure(JournalText.noInodes(entry.archive))
        }
    }

    /// Throws where an archive has something behind the offset that a chunk is to be written to, which would go: something
    /// else than a part of the chunk, or the NULs of what was not on the disk yet.
    private static func requireNothingElse(
        in directory: Directory, behind entry: JournalEntry, than bytes: [UInt8]
    ) throws {
        let file = try directory.open(entry.archive.name, .reading)
        let size = try file.status().sizeBytes
        guard size >= entry.archiveOffset, size - entry.archiveOffset <= Int64(bytes.count) else {
            throw StepFailure(JournalText.archiveDiffers(entry.archive))
        }
        let there = try file.bytes(at: entry.archiveOffset, count: Int(size - entry.archiveOffset))
        guard zip(there, bytes).allSatisfy({ $0 == $1 || $0 == 0 }) else {
            throw StepFailure(JournalText.archiveDiffers(entry.archive))
        }
    }
}
