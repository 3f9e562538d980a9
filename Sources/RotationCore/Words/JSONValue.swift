public import LinuxSystem

/// JSON as far as the reports need it. Paths need not be UTF-8, which no JSON library writes.
public enum JSONValue: Hashable, Sendable {
    /// null.
    case null
    /// true.
    case `true`
    /// false.
    case `false`
    /// A whole number.
    case integer(Int64)
    /// Text.
    case text(String)
    /// A path, which need not be UTF-8.
    case path(Path)
    /// Values in their order.
    case array([JSONValue])
    /// An object: see `object`.
    case members([Member])

    /// A member of an object.
    public struct Member: Hashable, Sendable {
        let key: String
        let value: JSONValue
    }

    /// An object with these members, in their order.
    public static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .members(members.map { Member(key: $0.0, value: $0.1) })
    }

    /// The value as JSON, on one line.
    public var text: String {
        switch self {
        case .null: "null"
        case .true: "true"
        case .false: "false"
        case .integer(let number): String(number)
        case .text(let text): JSONValue.quoted(Path(text))
        case .path(let path): JSONValue.quoted(path)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .members(let members):
            "{" + members.map { JSONValue.quoted(Path($0.key)) + ":" + $0.value.text }.joined(separator: ",") + "}"
        }
    }

    /// Bytes that are not UTF-8 become lone surrogates, `\udc80` to `\udcff`, as Python's surrogateescape has them.
    private static func quoted(_ path: Path) -> String {
        // Nearly all are plain: a history of thousands of cuts is written by every run that makes them.
        if path.bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            return "\"" + String(decoding: path.bytes, as: UTF8.self) + "\""
        }
        var result = "\""
        for piece in path.pieces {
            switch piece {
            case .scalar("\""): result += "\\\""
            case .scalar("\\"): result += "\\\\"
            case .scalar(let scalar) where scalar.value < 0x20 || scalar.value == 0x7f:
                result += "\\u" + padded(String(scalar.value, radix: 16))
            case .scalar(let scalar): result.unicodeScalars.append(scalar)
            case .byte(let byte): result += "\\udc" + String(byte, radix: 16)
            }
        }
        return result + "\""
    }

    private static func padded(_ digits: String) -> String {
        String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
