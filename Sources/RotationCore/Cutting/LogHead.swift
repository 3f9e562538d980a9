/// The first block of a log, which stays where it is when the log is cut and keeps its size: programs that follow logs know
/// a file by its first bytes, up to its first line. Pure: the bytes come in.
public enum LogHead {
    /// At least so much stays, in bytes: followers look at 256 bytes to 1 KiB.
    public static let smallestBytes: Int64 = 4096
    /// A first line that does not end within these bytes is not kept whole; blocks are not larger either.
    public static let largestBytes: Int64 = 64 << 10

    /// How much stays of a log that is cut: whole blocks with the whole first line in them; 0 where the log begins with a
    /// hole, or NULs, so that nobody knows it by its first bytes.
    ///
    /// - Parameters:
    ///   - start: the log's first `largestBytes`, or all of it.
    ///   - blockBytes: what its file system allocates at once.
    public static func length(of start: [UInt8], blockBytes: Int64) -> Int64 {
        guard let first = start.first, first != 0 else { return 0 }
        let block = min(max(blockBytes, smallestBytes), largestBytes)
        guard let newline = start.firstIndex(of: UInt8(ascii: "\n")) else { return block }
        return Int64(newline) / block * block + block
    }

    /// Whether it has the same line several times and no other. Where no hole follows it such a head is no proof: a log
    /// that was truncated, and got more of the same, looks alike.
    public static func isMonotonous(_ head: [UInt8]) -> Bool {
        guard let newline = head.firstIndex(of: UInt8(ascii: "\n")) else { return false }
        let line = newline + 1
        guard head.count >= 2 * line else { return false }
        return head.indices.dropFirst(line).allSatisfy { head[$0] == head[$0 - line] }
    }
}
