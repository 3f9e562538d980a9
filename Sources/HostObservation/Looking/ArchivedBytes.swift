import Gzip
package import LinuxSystem
package import RotationCore

/// Compares a log with what was archived of it.
package enum ArchivedBytes {
    private static let chunkBytes = 1 << 20

    /// A part of an archive, from an offset to an end, or bytes that are to become one.
    private final class Part {
        private let file: Descriptor?
        private let bytes: [UInt8]
        private var offset: Int64
        private let end: Int64

        init(_ file: consuming Descriptor, from offset: Int64, to end: Int64) {
            self.file = .some(file)
            bytes = []
            self.offset = offset
            self.end = end
        }

        init(_ bytes: [UInt8]) {
            file = nil
            self.bytes = bytes
            offset = 0
            end = Int64(bytes.count)
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
            let wanted = Int(min(Int64(buffer.count), end - offset))
            guard wanted > 0 else { return 0 }
            let window = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            guard let count = try file?.read(into: window, at: offset) else {
                window.copyBytes(from: bytes[Int(offset)..<Int(offset) + wanted])
                offset += Int64(wanted)
                return wanted
            }
            offset += Int64(count)
            return count
        }
    }

    /// Whether the log holds nothing before `limit` but what was archived: each of the runs' bytes is the archived one, or
    /// in a hole, or NUL. Bytes outside the runs are none of the comparison's business.
    ///
    /// Damaged archives, and those with less in them, hold something else.
    ///
    /// - Parameters:
    ///   - archive: the archive, which is closed at the end.
    ///   - limit: the log may have become shorter.
    package static func match(
        _ entry: JournalEntry, _ archive: consuming Descriptor, log: borrowing Descriptor, before limit: Int64
    ) throws -> Bool {
        try match(entry, Part(archive, from: entry.archiveOffset, to: entry.archiveBytes), log, limit)
    }

    /// The same for bytes that are to become the archive, or its next part.
    package static func match(
        _ entry: JournalEntry, staged bytes: [UInt8], log: borrowing Descriptor, before limit: Int64
    )
        throws
        -> Bool
    {
        try match(entry, Part(bytes), log, limit)
    }

    private static func match(_ entry: JournalEntry, _ part: Part, _ log: borrowing Descriptor, _ limit: Int64) throws
        -> Bool
    {
        let reader: GzipReader? = entry.isCompressed ? try GzipReader { try part.read(into: $0) } : nil
        var expected = [UInt8](repeating: 0, count: chunkBytes)
        do {
            for run in entry.runs {
                var offset = run.offset
                while offset < min(run.end, limit) {
                    let wanted = Int(min(Int64(chunkBytes), run.end - offset))
                    let count = try fill(&expected, wanted, reader, part)
                    guard count == wanted else { return false }
                    let actual = try log.bytes(at: offset, count: min(wanted, Int(limit - offset)))
                    if !matches(actual, expected) { return false }
                    offset += Int64(wanted)
                }
            }
        } catch is GzipError {
            return false
        }
        return true
    }

    private static func fill(_ bytes: inout [UInt8], _ wanted: Int, _ reader: GzipReader?, _ part: Part) throws -> Int {
        var filled = 0
        while filled < wanted {
            let count = try bytes.withUnsafeMutableBytes { buffer in
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
                return try reader?.read(into: room) ?? part.read(into: room)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    private static func matches(_ actual: [UInt8], _ expected: [UInt8]) -> Bool {
        for index in actual.indices where actual[index] != expected[index] && actual[index] != 0 { return false }
        return true
    }
}
