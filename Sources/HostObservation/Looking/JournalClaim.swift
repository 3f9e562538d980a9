import Gzip
package import LinuxSystem
package import RotationCore

/// What a journal's entry claims, looked at before something goes by it.
///
/// A journal can be whole and wrong: restored from a backup, or of another machine's disk, with numbers that are other files'
/// by now. Nothing goes that is not found elsewhere first.
package struct JournalClaim {
    private static let chunkBytes = 256 << 10
    private let entry: JournalEntry

    /// A claim.
    package init(_ entry: JournalEntry) {
        self.entry = entry
    }

    /// Whether a log has nothing in a range, besides what is claimed to be archived, than what spillway itself leaves: holes,
    /// NULs, blanks and line breaks.
    package func coversAll(of log: borrowing Descriptor, from begin: Int64, before limit: Int64) throws -> Bool {
        var offset = begin
        for run in entry.runs.sorted(by: { $0.offset < $1.offset }) + [.init(offset: limit, count: 0)] {
            let end = min(run.offset, limit)
            if offset < end, try !isPadding(log, offset, end) { return false }
            offset = max(offset, run.end)
        }
        return true
    }

    private func isPadding(_ log: borrowing Descriptor, _ begin: Int64, _ end: Int64) throws -> Bool {
        var offset = begin
        while offset < end, let data = try log.nextData(from: offset), data.offset < end {
            offset = max(offset, data.offset)
            let bytes = try log.bytes(at: offset, count: Int(min(Int64(Self.chunkBytes), min(end, data.end) - offset)))
            // It has become shorter.
            if bytes.isEmpty { return true }
            guard bytes.allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }) else {
                return false
            }
            offset += Int64(bytes.count)
        }
        return true
    }

    /// Whether a log still has everything that an archive has from the claimed offset on, as far as that can be read, byte
    /// for byte: at the places that are claimed, and from their end on.
    package func isInLog(_ log: borrowing Descriptor, _ archive: borrowing Descriptor) throws -> Bool {
        let places = entry.runs + [.init(offset: entry.end, count: .max - max(0, entry.end))]
        let archived = try ArchivedTail(
            archive.duplicate(), from: entry.archiveOffset, isCompressed: entry.isCompressed)
        for place in places {
            var offset = place.offset
            while offset < place.end {
                let bytes = try archived.next(atMost: Int(min(Int64(Self.chunkBytes), place.end - offset)))
                if bytes.isEmpty { return archived.isIncomplete != .damaged }
                let actual = try log.bytes(at: offset, count: bytes.count)
                guard actual.count == bytes.count else { return false }
                // What a power cut kept from the disk is NULs in the archive, and says nothing.
                let isSame = zip(actual, bytes).allSatisfy { $0 == $1 || (!entry.isCompressed && $1 == 0) }
                guard isSame else { return false }
                offset += Int64(bytes.count)
            }
        }
        return try archived.next(atMost: 1).isEmpty && archived.isIncomplete != .damaged
    }

    /// Whether an archive is whole up to the claimed offset, and not behind it: a further part was being added, and none of it
    /// can be read as one.
    package func isTornBehindOffset(_ archive: borrowing Descriptor) throws -> Bool {
        guard entry.isCompressed, entry.archiveOffset > 0 else { return false }
        let before = try ArchivedTail(archive.duplicate(), from: 0, to: entry.archiveOffset, isCompressed: true)
        while try !before.next(atMost: Self.chunkBytes).isEmpty {}
        guard before.isIncomplete == nil else { return false }
        let behind = try ArchivedTail(archive.duplicate(), from: entry.archiveOffset, isCompressed: true)
        while try !behind.next(atMost: Self.chunkBytes).isEmpty {}
        return behind.isIncomplete != nil
    }
}

/// What an archive has from an offset on.
private final class ArchivedTail {
    /// What is wrong with it; nil where it is whole.
    enum Fault { case truncated, damaged }

    private let file: Descriptor
    private var offset: Int64
    private let end: Int64
    private let isCompressed: Bool
    private var reader: GzipReader?
    private(set) var isIncomplete: Fault?

    init(_ file: consuming Descriptor, from offset: Int64, to end: Int64 = .max, isCompressed: Bool) {
        self.file = file
        self.offset = offset
        self.end = end
        self.isCompressed = isCompressed
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let wanted = Int(min(Int64(buffer.count), max(0, end - offset)))
        let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
        offset += Int64(count)
        return count
    }

    /// The next bytes; none at the end, or where no more can be read.
    func next(atMost limit: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        do {
            let expanding = isCompressed ? try reader ?? GzipReader { [unowned self] in try read(into: $0) } : nil
            reader = expanding
            let count = try bytes.withUnsafeMutableBytes { try expanding?.read(into: $0) ?? read(into: $0) }
            return Array(bytes[..<count])
        } catch GzipError.truncated {
            isIncomplete = .truncated
            return []
        } catch GzipError.corrupt {
            // Anything else, as memory that is short, says nothing of the archive: nothing is done to it then.
            isIncomplete = .damaged
            return []
        }
    }
}
