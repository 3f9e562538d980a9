public import LinuxSystem

/// A state file's content that waits in the journal, because there was no room for the file.
public struct ReservedState: Hashable, Sendable {
    /// Counts up with each write; the higher of two holds.
    public var sequence: UInt64
    /// The state file it belongs to.
    public var file: Path
    /// What the file is to hold; empty where it has been written since.
    public var content: [UInt8]

    /// A state file's content.
    public init(sequence: UInt64, file: Path, content: [UInt8]) {
        self.sequence = sequence
        self.file = file
        self.content = content
    }

    private static let magic: [UInt8] = Array("SPWSTATE".utf8)
    /// Bytes before path and content: magic, sequence, two lengths, checksum.
    public static let headerBytes = 28

    /// All of it.
    public func encoded() -> [UInt8] {
        var bytes = Self.magic
        Self.append(sequence, 8, to: &bytes)
        Self.append(UInt64(file.bytes.count), 4, to: &bytes)
        Self.append(UInt64(content.count), 4, to: &bytes)
        let checksum = Checksum.crc32(bytes + file.bytes + content)
        Self.append(UInt64(checksum), 4, to: &bytes)
        return bytes + file.bytes + content
    }

    /// How many bytes there are in all, by their first ones; nil where there are none.
    public static func length(of header: [UInt8]) -> Int? {
        guard header.count >= headerBytes, Array(header.prefix(8)) == magic else { return nil }
        return headerBytes + number(header[16..<20]) + number(header[20..<24])
    }

    /// Reads it; nil where it is not whole.
    public static func decode(_ bytes: [UInt8]) -> ReservedState? {
        guard let length = length(of: bytes), bytes.count >= length else { return nil }
        let pathCount = number(bytes[16..<20])
        let body = bytes[headerBytes..<length]
        guard number(bytes[24..<28]) == Int(Checksum.crc32(bytes[..<24] + body)) else { return nil }
        return ReservedState(
            sequence: bytes[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) },
            file: Path(bytes: body.prefix(pathCount)), content: Array(body.dropFirst(pathCount)))
    }

    private static func append(_ number: UInt64, _ width: Int, to bytes: inout [UInt8]) {
        for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
