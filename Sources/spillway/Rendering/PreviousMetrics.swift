import HostObservation
import LinuxSystem

/// What a file of figures holds from the run before: counters go on from there, and the last success is kept. Without it they
/// begin anew, as counters may.
struct PreviousMetrics {
    private var values: [String: Int64] = [:]

    /// Only these are asked for; a file has a line for each log too.
    private static let prefixes = ["spillway_errors_", "spillway_evicted_", "spillway_last_success_"]
    private static let limitBytes = 64 << 20

    /// What is in a file; nothing where it cannot be read.
    init(_ path: Path) {
        // Its directory is often its reader's, who could have put a link to a device there.
        guard let bytes = (try? StoredFile.read(path)) ?? nil, bytes.count <= Self.limitBytes else { return }
        for bytes in bytes.split(separator: UInt8(ascii: "\n")) {
            guard Self.prefixes.contains(where: { bytes.starts(with: $0.utf8) }) else { continue }
            let line = String(decoding: bytes, as: UTF8.self)
            guard let blank = line.lastIndex(of: " "), let value = Int64(line[line.index(after: blank)...]) else {
                continue
            }
            values[String(line[..<blank])] = value
        }
    }

    /// A value by its name and labels.
    func integer(_ name: String) -> Int64? { values[name] }

    /// A counter with what has come to it.
    func count(_ name: String, adding more: Int64) -> Int64 {
        let (sum, overflow) = max(0, values[name] ?? 0).addingReportingOverflow(more)
        return overflow ? more : sum
    }
}
