import Glibc

/// A log that the tests themselves have open; it is closed with the value.
final class Held {
    private(set) var descriptor: Int32

    init(_ path: String, _ flags: Int32) throws {
        descriptor = open(path, flags | O_CLOEXEC | O_CREAT, 0o640)
        guard descriptor >= 0 else { throw SandboxError("\(path): errno \(errno)") }
    }

    deinit { letGo() }

    func letGo() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
