import LinuxSystem

/// A directive's value, and the readings it can have. Each throws a sentence that says what is wanted.
struct Argument {
    let directive: Directive
    let value: Path

    var text: String { String(decoding: value.bytes, as: UTF8.self) }
    var isEmpty: Bool { value.isEmpty }

    /// The words between blanks.
    var words: [String] {
        value.bytes.split(whereSeparator: \.isSpace).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The words between blanks, where quotes keep blanks in a word together.
    func quotedWords() throws(DirectiveProblem) -> [String] {
        guard let words = value.quotedWords else { throw problem("each quote closed on its line") }
        return words
    }

    /// A problem that names the value and what it should be.
    func problem(_ wanted: String) -> DirectiveProblem {
        var message = "\(directive.rawValue): '\(value)' is not understood; wanted: \(wanted)"
        if value.bytes.contains(UInt8(ascii: "#")) { message += " (a comment needs a line of its own)" }
        if value.bytes.last == UInt8(ascii: "}") { message += " (put the } on a line of its own)" }
        return DirectiveProblem(message, logrotate: LogrotateText.badValue(text, of: directive))
    }

    func number(_ range: ClosedRange<Int>) throws(DirectiveProblem) -> Int {
        guard let number = plainNumber ?? Quantities.integer(text), range.contains(number) else {
            throw problem("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number up to a limit; -1, for no limit, where it is that or more.
    func countOrAll(_ limit: Int) throws(DirectiveProblem) -> Int {
        if let number = plainNumber ?? Quantities.integer(text), number > limit { return -1 }
        return try number(-1...limit)
    }

    /// A decimal number without sign and leading zeros, as nearly all are; nil for anything else.
    private var plainNumber: Int? {
        guard (1...9).contains(value.bytes.count), value.bytes.allSatisfy(\.isDigit),
            value.bytes[0] != UInt8(ascii: "0") || value.bytes.count == 1
        else { return nil }
        return value.bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    func weekday() throws(DirectiveProblem) -> Int {
        if isEmpty { return 0 }
        let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        if let day = names.firstIndex(where: { text.lowercased().hasPrefix($0) }) { return day }
        guard let number = Quantities.integer(text), (0...7).contains(number) else {
            throw problem("a weekday from 0 (Sunday) to 6, or 7 for seven days after the last time")
        }
        return number
    }

    func size() throws(DirectiveProblem) -> Int64 {
        guard let bytes = Quantities.size(text) else { throw problem("a size such as 500, 100k, 20M, 4G or 1T") }
        return bytes
    }

    /// Without a unit the number counts `bareUnitSeconds`; nil: it needs one.
    func age(bareUnitSeconds: Int64?) throws(DirectiveProblem) -> Int64 {
        let bare = text.drop { $0 == "+" }.allSatisfy(\.isNumber)
        guard !(bare && bareUnitSeconds == nil), let seconds = Quantities.age(text, unitSeconds: bareUnitSeconds ?? 1)
        else {
            throw problem(
                "a time such as 90s, 5m, 12h, 30d or 4w" + (bareUnitSeconds == nil ? "" : ", or a number of days"))
        }
        return seconds
    }

    /// Something that can be part of a file's name.
    func fileNamePart() throws(DirectiveProblem) -> Path {
        guard !value.bytes.contains(UInt8(ascii: "/")) else { throw problem("a part of a name, without /") }
        return value
    }

    func choice<Choice: CaseIterable & RawRepresentable>() throws(DirectiveProblem) -> Choice
    where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            throw problem(Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }
}

extension Path {
    /// The words between blanks, where quotes keep blanks in a word together; nil where a quote is not closed.
    var quotedWords: [String]? {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var quote: UInt8?
        for byte in bytes {
            switch (byte, quote) {
            case (let byte, let open?) where byte == open: quote = nil
            case (UInt8(ascii: "\""), nil), (UInt8(ascii: "'"), nil):
                quote = byte
                word = word ?? []
            case (let byte, nil) where byte.isSpace:
                if let ended = word { words.append(ended) }
                word = nil
            default: if word?.append(byte) == nil { word = [byte] }
            }
        }
        guard quote == nil else { return nil }
        if let word { words.append(word) }
        return words.map { String(decoding: $0, as: UTF8.self) }
    }
}
