import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

/// Taking ranges out of a file.
extension Descriptor {
    /// Frees the blocks of a range and keeps the size: what was there reads as NULs. fallocate(2), PUNCH_HOLE.
    ///
    /// Writers go on undisturbed, appending or not, because no offset moves. Throws EOPNOTSUPP where the file system has
    /// no holes.
    public func punchHole(from offset: Int64, lengthBytes: Int64) throws(SystemError) {
        try call("punch a hole into", path) { spillway_punch_hole(number, offset, lengthBytes) }
    }

    /// Whether ranges of this file can be freed: asked far behind its end, where there is nothing to be freed.
    public var hasHoles: Bool {
        let far: Int64 = 1 << 33
        let size = (try? status().sizeBytes) ?? 0
        let offset = max(far, size.addingReportingOverflow(far).partialValue & ~0xffff)
        // Also a place beyond the largest file is refused (EFBIG), which says nothing of holes.
        return spillway_punch_hole(number, offset, 1 << 16) == 0 || (errno != EOPNOTSUPP && errno != ENOSYS)
    }

    /// Takes room for a range, at once and without writing it; the size stays: fallocate(2), KEEP_SIZE. Where the file system
    /// cannot, nothing happens.
    public func reserve(from offset: Int64, lengthBytes: Int64) throws(SystemError) {
        do throws(SystemError) {
            try call("reserve room for", path) { spillway_reserve(number, offset, lengthBytes) }
        } catch {
            guard error.errno == .notSupported || error.errno == .noFunction else { throw error }
        }
    }

    /// Takes a range out, so that what follows moves up: fallocate(2), COLLAPSE_RANGE.
    ///
    /// Throws EINVAL where the range is not made of whole clusters or reaches the end, EOPNOTSUPP where the file system
    /// cannot.
    public func collapse(from offset: Int64, lengthBytes: Int64) throws(SystemError) {
        try call("collapse", path) { spillway_collapse_range(number, offset, lengthBytes) }
    }

    /// Whether ranges can be taken out of this file: an impossible range is refused as such only where possible ones are
    /// known.
    public var canCollapse: Bool {
        spillway_collapse_range(number, 1, 1) == 0 || errno == EINVAL
    }
}
