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
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds the value as JSON, on one line, in UTF-8.
    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .true: bytes += "true".utf8
        case .false: bytes += "false".utf8
        case .integer(let number): bytes += String(number).utf8
        case .text(let text): JSONValue.quote(text.utf8, to: &bytes)
        case .path(let path): JSONValue.quote(path.bytes, to: &bytes)
        case .array(let values):
            JSONValue.write(values, between: ("[", "]"), to: &bytes) { $0.write(to: &$1) }
        case .members(let members):
            JSONValue.write(members, between: ("{", "}"), to: &bytes) { member, bytes in
                JSONValue.quote(member.key.utf8, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], between ends: (Unicode.Scalar, Unicode.Scalar), to bytes: inout [UInt8],
        _ write: (Element, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: ends.0))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(element, &bytes)
        }
        bytes.append(UInt8(ascii: ends.1))
    }

    /// Bytes that are not UTF-8 become lone surrogates, `\udc80` to `\udcff`, as Python's surrogateescape has them.
    private static func quote(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // Nearly all are plain: a history of thousands of cuts is written by every run that makes them.
        if text.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes += text
            return
        }
        for piece in Path(bytes: text).pieces {
            switch piece {
            case .scalar("\""): bytes += "\\\"".utf8
            case .scalar("\\"): bytes += "\\\\".utf8
            case .scalar(let scalar) where scalar.value < 0x20 || scalar.value == 0x7f:
                bytes += ("\\u" + padded(String(scalar.value, radix: 16))).utf8
            case .scalar(let scalar): bytes += scalar.utf8
            case .byte(let byte): bytes += ("\\udc" + String(byte, radix: 16)).utf8
            }
        }
    }

    private static func padded(_ digits: String) -> String {
        String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
