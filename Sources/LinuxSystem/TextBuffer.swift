import CLinux
import SystemPackage

/// Reads one file of /proc after the other into the same memory.
struct TextBuffer {
    private static let limitBytes = 64 << 20
    private var bytes = [UInt8](repeating: 0, count: 128 << 10)

    /// The lines that end so, without their ends. Throws EFBIG for a file that no process has.
    mutating func lines(of file: borrowing Descriptor, endingWith mark: StaticString) throws(SystemError)
        -> [ArraySlice<UInt8>]
    {
        var length = 0
        while true {
            let filled = length
            let count = try bytes.withMutableBytes { buffer throws(SystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            }
            if count == 0 { break }
            length += count
            guard length < Self.limitBytes else { throw SystemError("read", file.path, .fileTooLarge) }
            if length == bytes.count { bytes.append(contentsOf: [UInt8](repeating: 0, count: length)) }
        }
        return find(mark, length)
    }

    /// memmem(3) for the mark and the end of the line: most processes have none.
    private func find(_ mark: StaticString, _ length: Int) -> [ArraySlice<UInt8>] {
        let wanted = mark.withUTF8Buffer { Array($0) } + [10]
        var found: [ArraySlice<UInt8>] = []
        var begin = 0
        while begin < length {
            let from = begin
            let offset = bytes.withUnsafeBytes { buffer -> Int? in
                guard let base = buffer.baseAddress else { return nil }
                return spillway_find(base + from, length - from, wanted, wanted.count).map { $0 - base }
            }
            guard let offset else { break }
            let end = offset + wanted.count - 1
            let start = bytes[..<offset].lastIndex(of: 10).map { $0 + 1 } ?? 0
            found.append(bytes[start..<end])
            begin = end + 1
        }
        return found
    }
}
