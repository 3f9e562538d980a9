import CLinux
import Glibc
import SystemPackage

/// A part of a file that holds data: between two holes, or a hole and the end.
public struct DataExtent: Hashable, Sendable {
    /// Where it begins.
    public var offset: Int64
    /// Where it ends, which is not part of it.
    public var end: Int64

    /// A part of a file.
    public init(offset: Int64, end: Int64) {
        self.offset = offset
        self.end = end
    }
}

extension Descriptor {
    /// Whether a hole gives back only what no other part of the file was written together with: btrfs, unless it writes in
    /// place. Measured on Linux 6.18: 4 KiB that stay of a log of 150 MB keep 73 MB.
    public var freesWholeExtents: Bool { spillway_file_system_type(number) & 0xffff_ffff == 0x9123_683e }

    /// The largest size that a file of this file system can have, in bytes, to a power of two: lseek(2) refuses positions
    /// behind it. Moves the position.
    public var largestFileBytes: Int64 {
        for power in stride(from: Int64(62), through: 30, by: -1) where lseek(number, off_t(1 << power), SEEK_SET) >= 0
        {
            return 1 << power
        }
        return 1 << 30
    }

    /// The first data at or behind an offset; nil where only a hole or nothing follows. lseek(2), SEEK_DATA, SEEK_HOLE.
    ///
    /// A file system without holes answers that all is data. Blocks that were allocated and not written are none. Where the
    /// file system cannot say where the data ends, no hole is known: all that follows is data.
    public func nextData(from offset: Int64) throws(SystemError) -> DataExtent? {
        do throws(SystemError) {
            let begin = try call("look for data in", path) { spillway_seek_data(number, offset) }
            // A device such as /dev/zero answers 0 to each question; whoever goes on from there would do so for ever.
            guard begin >= offset else { return nil }
            let end = try endOfData(from: begin)
            return end > begin ? DataExtent(offset: begin, end: end) : nil
        } catch {
            // ENXIO: no data. It can also have gone between the two calls.
            if error.errno == .noSuchAddressOrDevice { return nil }
            throw error
        }
    }

    /// Puts a file that ext4 still counts as one in its inode on the disk, which makes an ordinary one of it. fsync(2).
    ///
    /// Linux (6.18) loses what is written to such a file while somebody reads at its end: of 150,000 lines 17,000, with
    /// nothing but a `tail -F` beside. Best effort: what it fails of is said by whatever comes next.
    public func leaveInode() {
        guard spillway_file_system_type(number) == 0xef53, spillway_has_inline_data(number) != 0 else { return }
        _ = fsync(number)
    }

    private func endOfData(from begin: Int64) throws(SystemError) -> Int64 {
        do throws(SystemError) {
            return try call("look for a hole in", path) { spillway_seek_hole(number, begin) }
        } catch {
            guard Self.cannotBeAnswers.contains(error.errno) else { throw error }
            let size = try status().sizeBytes
            // It was truncated between the two calls.
            guard size > begin else { throw SystemError("look for a hole in", path, .noSuchAddressOrDevice) }
            return size
        }
    }

    /// Errors that lseek(2) does not have, or that say that the question is not known. ext4 with inline_data answers ENOENT
    /// to SEEK_HOLE while what was written waits for its blocks (Linux 6.18). EIO and what a server says when it is gone are
    /// answers.
    private static let cannotBeAnswers: Set<Errno> = [
        .noSuchFileOrDirectory, .invalidArgument, .notSupported, .noFunction,
    ]
}
