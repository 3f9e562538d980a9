package import LinuxSystem
package import RotationCore

/// The journal's file: where what is in it, and what a run that changes nothing reads of it.
///
/// Two slots are written in turns; the newer whole one holds. Behind them lies the staging area, in which an archive's
/// bytes wait on a disk that is full, and behind that twice the room for a state file that cannot be written.
package enum JournalFile {
    /// One slot, in bytes.
    package static let slotBytes = Int64(JournalSlot.sizeBytes)
    /// Where the staging area begins.
    package static let stagingOffset = 2 * slotBytes
    /// Room for archives' bytes that have no other place, in bytes.
    package static let stagingBytes: Int64 = 4 << 20
    /// Where the room for state files begins.
    package static let reserveOffset = stagingOffset + stagingBytes
    /// Room for a state file that cannot be written: two of these, in bytes.
    package static let reserveBytes: Int64 = 1 << 20
    /// All of it, in bytes.
    package static let sizeBytes = reserveOffset + 2 * reserveBytes

    /// The cuts that are under way, or were when the last run ended; none where there is no journal.
    package static func entries(of path: Path) -> [JournalEntry] {
        guard let file = open(path) else { return [] }
        return (try? current(of: file))??.entries ?? []
    }

    /// A state file's content that waits in a journal; nil where none does.
    package static func reserved(of path: Path) -> ReservedState? {
        guard let file = open(path) else { return nil }
        return reserved(in: file)
    }

    private static func open(_ path: Path) -> Descriptor? {
        try? Directory.open(path.directory).open(path.name, .looking)
    }

    /// The slot that holds; nil where neither is whole.
    package static func current(of file: borrowing Descriptor) throws(SystemError) -> JournalSlot? {
        let first = try Ends(of: file, at: 0)
        let second = try Ends(of: file, at: slotBytes)
        // Nearly always the newer one is empty, and what the older one holds need not be read: whole or not, it is not the one.
        if let slot = first.empty, slot.sequence > second.sequence ?? 0 { return slot }
        if let slot = second.empty, slot.sequence > first.sequence ?? 0 { return slot }
        return JournalSlot.current(try first.slot(of: file), try second.slot(of: file))
    }

    /// A slot as its beginning and its end show it.
    private struct Ends {
        let offset: Int64
        /// The number it has, if it is whole; nil where none was ever written.
        let sequence: UInt64?
        /// It, if there is nothing in it.
        let empty: JournalSlot?

        init(of file: borrowing Descriptor, at offset: Int64) throws(SystemError) {
            self.offset = offset
            let head = try file.bytes(at: offset, count: JournalSlot.headBytes)
            sequence = JournalSlot.sequence(inHead: head)
            guard sequence != nil else {
                empty = nil
                return
            }
            empty = JournalSlot.empty(head: head, trailer: try file.bytes(at: offset + slotBytes - 4, count: 4))
        }

        /// It, if it is whole.
        func slot(of file: borrowing Descriptor) throws(SystemError) -> JournalSlot? {
            guard sequence != nil, empty == nil else { return empty }
            let bytes = try file.bytes(at: offset, count: JournalSlot.sizeBytes)
            return bytes.count == JournalSlot.sizeBytes ? JournalSlot.decode(bytes) : nil
        }
    }

    /// The newer whole one of the two state files that can wait here.
    package static func reserved(in file: borrowing Descriptor) -> ReservedState? {
        var states: [ReservedState] = []
        for offset in [reserveOffset, reserveOffset + reserveBytes] {
            guard let header = try? file.bytes(at: offset, count: ReservedState.headerBytes),
                let length = ReservedState.length(of: header), Int64(length) <= reserveBytes,
                let bytes = try? file.bytes(at: offset, count: length), let state = ReservedState.decode(bytes)
            else { continue }
            states.append(state)
        }
        return states.max { $0.sequence < $1.sequence }
    }
}
