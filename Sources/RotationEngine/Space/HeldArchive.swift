import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

/// What a deleted file held, saved compressed under a name of its own.
struct HeldArchive: ~Copyable {
    /// Where it is.
    let path: Path
    private let pending: PendingFile
    /// How much of the file is in it.
    private let savedBytes: Int64

    /// Saves the first bytes of a file. When this returns the archive is on the disk with its name, which it has not taken
    /// from anything; who it belongs to and who may read it is as with the file.
    static func save(_ file: borrowing Descriptor, upTo limit: Int64, in directory: Directory) throws -> HeldArchive {
        let name = try freeName(for: file, in: directory)
        let pending = try PendingFile.begin(in: directory, name: name, attributes: FileAttributes(of: file))
        do {
            var content = try HeldContent(file)
            try content.copy(file, upTo: limit, to: pending.descriptor)
            try content.finish(to: pending.descriptor)
            try pending.commit()
        } catch {
            guard let left = pending.abandon() else { throw error }
            throw HeldRemains(description: "\(error); \(left)")
        }
        return HeldArchive(path: directory.path.appending(name), pending: pending, savedBytes: limit)
    }

    /// More rounds than this are not tried: it grows faster than it can be saved.
    private static let roundLimit = 100

    /// For file systems without holes, where every writer appends: saves what came since as further members of the archive,
    /// until nothing did, and truncates the file. What comes between the last look and the truncation, two system calls, is
    /// lost: there is no other way there.
    func addRestAndTruncate(_ file: borrowing Descriptor) throws {
        var offset = savedBytes
        for _ in 0..<Self.roundLimit {
            let size = try file.status().sizeBytes
            if size == offset { return try file.truncate(to: 0) }
            var content = try HeldContent(from: offset)
            try content.copy(file, upTo: size, to: pending.descriptor)
            try content.finish(to: pending.descriptor)
            try pending.descriptor.sync()
            offset = size
        }
        throw HeldGrowth()
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

private struct HeldRemains: Error, CustomStringConvertible {
    let description: String
}

private struct HeldGrowth: Error, CustomStringConvertible {
    let description = "it grows faster than it can be saved; it was not freed"
}

/// The content of a file on its way through a compressor.
struct HeldContent {
    private static let chunkBytes = 1 << 20
    /// No configuration says otherwise where held files are saved.
    private static let workers = GzipWorkers.threads(RunSettings())
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
        compressor = try GzipCompressor(workers: Self.workers)
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
                try compressor.append(UnsafeRawBufferPointer(rebasing: bytes[range]), to: { try target.writeAll($0) })
            }
            file.dropCache(from: position, lengthBytes: Int64(count))
            offset += Int64(count)
        }
    }

    mutating func finish(to target: borrowing Descriptor) throws {
        try compressor.finish { try target.writeAll($0) }
    }
}

private struct HeldTruncation: Error, CustomStringConvertible {
    let description = "it became shorter while it was saved; it was not freed"
}
