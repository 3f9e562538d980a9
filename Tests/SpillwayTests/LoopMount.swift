import Foundation
import Glibc

/// The file systems that logs are on.
enum FileSystem: String, CaseIterable, Sendable {
    case tmpfs, ext4, ext3, xfs, btrfs

    /// What it takes to make one; memory is there without.
    var program: String { self == .tmpfs ? "/bin/mount" : "/sbin/mkfs.\(rawValue)" }

    /// The smallest image its program makes, and what a log that nobody cuts for a while needs.
    var smallestMegabytes: Int { self == .xfs ? 300 : self == .btrfs ? 128 : 32 }

    fileprivate var makeOptions: [String] { self == .xfs || self == .btrfs ? ["-q", "-f"] : ["-q", "-F"] }

    /// Nothing reaches the image that nobody asked for: what is in it after a sync is what a power cut leaves.
    var quietOptions: [String] {
        switch self {
        case .ext4, .ext3, .btrfs: ["commit=300"]
        case .xfs: ["nouuid"]
        case .tmpfs: []
        }
    }

    /// What this machine lacks for it; nil if it can be mounted.
    var missing: String? { Self.missing[self] ?? nil }

    private static let missing: [FileSystem: String?] = Dictionary(
        uniqueKeysWithValues: allCases.map { kind in
            guard geteuid() == 0 else { return (kind, "root's rights") }
            guard hasProgram(kind.program) else { return (kind, kind.program) }
            do {
                let sandbox = try Sandbox()
                _ = try LoopMount(sandbox, "log", kind)
                return (kind, nil)
            } catch {
                return (kind, "the right to mount: \(error)")
            }
        })
}

/// A file system of its own in a sandbox: an image on a loop device, or memory. It is unmounted with the value.
final class LoopMount {
    let sandbox: Sandbox
    let kind: FileSystem
    /// The image; memory has none.
    let image: String
    /// Where it is mounted.
    let place: String
    private let options: [String]
    private var isMounted = false

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
        if kind != .tmpfs { unlink(image) }
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
