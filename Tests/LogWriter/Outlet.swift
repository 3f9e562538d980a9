import Glibc

/// The way in which a kind of program writes its log.
protocol Outlet: AnyObject {
    /// Takes whole lines.
    func write(_ bytes: UnsafeRawBufferPointer)
    /// Does what this kind does on SIGHUP.
    func hangUp()
    /// Writes what it still keeps back.
    func close()
}

/// Writes all of it, however often it takes; a full disk is waited for.
private func writeAll(_ bytes: UnsafeRawBufferPointer, _ call: (UnsafeRawPointer, Int) -> Int) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
        let count = call(base + done, bytes.count - done)
        if count >= 0 {
            done += count
        } else if errno == EINTR || errno == ENOSPC && !Interrupts.hasEnd {
            sleep(microseconds: 1000)
        } else {
            failOfCall("write")
        }
    }
}

private func open(_ path: String, _ flags: Int32) -> Int32 {
    let descriptor = open(path, flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { failOfCall("open \(path)") }
    return descriptor
}

/// write(2), as most daemons do.
final class PlainOutlet: Outlet {
    private let path: String
    private let flags: Int32
    private let reopens: Bool
    private var ignoredHangUps: Int
    private var descriptor: Int32

    init(_ path: String, flags: Int32, fromEnd: Bool = false, reopens: Bool = false, ignoredHangUps: Int = 0) {
        self.ignoredHangUps = ignoredHangUps
        self.path = path
        self.flags = flags
        self.reopens = reopens
        descriptor = open(path, flags)
        if fromEnd { lseek(descriptor, 0, SEEK_END) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        writeAll(bytes) { Glibc.write(descriptor, $0, $1) }
    }

    func hangUp() {
        guard reopens else { return }
        guard ignoredHangUps == 0 else {
            ignoredHangUps -= 1
            return
        }
        Glibc.close(descriptor)
        descriptor = open(path, flags)
    }

    func close() { Glibc.close(descriptor) }
}

/// writev(2) in two halves that meet within a line.
final class VectorOutlet: Outlet {
    private let descriptor: Int32

    init(_ path: String) { descriptor = open(path, O_APPEND) }

    func write(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let half = bytes.count / 2
        let first = UnsafeMutableRawPointer(mutating: base)
        let parts = [
            iovec(iov_base: first, iov_len: half), iovec(iov_base: first + half, iov_len: bytes.count - half),
        ]
        let count = max(0, writev(descriptor, parts, 2))
        writeAll(UnsafeRawBufferPointer(rebasing: bytes[count...])) { Glibc.write(descriptor, $0, $1) }
    }

    func hangUp() {}
    func close() { Glibc.close(descriptor) }
}

/// pwrite(2) at offsets the program counts itself: the descriptor's position stays 0.
final class OwnOffsetOutlet: Outlet {
    private let descriptor: Int32
    private var offset = 0

    init(_ path: String) { descriptor = open(path, O_TRUNC) }

    func write(_ bytes: UnsafeRawBufferPointer) {
        writeAll(bytes) {
            let count = pwrite(descriptor, $0, $1, offset)
            if count > 0 { offset += count }
            return count
        }
    }

    func hangUp() {}
    func close() { Glibc.close(descriptor) }
}

/// stdio: lines are kept back until a buffer is full, and the write then ends anywhere within a line.
final class StdioOutlet: Outlet {
    private let path: String
    private let mode: String
    private let bufferBytes: Int
    private let reopens: Bool
    private var file: UnsafeMutablePointer<FILE>

    /// - Parameter mode: fopen(3)'s: tapdisk's "w" empties whatever has the name.
    init(_ path: String, mode: String, bufferBytes: Int, reopens: Bool) {
        self.path = path
        self.mode = mode
        self.bufferBytes = bufferBytes
        self.reopens = reopens
        file = Self.open(path, mode, bufferBytes)
    }

    private static func open(_ path: String, _ mode: String, _ bufferBytes: Int) -> UnsafeMutablePointer<FILE> {
        guard let file = fopen(path, mode + "e") else { failOfCall("fopen \(path)") }
        setvbuf(file, nil, _IOFBF, bufferBytes)
        return file
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        guard fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count else { failOfCall("fwrite") }
    }

    func hangUp() {
        guard reopens else { return }
        close()
        file = Self.open(path, mode, bufferBytes)
    }

    func close() {
        guard fclose(file) == 0 else { failOfCall("fclose") }
    }
}

/// A syslog daemon's stream socket: each line is a message.
final class SocketOutlet: Outlet {
    private static let head = Array("<14>x: ".utf8)
    private let descriptor: Int32
    private var messages: [UInt8] = []

    init(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { fail("\(path) is too long") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { failOfCall("connect \(path)") }
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        messages.removeAll(keepingCapacity: true)
        for line in bytes.split(separator: 10) {
            messages.append(contentsOf: Self.head)
            messages.append(contentsOf: line)
            messages.append(10)
        }
        messages.withUnsafeBytes { all in
            writeAll(all) { Glibc.write(descriptor, $0, $1) }
        }
    }

    func hangUp() {}
    func close() { Glibc.close(descriptor) }
}
