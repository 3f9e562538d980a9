import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

extension Descriptor {
    /// Opens a file for writing at its end, or creates it with this mode: for `--log FILE`.
    ///
    /// What is written there has names in it that others choose, so nobody else is to say where it goes: links are followed
    /// where nobody else can have put them there, as with `Directory.open`, and in a directory that others can write to only
    /// a plain file with one name, of root's or this user's, is written to (EPERM). A FIFO that nobody reads is ENXIO.
    public static func openForAppending(_ path: Path, mode: UInt32) throws(WalkError) -> Descriptor {
        let (directory, name) = try Directory.place(of: path)
        // In /proc the link itself is where it leads.
        let following = directory.isOfProcesses ? 0 : O_NOFOLLOW
        do throws(SystemError) {
            let file = try directory.openAt(
                name, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC | O_NONBLOCK | following, mode: mode, "open")
            if !directory.isTrusted, !directory.isOfProcesses {
                let status = try file.status()
                guard status.isOwn, status.linkCount == 1 else { throw SystemError("write to", path, .notPermitted) }
            }
            // Whoever reads a FIFO slowly is waited for.
            let flags = try call("open", path) { fcntl(file.number, F_GETFL, 0) }
            _ = try call("open", path) { fcntl(file.number, F_SETFL, flags & ~O_NONBLOCK) }
            return file
        } catch {
            throw .system(error)
        }
    }

    /// A file in memory alone, with this content, gone with the descriptor: memfd_create(2).
    public static func inMemory(_ content: [UInt8] = []) throws(SystemError) -> Descriptor {
        let file = Descriptor(number: try call("make a file in memory") { spillway_memory_file() }, path: "memory")
        try file.writeAll(content, at: 0)
        return file
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
    public consuming func closingWriting() -> Descriptor { reading }
}
