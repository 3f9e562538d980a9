import LinuxSystem
import RotationCore

/// What a truncation took away that is in no archive: as much as the log's writers can have written between the last look at
/// its size and the truncation. A time does not say that: whoever waited for the file's lock writes all at once.
struct TruncationLoss {
    private let log: Path
    private let writers: [Holder]
    /// What the writers had written before the last look.
    private let before: WrittenBytes?

    /// A writer that was kept from running between a write and its count has been counted after this, in milliseconds.
    private static let pauseMilliseconds: UInt32 = 5

    /// Begins the measure: right before the last look at the log's size.
    init(_ log: Path, _ holders: HolderKnowledge) {
        self.log = log
        writers = holders.writers
        before = WrittenBytes(by: Set(writers.map(\.process)))
    }

    /// Whether every write goes to the end, wherever that is.
    private var appends: Bool { writers.allSatisfy(\.appends) }

    /// Ends the measure: after the truncation.
    ///
    /// - Parameters:
    ///   - file: the log.
    ///   - looked: its size at the last look.
    ///   - archived: up to where it is archived.
    /// - Returns: how many bytes are lost at the most, and where the log goes on: a writer that does not append leaves a gap
    ///   before that. nil where it cannot be told.
    func measure(_ file: borrowing Descriptor, looked: Int64, archived: Int64) throws -> (mostBytes: Int64, end: Int64)?
    {
        guard !writers.isEmpty else { return nil }
        guard appends else { return try measureGap(file, archived) }
        sleep(milliseconds: Self.pauseMilliseconds)
        // What is in the log now was written after the truncation, and what came behind the last look is archived.
        let size = try file.freshSizeBytes()
        guard let before, let after = WrittenBytes(by: Set(writers.map(\.process))) else { return nil }
        return (max(0, before.grown(until: after) - (archived - looked) - size), 0)
    }

    /// Who does not append goes on at its place, and leaves NULs before that: all that is missing is in the gap.
    private func measureGap(_ file: borrowing Descriptor, _ archived: Int64) throws -> (mostBytes: Int64, end: Int64)? {
        sleep(milliseconds: Self.pauseMilliseconds)
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
