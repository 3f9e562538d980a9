package import Gzip
import HostObservation
import LinuxChanges
package import LinuxSystem
package import RotationCore

/// Copies what a file holds into another, compressed or as it is, in memory that does not grow with it.
package final class ContentCopy {
    private static let chunkBytes = 1 << 20

    private let compressor: GzipCompressor?
    // Pages that are not written to take no memory, and no time.
    private var buffer: UnsafeMutableRawBufferPointer?
    private let onProgress: (Int64) throws -> Void
    /// How far the source has been copied.
    package var offset: Int64 = 0
    /// How much has been copied.
    package private(set) var copiedBytes: Int64 = 0

    /// - Parameters:
    ///   - level: gzip's level; nil copies as it is.
    ///   - workers: the threads that compress; nil for the caller's.
    ///   - offset: where in the source to begin.
    ///   - onProgress: called with the offset after each piece; what it throws ends the copy.
    package init(
        level: Int?, workers: GzipWorkers?, from offset: Int64 = 0,
        onProgress: @escaping (Int64) throws -> Void = { _ in }
    ) throws(GzipError) {
        compressor = try level.map { level throws(GzipError) in try GzipCompressor(level: level, workers: workers) }
        self.offset = offset
        self.onProgress = onProgress
    }

    deinit {
        buffer?.deallocate()
    }

    /// Copies from where it is up to the end of the source, or as far as it is told to; how many bytes that were.
    @discardableResult
    package func copyToEnd(
        from source: borrowing Descriptor, to target: borrowing Descriptor, atMost limit: Int64 = .max
    ) throws -> Int64 {
        let start = offset
        while offset < limit {
            let position = offset
            let wanted = Int(min(Int64(Self.chunkBytes), limit - position))
            let count = try copy(atMost: wanted, from: source, at: position, to: target)
            if count == 0 { break }
            // What has been archived is not read again soon, but for the samples at both ends of it: of a small log that is all,
            // and would come from the disk each time.
            if copiedBytes > 0 { source.dropCache(from: position, lengthBytes: Int64(count)) }
            offset += Int64(count)
            copiedBytes += Int64(count)
            try onProgress(offset)
        }
        return offset - start
    }

    /// Copies runs of bytes. False where the source ends before they do: what it had is copied.
    package func copy(
        _ runs: [JournalEntry.Run], from source: borrowing Descriptor, to target: borrowing Descriptor
    ) throws -> Bool {
        for run in runs {
            offset = run.offset
            guard try copyToEnd(from: source, to: target, atMost: run.end) == run.count else { return false }
        }
        return true
    }

    /// Copies runs of bytes to the places in a plain file that they have in the source, and leaves out what is a hole there:
    /// it becomes one. False where the source ends before they do: what it had is copied.
    ///
    /// - Parameters:
    ///   - base: what of the source is before the target's start.
    ///   - end: how far the target goes, counted in the source: it can end with a hole.
    package func copy(
        _ runs: [JournalEntry.Run], withHolesFrom base: Int64, to end: Int64, of source: borrowing Descriptor,
        into target: borrowing Descriptor
    ) throws -> Bool {
        for run in runs {
            var next = run.offset
            while next < run.end, let extent = try source.nextData(from: next), extent.offset < run.end {
                let begin = max(next, extent.offset)
                next = max(min(extent.end, run.end), begin + 1)
                try target.seek(to: begin - base)
                guard try copy([JournalEntry.Run(offset: begin, count: next - begin)], from: source, to: target) else {
                    return false
                }
            }
        }
        guard try source.status().sizeBytes >= runs.last?.end ?? 0 else { return false }
        try target.truncate(to: end - base)
        try target.seek(to: end - base)
        return true
    }

    private func copy(
        atMost wanted: Int, from source: borrowing Descriptor, at position: Int64, to target: borrowing Descriptor
    ) throws -> Int {
        if let compressor {
            // Straight into the compressor's block.
            return try compressor.append(upTo: wanted, to: { try target.writeAll($0) }) {
                try source.read(into: $0, at: position)
            }
        }
        let bytes = buffer ?? .allocate(byteCount: Self.chunkBytes, alignment: 4096)
        buffer = bytes
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]), at: position)
        try target.writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        return count
    }

    /// Nothing more is copied; what is left is compressed while the caller goes on to something else.
    package func endInput() {
        compressor?.endInput()
    }

    /// Whether `finish` would not have to wait.
    package var isReady: Bool { compressor?.isReady ?? true }

    /// Writes what the compression still holds. Nothing can be copied afterwards.
    package func finish(to target: borrowing Descriptor) throws {
        try compressor?.finish { try target.writeAll($0) }
    }
}
