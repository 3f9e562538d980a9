import HostObservation
import LinuxChanges
import LinuxSystem
package import RotationCore
import SystemPackage

/// Finishes the cuts that an earlier run was in the middle of: the first thing a run does.
///
/// Whether the bytes have left a log already need not be known: what is still there is compared with the archive, and what is
/// equal goes (again).
package struct Recovery {
    /// What became of a cut.
    package enum Outcome {
        /// It is finished.
        case finished
        /// It had not begun, or its log was replaced since: nothing is to be done.
        case nothing
        /// It cannot be finished now; why.
        case unresolved(String)
    }

    private let tools: CutTools

    /// - Parameter tools: the journal is theirs.
    package init(_ tools: CutTools) {
        self.tools = tools
    }

    /// Finishes all of them. Those that cannot be finished stay in the journal.
    ///
    /// - Parameters:
    ///   - memory: gets those that cannot be finished.
    ///   - tell: hears of each.
    package func perform(_ memory: inout CutMemory, _ tell: (JournalEntry, Outcome) -> Void) {
        guard let journal = tools.journal, !journal.entries.isEmpty else { return }
        var left: [JournalEntry] = []
        for entry in journal.entries {
            let outcome: Outcome
            do throws(StepFailure) {
                outcome = try explaining(entry.log) { try finish(entry) }
            } catch {
                outcome = .unresolved(error.message)
            }
            if case .unresolved = outcome { left.append(entry) }
            tell(entry, outcome)
        }
        memory.unresolved = left
        do {
            try journal.write(left)
        } catch {
            memory.journalFailure = StepFailure(error, about: journal.path).message
        }
    }

    private func finish(_ entry: JournalEntry) throws -> Outcome {
        let archives: Directory
        do throws(WalkError) {
            archives = try tools.cache.directory(entry.archive.directory)
        } catch {
            // What was staged is nowhere else, and an archive may come back with its directory: on a disk that is mounted late.
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            if entry.kind != .stage, try isOut(entry) { return .nothing }
            return .unresolved(JournalText.directoryGone(entry.archive.directory))
        }
        if entry.kind == .stage { return try finishStaged(entry, archives) }
        guard let archive = try archives.status(of: entry.archive.name),
            archive.identity.inode == entry.archiveInode
                // Its number is that of its name there; what is in it is compared in any case.
                || (archives.hasInodesByName && archive.sizeBytes == entry.archiveBytes)
        else {
            try removeTemporary(of: entry, in: archives)
            return .nothing
        }
        if entry.kind == .extend {
            // The part that was being added is incomplete, and its log still has it.
            if try isTakenBack(entry, in: archives) { try shorten(entry, in: archives) }
            return .nothing
        }
        guard let log = try open(entry) else { return .nothing }
        let size = try log.status().sizeBytes
        let file = try archives.open(entry.archive.name, .reading)
        guard try ArchivedBytes.match(entry, file, log: log, before: min(size, entry.end)) else { return .nothing }
        switch entry.kind {
        case .extend, .stage: return .nothing
        case .truncate: return try finishTruncation(entry, log, size, archives)
        case .punch:
            return try finishPunch(entry, log, size, archives)
        }
    }

    /// Whether what was being added to an archive is to be taken off again: its log has it, or nobody can read it.
    private func isTakenBack(_ entry: JournalEntry, in directory: Directory) throws -> Bool {
        let archive = try directory.open(entry.archive.name, .reading)
        if let log = try open(entry), try JournalClaim(entry).isInLog(log, archive) { return true }
        return try JournalClaim(entry).isTornBehindOffset(archive)
    }

    /// Whether nothing of what was to be cut is in the log any more, so that there is nothing left to be done without the
    /// archive.
    private func isOut(_ entry: JournalEntry) throws -> Bool {
        guard let log = try open(entry) else { return true }
        let end = min(try log.status().sizeBytes, entry.end)
        return try PendingScan(tools.ledger.ledger.cuts[entry.log], of: log.status())
            .runs(in: log, before: end, atMost: 1).isEmpty
    }

    /// Which file has the archive's name; nil where none has. Throws where that cannot be told.
    private func archiveIdentity(of entry: JournalEntry) throws -> FileIdentity? {
        let directory: Directory
        do throws(WalkError) {
            directory = try tools.cache.directory(entry.archive.directory)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return nil
        }
        return try directory.status(of: entry.archive.name)?.identity
    }

    /// The log, if it is still the same file.
    private func open(_ entry: JournalEntry) throws -> Descriptor? {
        do {
            let directory = try tools.cache.directory(entry.log.directory)
            guard let status = try directory.status(of: entry.log.name), status.kind == .regular,
                status.identity.inode == entry.inode || directory.hasInodesByName
            else { return nil }
            let log = try directory.open(entry.log.name, .readingAndWriting)
            // Whoever owns the directory can have put another file there between the two looks.
            guard try log.status().identity == status.identity else { return nil }
            // Nothing is its own archive.
            guard try archiveIdentity(of: entry) != status.identity else { return nil }
            return log
        } catch let error as WalkError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    private func finishPunch(
        _ entry: JournalEntry, _ log: borrowing Descriptor, _ size: Int64, _ archives: Directory
    ) throws -> Outcome {
        let end = min(size, entry.end)
        guard end > 0 else { return .finished }
        do {
            return try punch(entry, log, end) ? .finished : .nothing
        } catch let error as SystemError where error.errno == .notSupported || error.errno == .noFunction {
            return try finishTruncation(entry, log, size, archives)
        }
    }

    /// What was staged is in no archive, or in part: it is taken out of the log first, if it is there still.
    private func finishStaged(_ entry: JournalEntry, _ archives: Directory) throws -> Outcome {
        guard let bytes = try tools.journal?.staged(entry) else {
            return .unresolved(JournalText.stagedDamaged)
        }
        var attributes: FileAttributes?
        if let log = try open(entry) {
            attributes = try FileAttributes(of: log)
            let end = min(try log.status().sizeBytes, entry.end)
            if end > 0, try ArchivedBytes.match(entry, staged: bytes, log: log, before: end) {
                _ = try punch(entry, log, end)
            }
        }
        let own = try attributes ?? FileAttributes(of: archives.createUnnamed(mode: 0o600, for: entry.archive.name))
        try StagedArchive.finish(entry, bytes, in: archives, own)
        return .finished
    }

    /// False where something is in the way of it that was never archived.
    private func punch(_ entry: JournalEntry, _ log: borrowing Descriptor, _ end: Int64) throws -> Bool {
        let record = try Ledger.Cut(of: log, log.status(), end: end, headBytes: min(entry.headBytes, end))
        let begin = record.head?.bytes ?? 0
        guard try JournalClaim(entry).coversAll(of: log, from: begin, before: end) else { return false }
        if begin < end { try log.punchHole(from: begin, lengthBytes: end - begin) }
        tools.ledger.record([.cut(entry.log, record)], isDurable: record.head != nil)
        try log.sync()
        return true
    }

    /// The log has all of it still, or nothing of it: its archive goes, or stays.
    private func finishTruncation(
        _ entry: JournalEntry, _ log: borrowing Descriptor, _ size: Int64, _ archives: Directory
    ) throws -> Outcome {
        guard size >= entry.end, entry.end > 0 else { return .finished }
        guard try isStillIn(log, entry, archives) else { return .nothing }
        if entry.archiveOffset > 0 {
            try shorten(entry, in: archives)
        } else if let status = try archives.status(of: entry.archive.name) {
            if case .held(let who) = try tools.removal.remove(entry.archive.name, in: archives, status) {
                return .unresolved(JournalText.archiveStays(entry.archive, who: who))
            }
        }
        return .nothing
    }

    /// Whether the log has all that the archive has of it. The archive is closed again: who removes it asks who has it open.
    private func isStillIn(_ log: borrowing Descriptor, _ entry: JournalEntry, _ archives: Directory) throws -> Bool {
        let archive = try archives.open(entry.archive.name, .reading)
        guard try archive.status().identity.inode == entry.archiveInode || archives.hasInodesByName else {
            return false
        }
        return try JournalClaim(entry).isInLog(log, archive)
    }

    private func shorten(_ entry: JournalEntry, in directory: Directory) throws {
        let file = try directory.open(entry.archive.name, .readingAndWriting)
        let status = try file.status()
        guard status.identity.inode == entry.archiveInode || directory.hasInodesByName,
            status.sizeBytes > entry.archiveOffset
        else { return }
        try file.truncate(to: entry.archiveOffset)
        try file.sync()
    }

    /// Where there are no unnamed files an archive that did not get its name is left, and its log has all that is in it.
    private func removeTemporary(of entry: JournalEntry, in directory: Directory) throws {
        let name = OwnNames.temporary(for: entry.archive.name)
        guard let status = try directory.status(of: name), status.identity.inode == entry.archiveInode else { return }
        try directory.remove(name)
    }
}
