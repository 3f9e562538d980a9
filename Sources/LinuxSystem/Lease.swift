import CLinux
import Glibc

/// A write lease on a file: while it is whole, nobody else has the file open. It is given back when the value goes.
///
/// Somebody who opens the file meanwhile waits, or fails if he does not want to wait: nothing that could block may be done
/// while it is held. SIGIO must be ignored (`StopSignal.arm`): the kernel sends it to the holder.
public struct WriteLease: ~Copyable {
    private let number: CInt

    fileprivate init(number: CInt) {
        self.number = number
    }

    deinit {
        _ = spillway_give_lease_back(number)
    }

    /// It stays until the descriptor is closed, which is at once.
    public consuming func leave() { discard self }

    /// False as soon as somebody waits for the file.
    public var isWhole: Bool { spillway_write_lease_is_whole(number) == 1 }
}

/// The answer to a request for a lease.
public enum LeaseAnswer: ~Copyable {
    /// Nobody else has the file open.
    case granted(WriteLease)
    /// Somebody has.
    case refused
    /// It cannot be told: leases are switched off, refused for rights, or unknown to the file system.
    case unknown
}

extension Descriptor {
    /// Asks for a write lease: fcntl(2), F_SETLEASE, F_WRLCK. An open description of this process's own counts too.
    public func writeLease() -> LeaseAnswer {
        if spillway_take_write_lease(number) == 0 { return .granted(WriteLease(number: number)) }
        return errno == EAGAIN || errno == EBUSY ? .refused : .unknown
    }
}

extension Descriptor {
    /// Why what leases and /proc say of this file's holders is not to be relied on; nil where it is.
    ///
    /// Files of network file systems and FUSE are opened on other machines, or by a server; overlayfs grants leases though
    /// the file below is open. statfs(2), magic.h.
    public var reasonToDoubtHolders: String? {
        let type = spillway_file_system_type(number)
        if Self.ownFileSystems.contains(type) { return nil }
        return Self.doubtfulFileSystems[type] ?? "it is on a file system of type 0x\(String(type, radix: 16))"
    }

    /// ext2 to ext4, XFS, Btrfs, tmpfs, ramfs, F2FS, ZFS, bcachefs, JFS, NILFS2, ReiserFS, FAT, exFAT, NTFS.
    private static let ownFileSystems: Set<Int64> = [
        0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x8584_58f6, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e, 0x3153_464a,
        0x3434, 0x5265_4973, 0x4d44, 0x2011_bab0, 0x7366_746e,
    ]

    private static let doubtfulFileSystems: [Int64: String] = [
        0x794c_7630: "it is on overlayfs", 0x6573_5546: "it is on FUSE", 0x6969: "it is on NFS",
        0xff53_4d42: "it is on a network file system (CIFS)", 0xfe53_4d42: "it is on a network file system (SMB)",
        0x00c3_6400: "it is on Ceph", 0x0102_1997: "it is on 9P", 0x0116_1970: "it is on GFS2",
        0x7461_636f: "it is on OCFS2",
    ]
}
