import Gzip
import LinuxSystem
import RotationCore
import SystemPackage

/// Saves what a deleted file holds, compressed, under a name of its own.
enum HeldArchive {
    /// Saves the first bytes of a file. When this returns the archive is on the disk with its name, which it has not taken
    /// from anything; who it belongs to and who may read it is as with the file.
    static func save(_ file: borrowing Descriptor, upTo limit: Int64, in directory: Directory) throws -> Path {
        let name = try freeName(for: file, in: directory)
        let pending = try PendingFile.begin(in: directory, name: name, attributes: FileAttributes(of: file))
        do {
            var content = try HeldContent(file)
            try content.copy(file, upTo: limit, to: pending.descriptor)
            try content.finish(to: pending.descriptor)
            try pending.commit()
        } catch {
            pending.abandon()
            throw error
        }
        return directory.path.appending(name)
    }

    /// More rounds than this are not tried: it grows faster than it can be saved.
    private static let roundLimit = 100

    /// Saves all of a file and truncates it, for file systems without holes, where every writer appends. What comes between
    /// the last look and the truncation, two system calls, is lost: there is no other way there.
    static func saveAndTruncate(_ file: borrowing Descriptor, in directory: Directory) throws -> Path {
        let name = try freeName(for: file, in: directory)
        let pending = try PendingFile.begin(in: directory, name: name, attributes: FileAttributes(of: file))
        var offset: Int64 = 0
        do {
            offset = try append(file, from: 0, to: pending.descriptor)
            try pending.commit()
        } catch {
            pending.abandon()
            throw error
        }
        for _ in 0..<roundLimit {
            if try file.status().sizeBytes == offset {
                try file.truncate(to: 0)
                return directory.path.appending(name)
            }
            // A further member of the same archive: what came while it was compressed and synced.
            offset = try append(file, from: offset, to: pending.descriptor)
            try pending.descriptor.sync()
        }
        throw HeldGrowth(archive: directory.path.appending(name))
    }

    /// Adds a member with what follows an offset; where it ends.
    private static func append(
        _ file: borrowing Descriptor, from offset: Int64, to target: borrowing Descriptor
    ) throws -> Int64 {
        var content = offset == 0 ? try HeldContent(file) : try HeldContent(from: offset)
        let size = try file.status().sizeBytes
        try content.copy(file, upTo: size, to: target)
        try content.finish(to: target)
        return size
    }

    /// `NAME.held-INODE.gz`, or with a number more where an earlier one has that.
    private static func freeName(for file: borrowing Descriptor, in directory: Directory) throws -> Path {
        let inode = try file.status().identity.inode
        for number in 1...10_000 {
            let suffix = Path(".held-\(inode)\(number == 1 ? "" : "-\(number)").gz")
            let name = Path(bytes: file.path.name.bytes.prefix(255 - suffix.bytes.count)) + suffix
            if try directory.status(of: name) == nil { return name }
        }
        throw SystemError("create", directory.path, .fileExists)
    }
}

private struct HeldGrowth: Error, CustomStringConvertible {
    let archive: Path
    var description: String { "it grows faster than it can be saved in \(archive); it was not freed" }
}

/// The content of a file on its way through a compressor.
struct HeldContent {
    private static let chunkBytes = 1 << 20
    private let compressor: GzipCompressor
    private var buffer = [UInt8](repeating: 0, count: HeldContent.chunkBytes)
    private var offset: Int64
    /// NULs before the first other byte belong to the hole that a cut left, as far as its last block.
    private var skipsNULs = false

    /// From the beginning: a hole there is what was freed before, and no content.
    init(_ file: borrowing Descriptor) throws {
        try self.init(from: 0)
        guard let first = try file.nextData(from: 0) else {
            offset = try file.status().sizeBytes
            return
        }
        offset = first.offset
        skipsNULs = first.offset > 0
    }

    /// From an offset.
    init(from offset: Int64) throws {
        compressor = try GzipCompressor()
        self.offset = offset
    }

    /// Compresses up to an offset. A file that ends before has been truncated, and what was to be saved is lost.
    mutating func copy(
        _ file: borrowing Descriptor, upTo limit: Int64, to target: borrowing Descriptor
    ) throws {
        while offset < limit {
            let position = offset
            let wanted = Int(min(Int64(Self.chunkBytes), limit - position))
            let count = try buffer.withMutableBytes {
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]), at: position)
            }
            guard count > 0 else { throw HeldTruncation() }
            var piece = buffer[..<count]
            if skipsNULs {
                piece = piece.drop { $0 == 0 }
                skipsNULs = piece.isEmpty
            }
            let range = piece.startIndex..<piece.endIndex
            try buffer.withBytes { bytes in
                try compressor.append(UnsafeRawBufferPointer(rebasing: bytes[range])) { output throws(SystemError) in
                    try target.writeAll(output)
                }
            }
            file.dropCache(from: position, lengthBytes: Int64(count))
            offset += Int64(count)
        }
    }

    mutating func finish(to target: borrowing Descriptor) throws {
        try compressor.finish { output throws(SystemError) in try target.writeAll(output) }
    }
}

private struct HeldTruncation: Error, CustomStringConvertible {
    let description = "it became shorter while it was saved; it was not freed"
}
