import Glibc
import LinuxChanges
public import LinuxSystem

/// A directory that goes with the value.
public final class Place {
    /// Where it is.
    public let path: Path

    /// Makes it.
    public init() throws {
        var template = Array("/tmp/spillway-engine-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        path = Path(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
    }

    deinit {
        _ = try? ChildProcess.run("rm", ["rm", "-rf", path], limitSeconds: 60)
    }

    /// Opens it.
    public func open() throws -> Directory { try Directory.open(path) }

    /// Makes a file in it.
    public func write(_ name: Path, _ text: String, mode: UInt32 = 0o600) throws {
        let file = try open().create(name, mode: mode)
        try file.setMode(mode)
        try file.writeAll(Array(text.utf8))
    }

    /// What a file in it holds.
    public func read(_ name: Path) throws -> String {
        String(decoding: try open().open(name, .reading).readAll(limitBytes: 1 << 20), as: UTF8.self)
    }
}
