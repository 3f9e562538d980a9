import Foundation
import Glibc

/// The file systems that logs are on.
enum FileSystem: String, CaseIterable, Sendable {
    case tmpfs, ext4, ext3, xfs, btrfs
    /// ext4 that keeps the beginning of a file in its inode.
    case inlineData = "inline_data"
    /// What lies over another file system.
    case overlayfs, mergerfs, bindfs, gocryptfs
    case fuseOverlayfs = "fuse-overlayfs"

    /// What takes an image, and remembers what is on it.
    static let disks: [FileSystem] = [.ext4, .ext3, .xfs, .btrfs]

    /// Whether it lies over ext4.
    var isLayer: Bool { Self.layers.contains(self) }
    static let layers: [FileSystem] = [.overlayfs, .mergerfs, .bindfs, .gocryptfs, .fuseOverlayfs]

    /// Whether ranges of a file can be freed there: where they cannot, a log can only be truncated.
    var hasHoles: Bool { self != .bindfs && self != .gocryptfs }

    /// What it takes to make one; memory and layers of the kernel are there without.
    var program: String {
        switch self {
        case .tmpfs, .overlayfs: "/bin/mount"
        case .ext4, .ext3, .xfs, .btrfs: "/sbin/mkfs.\(rawValue)"
        case .inlineData: "/sbin/mkfs.ext4"
        case .mergerfs, .bindfs, .gocryptfs, .fuseOverlayfs: "/usr/bin/\(rawValue)"
        }
    }

    /// The smallest image its program makes, and what a log that nobody cuts for a while needs.
    var smallestMegabytes: Int { self == .xfs ? 300 : self == .btrfs ? 128 : 32 }

    fileprivate var makeOptions: [String] {
        switch self {
        case .xfs, .btrfs: ["-q", "-f"]
        case .inlineData: ["-q", "-F", "-O", "inline_data"]
        default: ["-q", "-F"]
        }
    }

    /// Nothing reaches the image that nobody asked for: what is in it after a sync is what a power cut leaves.
    var quietOptions: [String] {
        switch self {
        case .ext4, .ext3, .btrfs, .inlineData: ["commit=300"]
        case .xfs: ["nouuid"]
        case .tmpfs, .overlayfs, .mergerfs, .bindfs, .gocryptfs, .fuseOverlayfs: []
        }
    }

    /// What this machine lacks for it; nil if it can be mounted.
    var missing: String? { Self.missing[self] ?? nil }

    private static let missing: [FileSystem: String?] = Dictionary(
        uniqueKeysWithValues: allCases.map { kind in
            guard geteuid() == 0 else { return (kind, "root's rights") }
            guard hasProgram(kind.program) else { return (kind, kind.program) }
            guard !kind.isLayer || kind == .overlayfs || access("/dev/fuse", R_OK | W_OK) == 0 else {
                return (kind, "/dev/fuse")
            }
            do {
                let sandbox = try Sandbox()
                _ = try LoopMount(sandbox, "log", kind)
                return (kind, nil)
            } catch {
                return (kind, "the right to mount: \(error)")
            }
        })
}

/// A file system of its own in a sandbox: an image on a loop device, memory, or a layer over an image. It is unmounted with the
/// value.
final class LoopMount {
    let sandbox: Sandbox
    let kind: FileSystem
    /// The image; memory has none.
    let image: String
    /// Where it is mounted.
    let place: String
    private let options: [String]
    private var isMounted = false
    /// What a layer lies over.
    private var below: LoopMount?

    /// Makes a file system and mounts it over a directory of the sandbox.
    init(
        _ sandbox: Sandbox, _ directory: String, _ kind: FileSystem, megabytes: Int? = nil, options: [String] = [],
        making makeOptions: [String] = []
    ) throws {
        self.sandbox = sandbox
        self.kind = kind
        self.options = options
        place = sandbox.path(directory)
        image = sandbox.path("\(directory.replacingOccurrences(of: "/", with: "_")).image")
        try sandbox.makeDirectory(directory)
        let size = megabytes ?? kind.smallestMegabytes
        if kind.isLayer {
            let below = try LoopMount(sandbox, "\(directory).below", .ext4, megabytes: size)
            self.below = below
            try Layer(kind, over: below.place, at: place).mount(sandbox)
            isMounted = true
            chmod(place, 0o700)
            return
        }
        if kind == .tmpfs {
            try require("/bin/mount", ["-t", "tmpfs", "-o", "size=\(size)m,mode=700", "tmpfs", place])
            isMounted = true
            return
        }
        guard FileManager.default.createFile(atPath: image, contents: nil), truncate(image, size << 20) == 0 else {
            throw SandboxError("\(image): errno \(errno)")
        }
        try require(kind.program, kind.makeOptions + makeOptions + [image])
        try mount(image)
        chmod(place, 0o700)
    }

    deinit {
        unmount()
        below = nil
        if kind != .tmpfs, !kind.isLayer { unlink(image) }
    }

    /// Mounts the image, or a copy of it, at the same place.
    func mount(_ image: String) throws {
        unmount()
        try require("/bin/mount", ["-o", (["loop"] + options).joined(separator: ","), image, place])
        isMounted = true
    }

    /// Lazily where somebody still holds a file: the loop device goes with the last of them.
    func unmount() {
        guard isMounted else { return }
        if (try? sandbox.run("/bin/umount", [place]))?.status != 0 {
            _ = try? sandbox.run("/bin/umount", ["-l", place])
        }
        isMounted = false
    }

    private func require(_ program: String, _ arguments: [String]) throws {
        let result = try sandbox.run(program, arguments)
        guard result.status == 0 else { throw SandboxError("\(program) \(arguments): \(result.error)") }
    }
}
