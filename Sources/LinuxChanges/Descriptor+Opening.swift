import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

extension Descriptor {
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
