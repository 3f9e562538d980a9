import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore

/// What a truncation took away that is in no archive: as much as the log's writers can have written between the last look at
/// its size and the truncation. A time does not say that: whoever waited for the file's lock writes all at once.
struct TruncationLoss {
    private let writers: [Holder]
    /// How much larger the log was than what its writers had written by then: what they wrote before, and elsewhere. It is never
    /// too small, as the size is looked at behind the count, and the smallest of a few looks is nearest to the truth.
    private let others: Int64?

    /// Looks on each side of the truncation: each of them counts what is written while it is taken.
    private static let looks = 4
    /// Nobody is waited for longer: how much is lost is unknown then.
    private static let longestSeconds = 2.0

    /// Begins the measure: right before the last look at the log's size.
    init(_ file: borrowing Descriptor, _ holders: HolderKnowledge) throws {
        writers = holders.writers
        var least: Int64?
        for _ in 0..<Self.looks {
            guard let written = writtenBytes(by: Set(writers.map(\.process))) else {
                least = nil
                break
            }
            let difference = try file.freshSizeBytes() - written
            least = min(least ?? difference, difference)
        }
        others = least
    }

    /// Whether every write goes to the end, wherever that is.
    private var appends: Bool { writers.allSatisfy(\.appends) }

    /// Ends the measure: after the truncation.
    ///
    /// - Parameters:
    ///   - file: the log.
    ///   - archived: up to where it is archived.
    /// - Returns: how many bytes are lost at the most, and where the log goes on: a writer that does not append leaves a gap
    ///   before that. nil where it cannot be told.
    func measure(_ file: borrowing Descriptor, archived: Int64) throws -> (mostBytes: Int64, end: Int64)? {
        guard !writers.isEmpty else { return nil }
        guard appends else { return try measureGap(file, archived) }
        guard let others else { return nil }
        var least: Int64?
        for _ in 0..<Self.looks {
            // What is in the log now was written after the truncation. It is counted when its writers have counted it: one
            // that is kept from running has not.
            let size = try file.freshSizeBytes()
            guard writesHaveEnded(), let written = writtenBytes(by: Set(writers.map(\.process))) else { return nil }
            least = min(least ?? .max, written - size)
        }
        return least.map { (max(0, $0 + others - archived), 0) }
    }

    /// Waits until no writer is in the middle of a write that began before now; false where one stays there.
    private func writesHaveEnded() -> Bool {
        var writes = WritesInFlight(of: writers)
        let end = monotonicSeconds() + Self.longestSeconds
        while !writes.haveEnded() {
            guard monotonicSeconds() < end else { return false }
            sleep(microseconds: 100)
        }
        return true
    }

    /// Who does not append goes on at its place, and leaves NULs before that: all that is missing is in the gap.
    private func measureGap(_ file: borrowing Descriptor, _ archived: Int64) throws -> (mostBytes: Int64, end: Int64)? {
        // The first of them are counted, then the position is set.
        guard writesHaveEnded(), writesHaveEnded() else { return nil }
        let size = try file.freshSizeBytes()
        var end = archived
        if size > archived {
            while end < size {
                let bytes = try file.bytes(at: end, count: Int(min(1 << 20, size - end)))
                guard !bytes.isEmpty else { break }
                let count = LogContent.leadingNULs(bytes[...])
                end += Int64(count)
                if count < bytes.count { break }
            }
        } else {
            // Nothing was written since.
            end = writers.filter { !$0.appends }.map(position).max() ?? archived
        }
        guard end >= archived else { return nil }
        // Of several writers some may have written into the gap of another.
        return writers.count == 1 ? (end - archived, end) : nil
    }

    private func position(of writer: Holder) -> Int64 {
        guard let number = writer.descriptor else { return writer.position }
        return HolderTable.position(of: number, in: writer.process) ?? writer.position
    }

    /// `LogWriter (pid 12)`.
    var who: String { Set(writers.map(\.title)).sorted().joined(separator: ", ") }
}
