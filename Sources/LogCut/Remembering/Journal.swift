import HostObservation
import LinuxChanges
package import LinuxSystem
package import RotationCore
import SystemPackage

/// The journal of cuts: one file, written in place, so that no step of a cut needs a free block.
///
/// The file is made once, with zeros, while there is room; ``JournalFile`` tells what is where in it.
package final class Journal {
    private let file: Descriptor
    /// Its path, for messages.
    package var path: Path { file.path }
    private var sequence: UInt64
    /// The cuts that are under way, or were when the last run ended.
    package private(set) var entries: [JournalEntry]
    /// Whether it is in memory, because there is no room for one on the disk: a power cut takes it.
    package let isStandIn: Bool

    /// Why there is no journal.
    package enum Problem: Error {
        /// Another run has it.
        case busy
        /// A system call failed.
        case failed(String)
    }

    private init(file: consuming Descriptor, slot: JournalSlot?, isStandIn: Bool) {
        self.file = file
        self.isStandIn = isStandIn
        sequence = slot?.sequence ?? 0
        entries = slot?.entries ?? []
    }

    /// Opens the journal and locks it for as long as the value lives; makes it where there is none.
    package static func open(_ path: Path, isStandIn: Bool = false) throws(Problem) -> Journal {
        do {
            let directory = try SafeFile.openOrMakeDirectory(path.directory)
            if try directory.status(of: path.name) == nil { try make(path.name, in: directory) }
            let file = try directory.openOwn(path.name, mode: 0o600)
            guard try file.tryLock() else { throw Problem.busy }
            // A run that was ended in the middle of making it left a shorter one under another name only.
            let status = try file.status()
            guard status.kind == .regular else { throw Problem.failed(FileText.notRegular(path)) }
            // A stand-in that was removed just now.
            guard status.linkCount > 0 else { throw Problem.busy }
            guard status.sizeBytes >= JournalFile.reserveOffset else {
                throw Problem.failed(JournalText.tooShort(path))
            }
            let slot = try JournalFile.current(of: file)
            return Journal(file: file, slot: slot, isStandIn: isStandIn)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .failed(StepFailure(error, about: path).message)
        }
    }

    /// Whether nothing in it is needed any more.
    package var isIdle: Bool { entries.isEmpty && reserved()?.content.isEmpty ?? true }

    /// Removes the file.
    package func remove() throws {
        try SafeFile(path: path).remove()
    }

    /// Makes the file under another name and gives it its own when all of it is on the disk.
    private static func make(_ name: Path, in directory: Directory) throws {
        let temporary = name + ".new"
        if try directory.status(of: temporary) != nil { try directory.remove(temporary) }
        do {
            let file = try directory.create(temporary, mode: 0o600)
            // On btrfs, writing in place is only in place without copy-on-write; elsewhere there is no such flag.
            file.avoidCopyOnWrite()
            let zeros = [UInt8](repeating: 0, count: 64 << 10)
            for _ in 0..<(JournalFile.sizeBytes / Int64(zeros.count)) { try file.writeAll(zeros) }
            try file.sync()
            try directory.rename(temporary, to: name)
            try directory.sync()
        } catch {
            // The first error is the one that matters.
            try? directory.remove(temporary)
            throw error
        }
    }

    /// Gives the file the time of now: by it is known when the last run was. Nothing depends on it.
    package func touch() {
        try? file.setModified(.now())
    }

    /// Writes down which cuts are under way: on the disk when this returns. The slot that holds until then is not touched.
    package func write(_ entries: [JournalEntry]) throws {
        let slot = JournalSlot(sequence: sequence + 1, entries: entries)
        guard let bytes = slot.encoded() else { throw StepFailure(JournalText.tooMany(entries.count, path: file.path)) }
        guard slot.entries != self.entries else { return }
        try file.writeAll(bytes, at: slot.sequence % 2 == 0 ? 0 : JournalFile.slotBytes)
        try file.syncData()
        sequence = slot.sequence
        self.entries = entries
    }
}

// MARK: - On a full disk

extension Journal {
    /// Puts bytes of an archive into the staging area: on the disk when this returns. What was there is gone.
    package func stage(_ bytes: [UInt8]) throws(SystemError) {
        try file.writeAll(bytes, at: JournalFile.stagingOffset)
        try file.syncData()
    }

    /// The bytes that a cut left in the staging area; nil where they are not whole.
    package func staged(_ entry: JournalEntry) throws(SystemError) -> [UInt8]? {
        guard entry.stagedBytes <= JournalFile.stagingBytes else { return nil }
        let bytes = try file.bytes(at: JournalFile.stagingOffset, count: Int(entry.stagedBytes))
        return Checksum.crc32(bytes) == entry.stagedChecksum ? bytes : nil
    }

    /// A state file's content that waits here; nil where none does.
    package func reserved() -> ReservedState? {
        JournalFile.reserved(in: file)
    }

    /// Keeps a state file's content, which could not be written: on the disk when this returns. Empty content means that it
    /// has been written.
    package func reserve(_ content: [UInt8], for path: Path) throws {
        let before = reserved()
        if let before, before.file != path, !before.content.isEmpty {
            throw StepFailure(JournalText.reservedFor(before.file))
        }
        let state = ReservedState(sequence: (before?.sequence ?? 0) + 1, file: path, content: content)
        let bytes = state.encoded()
        guard Int64(bytes.count) <= JournalFile.reserveBytes, try file.status().sizeBytes >= JournalFile.sizeBytes
        else {
            throw StepFailure(JournalText.noRoom(bytes: bytes.count))
        }
        try file.writeAll(bytes, at: JournalFile.reserveOffset + Int64(state.sequence % 2) * JournalFile.reserveBytes)
        try file.syncData()
    }
}
