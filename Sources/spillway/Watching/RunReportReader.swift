/// Finds what a run achieved in its report as JSON, piece by piece as it comes: a report can be long, and nothing else of it is
/// kept.
struct RunReportReader {
    /// What it gave back altogether, in bytes; what a writer wrote meanwhile is taken off.
    private(set) var freedBytes: Int64 = 0
    /// What it archived out of logs, in bytes, whatever was written meanwhile.
    private(set) var archivedBytes: Int64 = 0
    /// What may belong to a number that goes on in the next piece.
    private var rest: [UInt8] = []

    /// Quotation marks within a text are written with a backslash before them: these stand nowhere else.
    private static let archived = Array(",\"archived\":".utf8)
    private static let freed = Array(",\"freed\":".utf8)

    /// The next piece.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        rest += bytes
        var position = 0
        while let start = rest[position...].firstIndex(of: UInt8(ascii: ",")) {
            position = start
            let ahead = rest[start...]
            let isArchived = ahead.starts(with: Self.archived)
            if isArchived || ahead.starts(with: Self.freed) {
                let number = ahead.dropFirst(isArchived ? Self.archived.count : Self.freed.count)
                guard let end = number.firstIndex(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }) else {
                    break
                }
                let value = Int64(String(decoding: number[..<end], as: UTF8.self)) ?? 0
                if isArchived { archivedBytes += min(value, 1 << 50) } else { freedBytes = value }
                position = end
            } else if ahead.count < Self.archived.count {
                break
            } else {
                position = start + 1
            }
        }
        let next = rest[position...].firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
        rest.removeFirst(next)
    }
}
