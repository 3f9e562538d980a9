public import LinuxSystem

/// Reads the pieces that logrotate's grammar is made of, and knows where each stands.
struct ConfigurationLexer {
    let file: Path
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0

    init(file: Path, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    /// Where the next byte stands.
    var location: SourceLocation {
        SourceLocation(file: file, line: line, column: position - lineStart + 1)
    }

    /// The next byte; nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func advance() {
        guard let byte = next else { return }
        position += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = position
        }
    }

    /// Goes over blanks, line ends and comments.
    mutating func skipSpace() {
        while let byte = next {
            if byte == UInt8(ascii: "#") {
                skipLine()
            } else if byte.isSpace {
                advance()
            } else {
                return
            }
        }
    }

    /// Whether paths and a { follow, as at the beginning of a stanza.
    func isAtStanza() -> Bool {
        var ahead = self
        while let byte = ahead.next,
            [UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "~")].contains(byte)
        {
            guard ahead.shellWord() != nil else { return false }
            ahead.skipSpace()
        }
        return ahead.next == UInt8(ascii: "{")
    }

    /// Goes over blanks on this line.
    mutating func skipBlanks() {
        while let byte = next, byte.isSpace, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Goes to the end of the line.
    mutating func skipLine() {
        while let byte = next, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Goes to the end of the line, or, where that opens a block, behind the block.
    mutating func skipLineOrBlock() {
        var isBlock = false
        while let byte = next, byte != UInt8(ascii: "\n") {
            if byte == UInt8(ascii: "{") { isBlock = true }
            advance()
        }
        while isBlock, next != nil {
            skipSpace()
            if next == UInt8(ascii: "}") {
                advance()
                return
            }
            if let directive = Directive(rawValue: word()), directive.argument == .script { _ = script() }
            skipLine()
        }
    }

    /// Letters up to something else.
    mutating func word() -> String {
        let start = position
        while let byte = next, byte.isLetter { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The next letters as numbers, up to 16 of them; nil where there are more. Nothing is consumed.
    func wordKey() -> WordKey? {
        var key = WordKey()
        var end = position
        while end < bytes.count, bytes[end].isLetter {
            guard end - position < 16 else { return nil }
            key.append(bytes[end])
            end += 1
        }
        key.count = end - position
        return key
    }

    /// Whether a blank, a `=` or the end follows these letters.
    func isWordEnd(_ key: WordKey) -> Bool {
        let end = position + key.count
        return end >= bytes.count || bytes[end].isSpace || bytes[end] == UInt8(ascii: "=")
    }

    /// Goes over letters that `wordKey` has looked at.
    mutating func skip(_ key: WordKey) {
        position += key.count
    }

    /// Everything up to a blank: for a message about what is no word.
    func peekToken() -> Path {
        Path(bytes: bytes[position...].prefix { !$0.isSpace })
    }

    /// What follows a directive on its line, without blanks around it and without a `=` before it.
    mutating func value() -> Path {
        skipBlanks()
        if next == UInt8(ascii: "=") {
            advance()
            skipBlanks()
        }
        let start = position
        skipLine()
        var end = position
        while end > start, bytes[end - 1].isSpace { end -= 1 }
        return Path(bytes: bytes[start..<end])
    }

    /// The lines up to one that begins with `endscript`; nil where there is none.
    mutating func script() -> Path? {
        let start = position
        while next != nil {
            let lineBegin = position
            skipBlanks()
            let here = position
            if word() == "endscript" {
                // What follows directly, as in `endscript;`, is nothing to logrotate.
                if let byte = next, !byte.isSpace { advance() }
                return Path(bytes: withoutCarriageReturns(bytes[start..<lineBegin]))
            }
            position = here
            skipLine()
            advance()
        }
        return nil
    }

    /// A script of a file whose lines end as on Windows: a shell would take the CR for a part of each last word.
    private func withoutCarriageReturns(_ script: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let carriageReturn = UInt8(ascii: "\r")
        let lineEnd = UInt8(ascii: "\n")
        guard let end = script.firstIndex(of: lineEnd), end > script.startIndex, script[end - 1] == carriageReturn
        else { return script }
        return script.indices.filter { index in
            script[index] != carriageReturn || index + 1 == script.endIndex || script[index + 1] != lineEnd
        }.map { script[$0] }[...]
    }

    /// A word of the shell's grammar: blanks end it; quotes and backslashes keep what they enclose. An unquoted `{`
    /// ends it too. nil where a quote is not closed.
    mutating func shellWord() -> Path? {
        if let plain = plainWord() { return plain }
        var word = Path(bytes: [])
        var quote: UInt8?
        while let byte = next {
            switch (byte, quote) {
            case (UInt8(ascii: "\\"), let open) where open != UInt8(ascii: "'"):
                advance()
                guard let escaped = next else { return nil }
                // In double quotes a backslash keeps itself before anything it does not protect, as in a shell.
                if open != nil, escaped != UInt8(ascii: "\""), escaped != UInt8(ascii: "\\") {
                    word.bytes.append(byte)
                }
                word.bytes.append(escaped)
            case (let byte, let open?) where byte == open: quote = nil
            case (UInt8(ascii: "\""), nil), (UInt8(ascii: "'"), nil): quote = byte
            case (let byte, nil) where byte.isSpace || byte == UInt8(ascii: "{"): return word
            default: word.bytes.append(byte)
            }
            advance()
        }
        return quote == nil ? word : nil
    }

    /// A word of this line without quotes and backslashes, as nearly all are; nil, and nothing consumed, where it has some.
    private mutating func plainWord() -> Path? {
        let length = bytes.withUnsafeBufferPointer { bytes -> Int? in
            var end = position
            while end < bytes.count, !bytes[end].isSpace, bytes[end] != UInt8(ascii: "{") {
                switch bytes[end] {
                case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): return nil
                default: end += 1
                }
            }
            return end - position
        }
        guard let length else { return nil }
        let word = Path(bytes: bytes[position..<position + length])
        position += length
        return word
    }

    /// The text from a place to here, without blanks at its ends.
    ///
    /// - Parameter word: what it nearly always is: then the same bytes are not kept twice.
    func text(from start: Int, probably word: Path?) -> Path {
        var end = position
        while end > start, bytes[end - 1].isSpace { end -= 1 }
        let text = bytes[start..<end]
        if let word, word.consists(of: text) { return word }
        return Path(bytes: text)
    }

    /// A place to hand to `text(from:probably:)`.
    var mark: Int { position }
}

/// A word of up to 16 bytes, to be compared at once.
struct WordKey: Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    fileprivate(set) var count = 0

    fileprivate mutating func append(_ byte: UInt8) {
        high = high << 8 | low >> 56
        low = low << 8 | UInt64(byte)
    }
}

extension UInt8 {
    /// What isspace(3) says in the C locale.
    var isSpace: Bool { self == 0x20 || (0x09...0x0d).contains(self) }

    /// A to Z in either case.
    var isLetter: Bool { (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self) }

    /// 0 to 9.
    var isDigit: Bool { (0x30...0x39).contains(self) }
}

extension Path {
    /// With single blanks for every run of white space.
    public var onOneLine: Path {
        Path(bytes: Array(bytes.split(whereSeparator: \.isSpace).joined(separator: [UInt8(ascii: " ")])))
    }
}
