/// Finds what a run gave back in its report as JSON, piece by piece as it comes: a report can be long, and nothing else of it
/// is kept.
struct RunReportReader {
    /// What was given back, in bytes; nil: that was not read yet.
    private(set) var freedBytes: Int64?
    private var rest: [UInt8] = []

    /// Quotation marks in a path are written with a backslash: this stands nowhere else.
    private static let mark = Array("],\"freed\":".utf8)

    /// The next piece.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        guard freedBytes == nil else { return }
        rest += bytes
        while let start = rest.firstIndex(of: Self.mark[0]) {
            rest.removeFirst(start)
            guard rest.count >= Self.mark.count else { return }
            if rest.starts(with: Self.mark) {
                let number = rest.dropFirst(Self.mark.count)
                // It goes on in the next piece.
                guard let end = number.firstIndex(of: UInt8(ascii: ",")) else { return }
                freedBytes = Int64(String(decoding: number[..<end], as: UTF8.self))
                return
            }
            rest.removeFirst()
        }
        rest.removeAll(keepingCapacity: true)
    }
}
