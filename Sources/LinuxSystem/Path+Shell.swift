extension Path {
    /// The path as a word of a command line that somebody can paste into a shell: in quotes where it needs some.
    public var shellWord: String {
        let plain = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Path.plainMarks.contains(byte)
            }
        }
        if plain, !bytes.isEmpty, bytes.first != UInt8(ascii: "-") { return String(decoding: bytes, as: UTF8.self) }
        // What cannot be shown is written in bash's and ksh's way.
        if bytes.contains(where: { $0 < 0x20 || $0 >= 0x7f }) {
            let text = bytes.map { byte in
                byte < 0x20 || byte >= 0x7f || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\")
                    ? "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                    : String(UnicodeScalar(byte))
            }
            return "$'" + text.joined() + "'"
        }
        let quote = UInt8(ascii: "'")
        let text = bytes.map { $0 == quote ? "'\\''" : String(UnicodeScalar($0)) }
        return "'" + text.joined() + "'"
    }

    private static let plainMarks: Set<UInt8> = Set("/._-+:@%,=".utf8)
}
