import Gzip
import LinuxSystem

/// A file read from its start to its end.
private final class Source {
    private let file: Descriptor
    private var offset: Int64 = 0

    init(_ file: consuming Descriptor) {
        self.file = file
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try file.read(into: buffer, at: offset)
        offset += Int64(count)
        return count
    }
}

/// Compares what is compressed with what is not.
enum ContentComparison {
    private static let chunkBytes = 1 << 20

    /// Whether a gzip file holds exactly what another file holds. One that is damaged or cannot be read does not.
    static func expands(_ archive: consuming Descriptor, to original: borrowing Descriptor) -> Bool {
        var expanded = [UInt8](repeating: 0, count: chunkBytes)
        var plain = [UInt8](repeating: 0, count: chunkBytes)
        var offset: Int64 = 0
        let source = Source(archive)
        do {
            let reader = try GzipReader { try source.read(into: $0) }
            while true {
                let count = try expanded.withUnsafeMutableBytes { try reader.read(into: $0) }
                var filled = 0
                while filled < count {
                    let have = filled
                    let got = try plain.withMutableBytes {
                        try original.read(
                            into: UnsafeMutableRawBufferPointer(rebasing: $0[have..<count]), at: offset + Int64(have))
                    }
                    if got == 0 { return false }
                    filled += got
                }
                if count == 0 { return try original.status().sizeBytes == offset }
                guard expanded[..<count] == plain[..<count] else { return false }
                offset += Int64(count)
            }
        } catch {
            return false
        }
    }
}
