import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

/// What changes an open file.
extension Descriptor {
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

    /// Sets the times of the last change and of the last access: futimens(2).
    public func setTimes(modified: Timestamp, accessed: Timestamp) throws(SystemError) {
        let times = [accessed, modified].map { timespec(tv_sec: Int($0.seconds), tv_nsec: Int($0.nanoseconds)) }
        try call("set the times of", path) { futimens(number, times) }
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

    /// Locks one byte of the file for this descriptor, which need not be there, without waiting; false where another one has
    /// it. fcntl(2), F_OFD_SETLK.
    public func tryLock(byte offset: Int64) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try call("lock", path) { spillway_lock_byte(number, offset, true) }
            return true
        } catch {
            if [.wouldBlock, .resourceTemporarilyUnavailable, .permissionDenied].contains(error.errno) { return false }
            throw error
        }
    }

    /// Gives a byte back.
    public func unlock(byte offset: Int64) {
        _ = spillway_lock_byte(number, offset, false)
    }

    /// Gives all bytes back that this descriptor has.
    public func unlockBytes() {
        _ = spillway_unlock_bytes(number)
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
}

/// UTIME_OMIT of <sys/stat.h>, a macro with parentheses that Swift does not import.
private let UTIME_OMIT_VALUE = (1 << 30) - 2
