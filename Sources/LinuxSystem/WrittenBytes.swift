import SystemPackage

/// How much processes have written, to whatever files: `wchar` of /proc/PID/io.
///
/// What is written between two looks is what its file cannot tell any more once it was truncated.
public struct WrittenBytes: Sendable {
    private var counts: [Int32: Int64] = [:]

    /// Looks at these processes; nil where one of them cannot be looked into, or has gone.
    public init?(by processes: Set<Int32>) {
        for process in processes {
            guard let text = (try? ProcessFile.text(process, "io")) ?? nil, let count = Self.count(in: text) else {
                return nil
            }
            counts[process] = count
        }
    }

    /// How much more there is in a later look at the same processes, in bytes.
    public func grown(until later: WrittenBytes) -> Int64 {
        counts.reduce(0) { sum, item in sum + max(0, (later.counts[item.key] ?? item.value) - item.value) }
    }

    private static func count(in text: String) -> Int64? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("wchar: ") }
        return line.flatMap { Int64($0.dropFirst("wchar: ".count)) }
    }
}
