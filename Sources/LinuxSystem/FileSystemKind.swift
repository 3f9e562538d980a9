import Glibc

/// Where a file system keeps its files.
public enum FileSystemKind: Hashable, Sendable {
    /// On a disk of this machine.
    case local
    /// In memory, or nowhere: tmpfs, memfd, proc.
    case memory
    /// On another machine, or in a process (FUSE): asking it may take for ever.
    case remote

    private static let memoryNames: Set<String> = [
        "tmpfs", "ramfs", "hugetlbfs", "devtmpfs", "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "debugfs",
        "tracefs", "securityfs", "pstore", "bpf", "configfs", "efivarfs", "fusectl", "rpc_pipefs", "binfmt_misc",
    ]
    private static let remoteNames: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "lustre", "ncpfs", "coda", "orangefs", "gpfs",
        "beegfs", "fuse", "virtiofs", "vboxsf",
    ]

    /// The kind of a file system by its name in /proc/filesystems.
    init(name: Substring) {
        let name = String(name)
        if Self.memoryNames.contains(name) {
            self = .memory
        } else if Self.remoteNames.contains(name) || name.hasPrefix("fuse.") {
            self = .remote
        } else {
            self = .local
        }
    }

    /// The kind by the number that statfs(2) answers: linux/magic.h.
    init(magic: Int64) {
        switch magic & 0xffff_ffff {
        case 0x0102_1994, 0x8584_58f6, 0x9584_58f6, 0x9fa0: self = .memory
        case 0x6969, 0xff53_4d42, 0xfe53_4d42, 0x517b, 0x6573_5546, 0x0102_1997, 0x00c3_6400, 0x5346_414f,
            0x0bd0_0bd0:
            self = .remote
        default: self = .local
        }
    }
}

/// Which device is what, as far as somebody's table of mounts tells: /proc/PID/mountinfo. No file system is asked.
struct MountTable {
    private(set) var kinds: [UInt64: FileSystemKind] = [:]

    /// Lines as in proc(5): number, parent, major:minor, root, place, options, optional fields, -, name of the file system.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            let numbers = words[2].split(separator: ":").compactMap { UInt64($0) }
            guard numbers.count == 2 else { continue }
            kinds[deviceNumber(numbers[0], numbers[1])] = FileSystemKind(name: words[dash + 1])
        }
    }

    /// This process's mounts; none where /proc is not there.
    static func own() -> MountTable {
        let text = try? ProcessFile.text(getpid(), "mountinfo")
        return MountTable(text ?? "")
    }
}

/// makedev(3), a macro.
func deviceNumber(_ major: UInt64, _ minor: UInt64) -> UInt64 {
    (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12) | ((major & ~0xfff) << 32)
}
