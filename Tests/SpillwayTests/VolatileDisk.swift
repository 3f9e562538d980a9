import Foundation
import Glibc

/// What reached disks in the order in which it did, as dm-log-writes has it: for several disks that lose their power together.
final class DiskEvents: @unchecked Sendable {
    enum Event {
        case write(disk: Int, offset: Int64, bytes: [UInt8])
        /// Everything before is on the disk when it returns.
        case flush(disk: Int)
    }

    private let lock = NSLock()
    private var recorded: [Event] = []
    private var isRecording = false

    var events: [Event] { lock.withLock { recorded } }

    func begin() { lock.withLock { isRecording = true } }
    func end() { lock.withLock { isRecording = false } }

    fileprivate func add(_ event: Event) {
        lock.withLock { if isRecording { recorded.append(event) } }
    }

    /// Pieces that a disk writes as a whole or not at all, in bytes.
    private static let pieceBytes = 4096

    /// Does to an image what had happened to its disk when the power went: everything before its last flush, and of the rest
    /// what chance has let through, in pieces.
    ///
    /// - Parameters:
    ///   - disk: whose image it is.
    ///   - count: so many events had happened.
    static func replay(
        _ events: ArraySlice<Event>, of disk: Int, onto image: String, using generator: inout SplitMix
    ) throws {
        let file = open(image, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SandboxError("\(image): errno \(errno)") }
        defer { close(file) }
        let last = events.lastIndex { if case .flush(disk) = $0 { true } else { false } } ?? events.startIndex
        for (index, event) in zip(events.indices, events) {
            guard case .write(disk, let offset, let bytes) = event else { continue }
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + pieceBytes)
                if index < last || generator.next() & 1 == 0 {
                    let count = bytes[start..<end].withUnsafeBytes {
                        pwrite(file, $0.baseAddress, $0.count, off_t(offset) + off_t(start))
                    }
                    guard count == end - start else { throw SandboxError("\(image): errno \(errno)") }
                }
                start = end
            }
        }
    }
}

/// Chance that can be had again: by its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A disk that tells what is written to it and when it is flushed: a FUSE file system of one file, on which a loop device lies.
/// It can also have blocks that cannot be read.
final class VolatileDisk: @unchecked Sendable {
    /// The file.
    let path: String
    private let image: Int32
    private let channel: Int32
    private let size: UInt64
    private let number: Int
    private let events: DiskEvents?
    private let lock = NSLock()
    private var unreadable: Range<Int64>?

    /// Serves an image.
    init(_ image: String, number: Int = 0, events: DiskEvents? = nil) throws {
        path = image + ".disk"
        self.number = number
        self.events = events
        self.image = open(image, O_RDWR | O_CLOEXEC)
        channel = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        var status = stat()
        guard self.image >= 0, channel >= 0, fstat(self.image, &status) == 0,
            FileManager.default.createFile(atPath: path, contents: nil)
        else { throw SandboxError("\(image): errno \(errno)") }
        size = UInt64(status.st_size)
        let options = "fd=\(channel),rootmode=100000,user_id=0,group_id=0,allow_other"
        guard Glibc.mount("disk", path, "fuse", 0, options) == 0 else {
            throw SandboxError("mount \(path): errno \(errno)")
        }
        let thread = Thread { self.serve() }
        thread.start()
    }

    /// Ends it; nothing may lie on it any more.
    func end() {
        umount2(path, Int32(MNT_DETACH))
    }

    /// From now on reading here fails with EIO.
    func failReading(_ range: Range<Int64>?) { lock.withLock { unreadable = range } }

    // MARK: - The protocol: linux/fuse.h

    private static let mostBytes = 1 << 20
    private static let headerBytes = 40

    private func serve() {
        let capacity = Self.mostBytes + (64 << 10)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        defer {
            buffer.deallocate()
            close(channel)
            close(image)
        }
        while true {
            let count = Glibc.read(channel, buffer, capacity)
            if count < 0, errno == EINTR || errno == EAGAIN || errno == ENOENT { continue }
            guard count >= Self.headerBytes else { return }
            answer(UnsafeRawBufferPointer(start: buffer, count: count))
        }
    }

    private func answer(_ request: UnsafeRawBufferPointer) {
        let unique = request.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        func word(_ offset: Int) -> UInt32 {
            request.loadUnaligned(fromByteOffset: Self.headerBytes + offset, as: UInt32.self)
        }
        func offset(_ place: Int) -> Int64 {
            request.loadUnaligned(fromByteOffset: Self.headerBytes + place, as: Int64.self)
        }
        switch word(4 - Self.headerBytes) {
        case 26:
            reply(
                unique,
                words([7, 31, word(8), 1 << 5 | 1 << 22, 12 << 16 | 16, UInt32(Self.mostBytes), 1, 256]) + zeros(32))
        case 3, 4: reply(unique, attributes)
        case 14: reply(unique, zeros(16))
        case 15: readImage(unique, at: offset(8), count: Int(word(16)))
        case 16:
            let bytes = Array(request[(Self.headerBytes + 40)...].prefix(Int(word(16))))
            let place = offset(8)
            guard bytes.withUnsafeBytes({ pwrite(image, $0.baseAddress, $0.count, off_t(place)) }) == bytes.count else {
                return reply(unique, error: EIO)
            }
            events?.add(.write(disk: number, offset: place, bytes: bytes))
            reply(unique, words([UInt32(bytes.count), 0]))
        case 20:
            events?.add(.flush(disk: number))
            reply(unique, [])
        case 18, 25, 38: reply(unique, [])
        // Forgetting and interrupting are not answered.
        case 2, 36, 42: break
        default: reply(unique, error: ENOSYS)
        }
    }

    private func readImage(_ unique: UInt64, at place: Int64, count: Int) {
        let isUnreadable = lock.withLock { unreadable?.overlaps(place..<place + Int64(count)) ?? false }
        if isUnreadable { return reply(unique, error: EIO) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { pread(image, $0.baseAddress, $0.count, off_t(place)) }
        if got < 0 { return reply(unique, error: EIO) }
        reply(unique, Array(bytes[..<got]))
    }

    private var attributes: [UInt8] {
        // Valid for an hour; inode, size, blocks; six words of times; mode, links, owner, group, device, block size.
        bytes([3600, 0, 1, size, size / 512, 0, 0, 0]) + zeros(12)
            + words([UInt32(S_IFREG) | 0o600, 1, 0, 0, 0, 4096, 0])
    }

    private func reply(_ unique: UInt64, error: Int32) { send(unique, -error, []) }
    private func reply(_ unique: UInt64, _ body: [UInt8]) { send(unique, 0, body) }

    private func send(_ unique: UInt64, _ error: Int32, _ body: [UInt8]) {
        let message = words([UInt32(16 + body.count), UInt32(bitPattern: error)]) + bytes([unique]) + body
        _ = message.withUnsafeBytes { write(channel, $0.baseAddress, $0.count) }
    }

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
    private func words(_ values: [UInt32]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
    private func bytes(_ values: [UInt64]) -> [UInt8] {
        values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
}
