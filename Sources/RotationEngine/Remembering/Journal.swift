import LinuxSystem
import RotationCore
import SystemPackage

/// The journal of cuts: one file, written in place, so that no step of a cut needs a free block.
///
/// Two slots are written in turns; the newer whole one holds. Behind them lies the staging area, in which an archive's
/// bytes wait on a disk that is full, and behind that twice the room for a state file that cannot be written. The file is
/// made once, with zeros, while there is room.
final class Journal {
    /// Room for archives' bytes that have no other place, in bytes.
    static let stagingBytes: Int64 = 4 << 20
    /// Room for a state file that cannot be written: two of these, in bytes.
    static let reserveBytes: Int64 = 1 << 20
    private static let slotBytes = Int64(JournalSlot.sizeBytes)
    private static let stagingOffset = 2 * slotBytes
    private static let reserveOffset = stagingOffset + stagingBytes
    private static let sizeBytes = reserveOffset + 2 * reserveBytes

    private let file: Descriptor
    /// Its path, for messages.
    var path: Path { file.path }
    private var sequence: UInt64
    /// The cuts that are under way, or were when the last run ended.
    private(set) var entries: [JournalEntry]
    /// Whether it is in memory, because there is no room for one on the disk: a power cut takes it.
    let isStandIn: Bool

    /// Why there is no journal.
    enum Problem: Error {
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
    static func open(_ path: Path, isStandIn: Bool = false) throws(Problem) -> Journal {
        do {
            let directory = try SafeFile.openOrMakeDirectory(path.directory)
            if try directory.status(of: path.name) == nil { try make(path.name, in: directory) }
            let file = try directory.open(path.name, .readingAndWriting)
            guard try file.tryLock() else { throw Problem.busy }
            // A run that was ended in the middle of making it left a shorter one under another name only.
            let status = try file.status()
            guard status.kind == .regular else { throw Problem.failed("\(path) is no regular file") }
            // A stand-in that was removed just now.
            guard status.linkCount > 0 else { throw Problem.busy }
            guard status.sizeBytes >= stagingOffset + stagingBytes else {
                throw Problem.failed("\(path) is too short for a journal; if it is somebody else's file, name another")
            }
            let slots = try [Int64(0), slotBytes].map { try read(file, at: $0) }
            return Journal(file: file, slot: JournalSlot.current(slots[0], slots[1]), isStandIn: isStandIn)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .failed(StepFailure(error, about: path).message)
        }
    }

    /// Whether nothing in it is needed any more.
    var isIdle: Bool { entries.isEmpty && reserved()?.content.isEmpty ?? true }

    /// Removes the file.
    func remove() throws {
        try SafeFile(path: path).remove()
    }

    /// The cuts that are under way, for a run that changes nothing; none where there is no journal.
    static func look(_ path: Path) -> [JournalEntry] {
        guard let directory = try? Directory.open(path.directory), let file = try? directory.open(path.name, .looking)
        else { return [] }
        let slots = [Int64(0), slotBytes].map { try? read(file, at: $0) }
        return JournalSlot.current(slots[0], slots[1])?.entries ?? []
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
            for _ in 0..<(sizeBytes / Int64(zeros.count)) { try file.writeAll(zeros) }
            try file.sync()
            try directory.rename(temporary, to: name)
            try directory.sync()
        } catch {
            // The first error is the one that matters.
            try? directory.remove(temporary)
            throw error
        }
    }

    private static func read(_ file: borrowing Descriptor, at offset: Int64) throws(SystemError) -> JournalSlot? {
        var bytes = [UInt8](repeating: 0, count: JournalSlot.sizeBytes)
        var filled = 0
        while filled < bytes.count {
            let position = filled
            let count = try bytes.withMutableBytes { buffer throws(SystemError) in
                try file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[position...]), at: offset + Int64(position))
            }
            if count == 0 { return nil }
            filled += count
        }
        return JournalSlot.decode(bytes)
    }

    /// Writes down which cuts are under way: on the disk when this returns. The slot that holds until then is not touched.
    func write(_ entries: [JournalEntry]) throws {
        let slot = JournalSlot(sequence: sequence + 1, entries: entries)
        guard let bytes = slot.encoded() else { throw StepFailure("\(file.path): \(entries.count) cuts do not fit") }
        guard slot.entries != self.entries else { return }
        try file.writeAll(bytes, at: slot.sequence % 2 == 0 ? 0 : Self.slotBytes)
        try file.syncData()
        sequence = slot.sequence
        self.entries = entries
    }
}

// MARK: - On a full disk

extension Journal {
    /// Puts bytes of an archive into the staging area: on the disk when this returns. What was there is gone.
    func stage(_ bytes: [UInt8]) throws(SystemError) {
        try file.writeAll(bytes, at: Self.stagingOffset)
        try file.syncData()
    }

    /// The bytes that a cut left in the staging area; nil where they are not whole.
    func staged(_ entry: JournalEntry) throws(SystemError) -> [UInt8]? {
        guard entry.stagedBytes <= Self.stagingBytes else { return nil }
        let bytes = try file.bytes(at: Self.stagingOffset, count: Int(entry.stagedBytes))
        return Checksum.crc32(bytes) == entry.stagedChecksum ? bytes : nil
    }

    /// A state file's content that waits here; nil where none does.
    func reserved() -> ReservedState? {
        let states = (0..<2).compactMap { index -> ReservedState? in
            let offset = Self.reserveOffset + Int64(index) * Self.reserveBytes
            guard let header = try? file.bytes(at: offset, count: ReservedState.headerBytes),
                let length = ReservedState.length(of: header), Int64(length) <= Self.reserveBytes,
                let bytes = try? file.bytes(at: offset, count: length)
            else { return nil }
            return ReservedState.decode(bytes)
        }
        return states.max { $0.sequence < $1.sequence }
    }

    /// Keeps a state file's content, which could not be written: on the disk when this returns. Empty content means that it
    /// has been written.
    func reserve(_ content: [UInt8], for path: Path) throws {
        let before = reserved()
        if let before, before.file != path, !before.content.isEmpty {
            throw StepFailure("the journal keeps the content of another state file, \(before.file), already")
        }
        let state = ReservedState(sequence: (before?.sequence ?? 0) + 1, file: path, content: content)
        let bytes = state.encoded()
        guard Int64(bytes.count) <= Self.reserveBytes, try file.status().sizeBytes >= Self.sizeBytes else {
            throw StepFailure("the journal has no room for \(bytes.count) bytes of it")
        }
        try file.writeAll(bytes, at: Self.reserveOffset + Int64(state.sequence % 2) * Self.reserveBytes)
        try file.syncData()
    }
}
