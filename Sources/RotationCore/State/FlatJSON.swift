public import LinuxSystem

/// Reads one JSON object without further objects in it, as each line of the history is one: text, numbers, true, false and
/// null. Anything else is no such line.
public struct FlatJSON: Sendable {
    /// A member's value.
    public enum Value: Hashable, Sendable {
        case text(Path)
        case integer(Int64)
        case other
    }

    /// The members.
    public private(set) var members: [String: Value] = [:]
    private var rest: ArraySlice<UInt8>

    /// nil where the line is no such object.
    public init?(_ line: ArraySlice<UInt8>) {
        rest = line
        guard take("{") else { return nil }
        if take("}") { return }
        repeat {
            guard let key = string(), take(":"), let value = value() else { return nil }
            members[key.description] = value
        } while take(",")
        guard take("}"), skipBlanks() == nil else { return nil }
    }

    /// A member that is text.
    public subscript(text key: String) -> Path? {
        if case .text(let text)? = members[key] { return text }
        return nil
    }

    /// A member that is a number.
    public subscript(integer key: String) -> Int64? {
        if case .integer(let number)? = members[key] { return number }
        return nil
    }

    /// The next byte that is no blank.
    @discardableResult
    private mutating func skipBlanks() -> UInt8? {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
        return rest.first
    }

    private mutating func take(_ character: Character) -> Bool {
        guard skipBlanks() == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func value() -> Value? {
        guard let first = skipBlanks() else { return nil }
        if first == UInt8(ascii: "\"") { return string().map { .text($0) } }
        let word = rest.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") && $0 > 0x20 }
        rest = rest.dropFirst(word.count)
        let text = String(decoding: word, as: UTF8.self)
        if ["true", "false", "null"].contains(text) { return .other }
        if let number = Int64(text) { return .integer(number) }
        return Double(text) == nil ? nil : .other
    }

    private mutating func string() -> Path? {
        guard take("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return Path(bytes: bytes)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                bytes += escaped
            default: bytes.append(byte)
            }
        }
        return nil
    }

    /// What follows a backslash. A lone surrogate from `\udc80` to `\udcff` is a byte that is not UTF-8.
    private mutating func escape() -> [UInt8]? {
        guard let kind = rest.popFirst() else { return nil }
        switch kind {
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [kind]
        case UInt8(ascii: "u"):
            guard let unit = hexadecimal() else { return nil }
            if (0xdc80...0xdcff).contains(unit) { return [UInt8(unit - 0xdc00)] }
            if (0xd800...0xdbff).contains(unit) {
                guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
                    let low = hexadecimal(), (0xdc00...0xdfff).contains(low)
                else { return nil }
                return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)).map { Array(String($0).utf8) }
            }
            return Unicode.Scalar(unit).map { Array(String($0).utf8) }
        default: return nil
        }
    }

    private mutating func hexadecimal() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
