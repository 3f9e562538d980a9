import CLinux
import Glibc
import SystemPackage

/// The names of one directory after the other, without a copy of any: getdents64(2) into one buffer.
final class EntryList {
    private static let largestEntryBytes = 19 + 256 + 8
    private let buffer: UnsafeMutableRawBufferPointer

    init(sizeBytes: Int = 64 << 10) {
        buffer = .allocate(byteCount: max(sizeBytes, Self.largestEntryBytes), alignment: 8)
    }

    deinit {
        buffer.deallocate()
    }

    /// Calls `body` with each name but `.` and `..`; the pointer ends with NUL and is valid as long as the call. The
    /// descriptor's position is moved.
    ///
    /// - Parameters:
    ///   - fillsBuffer: the file system answers as much as there is room for, as /proc does: then what leaves room was all.
    func forEach(
        in directory: CInt, fillsBuffer: Bool = false, _ path: @autoclosure () -> Path,
        _ body: (UnsafePointer<CChar>, Int) -> Void
    ) throws(SystemError) {
        while let count = try next(in: directory, path(), body) {
            if fillsBuffer, count + Self.largestEntryBytes < buffer.count { return }
        }
    }

    /// Whether the list calls this one, which `body` was given, a regular file: what is before the name is its type.
    static func isRegular(_ name: UnsafePointer<CChar>) -> Bool {
        UInt8(bitPattern: name[-1]) == UInt8(DT_REG)
    }

    /// Calls `body` with as many names as one call of the kernel gives; nil at the end, else how many bytes they took.
    func next(
        in directory: CInt, _ path: @autoclosure () -> Path, _ body: (UnsafePointer<CChar>, Int) -> Void
    ) throws(SystemError) -> Int? {
        guard let base = buffer.baseAddress else { return nil }
        let size = buffer.count
        let count = try call("list", path()) { spillway_list(directory, base, size) }
        if count == 0 { return nil }
        visit(base, min(count, size), body)
        return count
    }

    /// struct linux_dirent64: inode, offset, length of the record (16 bits at 16), type (8 bits at 18), name from 19 on.
    private func visit(_ base: UnsafeMutableRawPointer, _ count: Int, _ body: (UnsafePointer<CChar>, Int) -> Void) {
        var offset = 0
        while offset + 19 < count {
            let length = Int(base.load(fromByteOffset: offset + 16, as: UInt16.self))
            guard length > 19, offset + length <= count else { return }
            let name = UnsafeRawPointer(base + offset + 19).assumingMemoryBound(to: CChar.self)
            let nameLength = strnlen(name, length - 19)
            let isDots = name[0] == 46 && (nameLength == 1 || (nameLength == 2 && name[1] == 46))
            if !isDots, nameLength > 0, nameLength < length - 19 { body(name, nameLength) }
            offset += length
        }
    }
}

/// What statx(2) says of a name, and which mount it is reached through.
struct Look {
    var status: FileStatus
    /// nil before Linux 5.8.
    var mount: Int64?

    /// nil where there is nothing. No server is asked, nothing is mounted.
    static func at(
        _ name: UnsafePointer<CChar>, in directory: CInt, followingLink: Bool = false, _ path: @autoclosure () -> Path
    ) throws(SystemError) -> Look? {
        var raw = spillway_status()
        guard try look(at: name, in: directory, followingLink: followingLink, path(), into: &raw) else { return nil }
        return Look(status: FileStatus(raw), mount: raw.mount < 0 ? nil : raw.mount)
    }

    /// The same, as the kernel gives it; false where there is nothing.
    static func look(
        at name: UnsafePointer<CChar>, in directory: CInt, followingLink: Bool, _ path: @autoclosure () -> Path,
        into raw: inout spillway_status
    ) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try call("stat", path()) { spillway_look(directory, name, followingLink ? 1 : 0, &raw) }
            return true
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
    }
}

extension FileStatus {
    init(_ raw: spillway_status) {
        let kind: Kind =
            switch raw.mode & UInt32(S_IFMT) {
            case UInt32(S_IFREG): .regular
            case UInt32(S_IFDIR): .directory
            case UInt32(S_IFLNK): .symbolicLink
            default: .other
            }
        let (bytes, overflow) = raw.blocks.multipliedReportingOverflow(by: 512)
        self.init(
            identity: FileIdentity(device: raw.device, inode: raw.inode), kind: kind, mode: raw.mode & 0o7777,
            owner: raw.owner, group: raw.group, linkCount: raw.links, sizeBytes: raw.size,
            allocatedBytes: overflow ? .max : bytes,
            modified: Timestamp(seconds: raw.seconds, nanoseconds: Int64(raw.nanoseconds)))
    }
}
