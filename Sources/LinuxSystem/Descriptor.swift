import CLinux
import Glibc
import SystemPackage

/// An open file, closed when its owner goes out of scope.
public struct Descriptor: ~Copyable, Sendable {
    /// The kernel's number. It is valid as long as this value lives.
    public let number: CInt
    /// What it was opened as, for messages.
    public let path: Path

    init(number: CInt, path: Path) {
        self.number = number
        self.path = path
    }

    deinit {
        // An error of close(2) has nothing to say here: whoever cares for the data calls `sync` before.
        close(number)
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
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let offset = Int64(content.count)
            let count = try chunk.withMutableBytes { buffer throws(SystemError) in
                try read(into: buffer, at: offset)
            }
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
            if content.count > limitBytes { throw SystemError("read", path, .fileTooLarge) }
        }
    }

    /// Writes all of `buffer` at the current position. write(2), repeated after short writes.
    public func writeAll(_ buffer: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let window = UnsafeRawBufferPointer(rebasing: rest)
            let count = try call("write", path) { write(number, window.baseAddress, window.count) }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes all of `bytes` at the current position.
    public func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        try bytes.withBytes { buffer throws(SystemError) in try writeAll(buffer) }
    }

    /// Writes all of `bytes` at an offset: pwrite(2), repeated after short writes.
    public func writeAll(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        try bytes.withBytes { buffer throws(SystemError) in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                written += try call("write", path) {
                    pwrite(number, rest.baseAddress, rest.count, off_t(offset) + off_t(written))
                }
            }
        }
    }

    /// Content is on the disk when this returns, times need not be: fdatasync(2).
    public func syncData() throws(SystemError) {
        try call("sync", path) { fdatasync(number) }
    }

    /// Asks btrfs to write this empty file in place: FS_NOCOW_FL. Where there is no such flag nothing is needed.
    public func avoidCopyOnWrite() {
        spillway_avoid_copy_on_write(number)
    }

    /// Content and size are on the disk when this returns: fsync(2).
    public func sync() throws(SystemError) {
        try call("sync", path) { fsync(number) }
    }

    /// Sets the size: ftruncate(2).
    public func truncate(to sizeBytes: Int64) throws(SystemError) {
        try call("truncate", path) { ftruncate(number, off_t(sizeBytes)) }
    }

    /// Sets the position that `writeAll` goes on from: lseek(2).
    public func seek(to offset: Int64) throws(SystemError) {
        try call("seek in", path) { lseek(number, off_t(offset), SEEK_SET) }
    }

    /// Sets the permission bits: fchmod(2).
    public func setMode(_ mode: UInt32) throws(SystemError) {
        try call("change the mode of", path) { fchmod(number, mode_t(mode)) }
    }

    /// Sets owner and group: fchown(2).
    public func setOwner(_ owner: UInt32, group: UInt32) throws(SystemError) {
        try call("change the owner of", path) { fchown(number, owner, group) }
    }

    /// Sets the time of the last change and keeps that of the last access: futimens(2).
    public func setModified(_ time: Timestamp) throws(SystemError) {
        let times = [
            timespec(tv_sec: 0, tv_nsec: Int(UTIME_OMIT_VALUE)),
            timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds)),
        ]
        try call("set the time of", path) { futimens(number, times) }
    }

    /// Takes a whole-file lock without waiting; false where somebody else has it. flock(2).
    public func tryLock() throws(SystemError) -> Bool {
        do throws(SystemError) {
            try call("lock", path) { flock(number, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.errno == .wouldBlock || error.errno == .resourceTemporarilyUnavailable { return false }
            throw error
        }
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

    /// Sets an extended attribute. fsetxattr(2).
    public func setAttribute(_ name: String, to value: [UInt8]) throws(SystemError) {
        try call("set \(name) of", path) { fsetxattr(number, name, value, value.count, 0) }
    }

    /// Removes an extended attribute, if it is there. fremovexattr(2).
    public func removeAttribute(_ name: String) throws(SystemError) {
        do throws(SystemError) {
            try call("remove \(name) of", path) { fremovexattr(number, name) }
        } catch {
            if error.errno != .noData && error.errno != .notSupported { throw error }
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

/// UTIME_OMIT of <sys/stat.h>, a macro with parentheses that Swift does not import.
private let UTIME_OMIT_VALUE = (1 << 30) - 2

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

    /// Opens a file for writing at its end, or creates it with this mode, and follows links: for `--log FILE`.
    public static func openForAppending(_ path: Path, mode: UInt32) throws(SystemError) -> Descriptor {
        let number = try path.withCString { pointer throws(SystemError) in
            try call("open", path) {
                spillway_openat(
                    AT_FDCWD, pointer, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, mode_t(mode))
            }
        }
        return Descriptor(number: number, path: path)
    }

    /// A pipe: pipe2(2).
    public static func pipe() throws(SystemError) -> Pipe {
        var ends: [CInt] = [-1, -1]
        try call("make a pipe") { spillway_pipe(&ends) }
        return Pipe(
            reading: Descriptor(number: ends[0], path: "pipe"), writing: Descriptor(number: ends[1], path: "pipe"))
    }
}

/// The two ends of a pipe.
public struct Pipe: ~Copyable {
    /// What is written comes out here.
    public let reading: Descriptor
    /// What goes in.
    public let writing: Descriptor

    /// Both ends are closed.
    public consuming func close() {}

    /// Only the end that is read from stays open.
    consuming func closingWriting() -> Descriptor { reading }
}
