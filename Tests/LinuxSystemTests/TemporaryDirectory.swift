import Glibc
import LinuxSystem
import SystemPackage

/// A directory that goes with the value.
final class TemporaryDirectory {
    let path: Path

    init() throws {
        var template = Array("/tmp/spillway-linux-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make directory", nil, .init(rawValue: errno)) }
        path = Path(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
    }

    deinit {
        _ = try? ChildProcess.run("rm", ["rm", "-rf", path], limitSeconds: 60)
    }

    func open() throws -> Directory { try Directory.open(path) }
}

/// The content of a file as text.
func text(_ file: borrowing Descriptor) throws -> String {
    String(decoding: try file.readAll(limitBytes: 1 << 20), as: UTF8.self)
}
