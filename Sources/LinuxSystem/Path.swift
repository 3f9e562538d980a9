import Glibc

/// A path or a file name as the kernel has it: bytes without NUL, which need not be UTF-8.
///
/// Nothing is normalised, so that a path in a message or in the state file is the one the configuration produced.
public struct Path: Sendable {
    /// The bytes, without a terminating NUL.
    public var bytes: [UInt8]

    /// A path of these bytes.
    public init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// A path of a string's UTF-8.
    public init(_ string: String) {
        bytes = Array(string.utf8)
    }

    fileprivate init(whole bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where the first such byte is, from `start` on; nil where there is none: memchr(3), many bytes at a time.
    package func place(of byte: UInt8, from start: Int = 0) -> Int? {
        guard let base = baseAddress, start < count, let found = memchr(base + start, CInt(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}

extension Path: Hashable {
    /// Equal where all bytes are.
    public static func == (left: Path, right: Path) -> Bool {
        left.bytes.count == right.bytes.count && compare(left, right) == 0
    }

    /// memcmp(3) of as many bytes as both have.
    private static func compare(_ left: Path, _ right: Path) -> Int32 {
        left.bytes.withUnsafeBufferPointer { first in
            right.bytes.withUnsafeBufferPointer { second in
                // It wants addresses even for no bytes, which an empty array has not.
                guard let one = first.baseAddress, let other = second.baseAddress else { return 0 }
                return memcmp(one, other, min(first.count, second.count))
            }
        }
    }

    /// The bytes at once: an array would be hashed element by element, and a run has a path for each log.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension Path: ExpressibleByStringLiteral {
    /// A path of a literal's UTF-8.
    public init(stringLiteral value: String) {
        self.init(value)
    }
}

extension Path: Comparable {
    /// The order of the bytes, which is that of `strcmp`.
    public static func < (left: Path, right: Path) -> Bool {
        let order = compare(left, right)
        return order == 0 ? left.bytes.count < right.bytes.count : order < 0
    }
}

extension Path {
    private static let slash = UInt8(ascii: "/")
    private static let slashes: UInt64 = 0x2f2f_2f2f_2f2f_2f2f

    /// Whether there is nothing in it.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Whether it begins at the root.
    public var isAbsolute: Bool { bytes.first == Path.slash }

    /// What follows the last slash.
    public var name: Path {
        guard let cut = bytes.lastIndex(of: Path.slash) else { return self }
        return Path(bytes: bytes[(cut + 1)...])
    }

    /// What precedes the last slash: `/` for a name in the root, `.` for a bare name.
    public var directory: Path {
        guard let cut = bytes.lastIndex(of: Path.slash) else { return "." }
        return cut == 0 ? "/" : Path(bytes: bytes[..<cut])
    }

    /// The non-empty parts between slashes.
    public var components: [Path] {
        bytes.split(separator: Path.slash).map { Path(bytes: $0) }
    }

    /// Whether this is `directory` with one more name: what `self.directory == directory` says without making a path of it.
    public func isDirectly(in directory: Path) -> Bool {
        let count = directory.bytes.count
        guard count > 0, bytes.count > count else { return false }
        return bytes.withUnsafeBufferPointer { own in
            directory.bytes.withUnsafeBufferPointer { other in
                guard let first = own.baseAddress, let second = other.baseAddress, memcmp(first, second, count) == 0
                else { return false }
                let start = other[count - 1] == Path.slash ? count : count + 1
                guard start == count ? count == 1 : own[count] == Path.slash else { return false }
                return start >= own.count || memchr(first + start, CInt(Path.slash), own.count - start) == nil
            }
        }
    }

    /// `name` below this directory.
    public func appending(_ name: Path) -> Path {
        if bytes.isEmpty { return name }
        let needsSlash = bytes.last != Path.slash
        let length = bytes.count + (needsSlash ? 1 : 0) + name.bytes.count
        // A run makes one for each name that it finds. Put together elsewhere: an array of a capacity has the runtime look for
        // its type, which takes longer than all the rest.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { buffer in
            var count = bytes.withUnsafeBufferPointer { buffer.initialize(fromContentsOf: $0) }
            if needsSlash {
                buffer[count] = Path.slash
                count += 1
            }
            let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
            _ = name.bytes.withUnsafeBufferPointer { rest.initialize(fromContentsOf: $0) }
            return Path(whole: Array(buffer))
        }
    }

    /// This path, or, where it is relative, the one below `base`.
    public func resolved(against base: Path) -> Path {
        isAbsolute ? self : base.appending(self)
    }

    /// With one slash wherever there are several, and none at the end: what names the same file.
    public var withoutDoubledSlashes: Path {
        var path = Path(bytes: [])
        for byte in bytes where byte != Path.slash || path.bytes.last != Path.slash { path.bytes.append(byte) }
        if path.bytes.count > 1, path.bytes.last == Path.slash { path.bytes.removeLast() }
        return path
    }

    /// Whether there are two slashes one behind the other.
    public var hasDoubledSlashes: Bool {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            // Where two bytes side by side are slashes, eight places at a time.
            var index = 0
            while index + 9 <= buffer.count {
                let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ Path.slashes
                let next = base.loadUnaligned(fromByteOffset: index + 1, as: UInt64.self) ^ Path.slashes
                let either = word | next
                // Whether one of its bytes is 0; that of the lowest such byte is told rightly, whatever is above it.
                if (either &- 0x0101_0101_0101_0101) & ~either & 0x8080_8080_8080_8080 != 0 { return true }
                index += 8
            }
            while index + 1 < buffer.count {
                if buffer[index] == Path.slash, buffer[index + 1] == Path.slash { return true }
                index += 1
            }
            return false
        }
    }

    /// The bytes of both, one behind the other.
    public static func + (left: Path, right: Path) -> Path {
        var sum = left
        sum.bytes.append(contentsOf: right.bytes)
        return sum
    }

    /// Whether these are the bytes, without a path being made of them.
    public func consists(of other: ArraySlice<UInt8>) -> Bool {
        bytes.count == other.count
            && other.withUnsafeBufferPointer { other in
                bytes.withUnsafeBufferPointer { own in
                    guard let first = own.baseAddress, let second = other.baseAddress else { return true }
                    return memcmp(first, second, own.count) == 0
                }
            }
    }

    /// Whether the bytes end with those of `suffix`.
    public func hasSuffix(_ suffix: Path) -> Bool {
        holds(suffix, at: bytes.count - suffix.bytes.count)
    }

    /// Whether the bytes begin with those of `prefix`.
    public func hasPrefix(_ prefix: Path) -> Bool {
        holds(prefix, at: 0)
    }

    private func holds(_ part: Path, at place: Int) -> Bool {
        guard place >= 0, bytes.count - place >= part.bytes.count else { return false }
        return bytes.withUnsafeBufferPointer { own in
            part.bytes.withUnsafeBufferPointer { other in
                guard let first = own.baseAddress, let second = other.baseAddress else { return other.isEmpty }
                return memcmp(first + place, second, other.count) == 0
            }
        }
    }

    /// Calls `body` with the NUL-terminated bytes.
    @inlinable
    public func withCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeTemporaryBuffer(count: bytes.count + 1) { buffer throws(Failure) in
            bytes.withUnsafeBytes { own in
                if let source = own.baseAddress {
                    UnsafeMutableRawPointer(buffer).copyMemory(from: source, byteCount: own.count)
                }
            }
            buffer[bytes.count] = 0
            return try body(UnsafePointer(buffer))
        }
    }

    /// Calls `body` with the NUL-terminated bytes of `name`.
    func withNameCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { own throws(Failure) in
            var start = own.count
            while start > 0, own[start - 1] != Path.slash { start -= 1 }
            let length = own.count - start
            return try withUnsafeTemporaryBuffer(count: length + 1) { buffer throws(Failure) in
                if let source = own.baseAddress { memcpy(buffer, source + start, length) }
                buffer[length] = 0
                return try body(UnsafePointer(buffer))
            }
        }
    }

    @inlinable
    func withUnsafeTemporaryBuffer<Result, Failure: Error>(
        count: Int, _ body: (UnsafeMutablePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outcome = withUnsafeTemporaryAllocation(of: CChar.self, capacity: count) {
            buffer -> Swift.Result<Result, Failure> in
            // A count of at least one always has a base address.
            guard let base = buffer.baseAddress else { preconditionFailure("an allocation without an address") }
            do throws(Failure) {
                return .success(try body(base))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

extension Path {
    /// What a path is made of for somebody who wants to write it down.
    public enum Piece: Hashable, Sendable {
        /// A well-formed scalar of UTF-8.
        case scalar(Unicode.Scalar)
        /// A byte that belongs to none.
        case byte(UInt8)
    }

    /// The bytes as UTF-8 as far as they are.
    public var pieces: [Piece] {
        var pieces: [Piece] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if let (scalar, length) = Path.scalar(at: rest) {
                pieces.append(.scalar(scalar))
                rest = rest.dropFirst(length)
            } else {
                pieces.append(.byte(byte))
                rest = rest.dropFirst()
            }
        }
        return pieces
    }

    /// The well-formed UTF-8 scalar that the bytes begin with, and how many bytes it takes.
    private static func scalar(at bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        var decoder = Unicode.UTF8()
        var iterator = bytes.prefix(4).makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return (scalar, Unicode.UTF8.width(scalar))
    }
}

extension Path: CustomStringConvertible {
    /// For people: UTF-8 as it is, control characters and anything else as `\xNN`, so that a log's name cannot write
    /// escape sequences to a terminal.
    public var description: String {
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return String(decoding: bytes, as: UTF8.self) }
        var text = ""
        for piece in pieces {
            switch piece {
            case .scalar(let scalar) where !Path.isControl(scalar): text.unicodeScalars.append(scalar)
            case .scalar(let scalar): for byte in String(scalar).utf8 { text += Path.escape(byte) }
            case .byte(let byte): text += Path.escape(byte)
            }
        }
        return text
    }

    private static func escape(_ byte: UInt8) -> String {
        "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
    }
}
