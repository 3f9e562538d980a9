import Gzip
package import LinuxSystem
package import RotationCore

/// Compares what is compressed with what is not.
package enum ContentComparison {
    private static let chunkBytes = 1 << 20

    /// Whether a gzip file holds exactly these pieces of another file. One that is damaged or cannot be read does not.
    package static func expands(
        _ archive: consuming Descriptor, to runs: [JournalEntry.Run], of original: borrowing Descriptor
    ) -> Bool {
        var expanded = [UInt8](repeating: 0, count: chunkBytes)
        let source = FileSource(archive)
        do {
            let reader = try GzipReader { try source.read(into: $0) }
            for run in runs {
                var offset = run.offset
                while offset < run.end {
                    let wanted = Int(min(Int64(chunkBytes), run.end - offset))
                    let count = try expanded.withUnsafeMutableBytes {
                        try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
                    }
                    guard count > 0, try original.bytes(at: offset, count: count) == Array(expanded[..<count]) else {
                        return false
                    }
                    offset += Int64(count)
                }
            }
            return try expanded.withUnsafeMutableBytes { try reader.read(into: $0) } == 0
        } catch {
            return false
        }
    }
}

extension ContentComparison {
    /// Whether a plain file holds exactly these pieces of another file, one behind the other.
    package static func isCopy(
        _ archive: borrowing Descriptor, of runs: [JournalEntry.Run], of original: borrowing Descriptor
    ) -> Bool {
        do throws(SystemError) {
            let size = try archive.status().sizeBytes
            guard runs.reduce(0, { $0 + $1.count }) == size else { return false }
            var place: Int64 = 0
            for run in runs {
                var offset = run.offset
                while offset < run.end {
                    let bytes = try original.bytes(at: offset, count: Int(min(Int64(chunkBytes), run.end - offset)))
                    guard !bytes.isEmpty, try archive.bytes(at: place, count: bytes.count) == bytes else {
                        return false
                    }
                    offset += Int64(bytes.count)
                    place += Int64(bytes.count)
                }
            }
            return true
        } catch {
            return false
        }
    }
}

/// What is in a gzip file.
package enum GzipContent {
    /// Its first bytes, fewer where it holds less; none where it is damaged.
    package static func beginning(of archive: consuming Descriptor, bytes count: Int) -> [UInt8] {
        var content = [UInt8](repeating: 0, count: count)
        let source = FileSource(archive)
        do {
            let reader = try GzipReader { try source.read(into: $0) }
            var filled = 0
            while filled < count {
                let got = try content.withUnsafeMutableBytes {
                    try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
                }
                if got == 0 { break }
                filled += got
            }
            return Array(content[..<filled])
        } catch {
            return []
        }
    }
}
