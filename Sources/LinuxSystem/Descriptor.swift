import CLinux
import Glibc
import SystemPackage

/// An open file, closed when its owner goes out of scope.
public struct Descriptor: ~Copyable, Sendable {
    /// The kernel's number. It is valid as long as this value lives.
    public let number: CInt
    /// What it was opened as, for messages.
    public let path: Path

    package init(number: CInt, path: Path) {
        self.number = number
        self.path = path
    }

    deinit {
        // An error of close(2) has nothing to say here: whoever cares for the data calls `sync` before.
        close(number)
    }

    /// One that whoever started this process has left to it. Throws where there is none.
    public static func inherited(_ number: CInt) throws(SystemError) -> Descriptor {
        try call("use the descriptor \(number)") { fcntl(number, F_SETFD, FD_CLOEXEC) }
        return Descriptor(number: number, path: "inherited")
    }

    /// Another descriptor of the same open file: fcntl(2), F_DUPFD_CLOEXEC.
    public func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(number: try call("open again", path) { fcntl(number, F_DUPFD_CLOEXEC, 0) }, path: path)
    }

    /// Size, mode, identity: fstat(2).
    public func status() throws(SystemError) -> FileStatus {
        var raw = stat()
        try call("stat", path) { fstat(number, &raw) }
        return FileStatus(raw)
    }

    /// What `status` tells, and when it was last read, by one fstat(2).
    public func statusAndAccess() throws(SystemError) -> (status: FileStatus, accessed: Timestamp) {
        var raw = stat()
        try call("stat", path) { fstat(number, &raw) }
        let accessed = Timestamp(seconds: Int64(raw.st_atim.tv_sec), nanoseconds: Int64(raw.st_atim.tv_nsec))
        return (FileStatus(raw), accessed)
    }

    /// The size, asked of the server where the file system has one and its answers are cached: statx(2),
    /// AT_STATX_FORCE_SYNC.
    public func freshSizeBytes() throws(SystemError) -> Int64 {
        let size = spillway_fresh_size(number)
        return size >= 0 ? size : try status().sizeBytes
    }

    /// Reads up to `buffer.count` bytes at `offset`; 0 at the end. pread(2).
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        try call("read", path) { pread(number, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Reads up to `buffer.count` bytes at the current position; 0 at the end. read(2).
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try call("read", path) { Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    /// The whole content from the start.
    ///
    /// Throws EFBIG where it is larger than `limitBytes`.
    public func readAll(limitBytes: Int) throws(SystemError) -> [UInt8] {
        try readAll(limitBytes: limitBytes, sizeBytes: status().sizeBytes)
    }

    /// The same of a file whose size was asked for already.
    public func readAll(limitBytes: Int, sizeBytes: Int64) throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        // What is small is read at once, and no more memory is touched than it needs. Files of /proc have no size.
        var room = Int(clamping: min(max(sizeBytes, 4096), 1 << 20))
        while true {
            let offset = Int64(content.count)
            let piece = try bytes(upTo: room, at: offset)
            if piece.isEmpty { return content }
            if content.isEmpty { content = piece } else { content += piece }
            if content.count > limitBytes { throw SystemError("read", path, .fileTooLarge) }
            // That is all that was there; no further call has to say so.
            if content.count == sizeBytes { return content }
            room = 65536
        }
    }

    /// As many bytes as one call gives, in memory that is not written to before. pread(2).
    private func bytes(upTo count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Bytes at an offset; fewer where the file ends. pread(2), repeated after short reads.
    public func bytes(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        guard count > 0 else { return [] }
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                while filled < count {
                    let rest = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
                    let got = try read(into: rest, at: offset + Int64(filled))
                    if got == 0 { break }
                    filled += got
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Whether no process has the file open for writing, or mapped so. nil where that cannot be told: leases are switched
    /// off, refused for rights, or unknown to the file system.
    ///
    /// A read lease is granted if and only if there is no writer (fcntl(2), F_SETLEASE); it is given back at once. This
    /// descriptor must be open for reading only.
    public func hasNoWriter() -> Bool? {
        if spillway_take_read_lease(number) == 0 {
            _ = spillway_give_lease_back(number)
            return true
        }
        return errno == EAGAIN ? false : nil
    }

    /// An extended attribute's value, nil where there is none or the file system has none. fgetxattr(2).
    public func attribute(_ name: String) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            let size = try call("read \(name) of", path) { fgetxattr(number, name, nil, 0) }
            var value = [UInt8](repeating: 0, count: size)
            let count = try call("read \(name) of", path) { fgetxattr(number, name, &value, value.count) }
            return Array(value[..<count])
        } catch {
            if error.errno == .noData || error.errno == .notSupported { return nil }
            throw error
        }
    }

    /// Tells the kernel that this part of the page cache is not needed again: posix_fadvise(2). Only advice, so no error.
    public func dropCache(from offset: Int64, lengthBytes: Int64) {
        posix_fadvise(number, off_t(offset), off_t(lengthBytes), POSIX_FADV_DONTNEED)
    }

    /// Tells the kernel to read only what is asked for: posix_fadvise(2). What it reads ahead in space that was reserved and
    /// not written counts as data afterwards (lseek(2), SEEK_DATA).
    public func adviseRandom() {
        posix_fadvise(number, 0, 0, POSIX_FADV_RANDOM)
    }

    /// Tells the kernel that it will be read from start to end: posix_fadvise(2).
    public func adviseSequential() {
        posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
    }
}

extension Descriptor {
    /// Opens a file or directory for reading and follows links, as for a configuration that an administrator named.
    /// FIFOs are not waited for.
    public static func open(_ path: Path) throws(SystemError) -> Descriptor {
        let number = try path.withCString { pointer throws(SystemError) in
            try call("open", path) {
                spillway_openat(AT_FDCWD, pointer, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0)
            }
        }
        return Descriptor(number: number, path: path)
    }
}
