import Gzip
public import LinuxSystem
public import RotationCore

/// Reads a part of a log's history, in memory that does not grow with it.
public final class PartReader {
    /// nil of a gzip file, which its reader has.
    private let file: Descriptor?
    private var offset: Int64 = 0
    private var runs: ArraySlice<JournalEntry.Run>
    private var gzip: GzipReader?

    /// A plain file, of which these pieces count.
    public init(_ file: consuming Descriptor, runs: [JournalEntry.Run]) {
        self.file = .some(file)
        self.runs = runs[...]
        offset = runs.first?.offset ?? 0
    }

    /// A gzip file.
    public init(gzip file: consuming Descriptor) throws {
        self.file = nil
        runs = []
        let source = FileSource(file)
        gzip = try GzipReader { try source.read(into: $0) }
    }

    /// Fills a buffer; how many bytes, 0 at the end. Throws when all that came before a fault has been read.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let gzip { return try gzip.read(into: buffer) }
        while let run = runs.first {
            let wanted = Int(min(Int64(buffer.count), run.end - offset))
            let window = UnsafeMutableRawBufferPointer(rebasing: buffer[..<max(0, wanted)])
            let count = wanted > 0 ? try file?.read(into: window, at: offset) ?? 0 : 0
            offset += Int64(count)
            if count > 0 { return count }
            runs = runs.dropFirst()
            if let next = runs.first { offset = next.offset }
        }
        return 0
    }

    /// How far a plain file was read.
    public var position: Int64 { offset }
}
