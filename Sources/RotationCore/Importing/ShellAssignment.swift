/// A line NAME=VALUE of a file that a shell would read.
public struct ShellAssignment: Hashable, Sendable {
    /// The variable's name.
    public var name: String
    /// Its value; nil where only a shell could tell it.
    public var value: String?
    /// Where it stands.
    public var line: Int

    /// A line NAME=VALUE.
    public init(name: String, value: String?, line: Int) {
        self.name = name
        self.value = value
        self.line = line
    }

    /// The assignments of a file such as those in /etc/sysconfig, in its order. Nothing is executed: what a shell would have
    /// to work out has no value, and what is no assignment is left out.
    public static func parse(_ text: String) -> [ShellAssignment] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            parse(line: line, number: index + 1)
        }
    }

    private static func parse(line: Substring, number: Int) -> ShellAssignment? {
        var rest = line.drop(while: \.isWhitespace)
        if rest.hasPrefix("export"), let next = rest.dropFirst(6).first, next.isWhitespace {
            rest = rest.dropFirst(6).drop(while: \.isWhitespace)
        }
        let name = rest.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        guard let first = name.first, !first.isNumber else { return nil }
        rest = rest.dropFirst(name.count)
        guard rest.first == "=" else { return nil }
        return ShellAssignment(name: String(name), value: value(rest.dropFirst()), line: number)
    }

    /// One word as the shell takes it: parts with and without quotes.
    private static func value(_ text: Substring) -> String? {
        var rest = text
        var value = ""
        while let character = rest.first {
            rest = rest.dropFirst()
            switch character {
            case "'", "\"":
                guard let end = rest.firstIndex(of: character) else { return nil }
                let part = rest[..<end]
                if character == "\"", part.contains(where: { "$`\\".contains($0) }) { return nil }
                value += part
                rest = rest[end...].dropFirst()
            case "$", "`", "\\", "|", "&", "<", ">", "(", ")", "*", "?", "~": return nil
            case _ where character.isWhitespace || character == ";":
                // Behind it only a comment may stand; else it is a command with a variable of its own.
                let behind = rest.drop { $0.isWhitespace || $0 == ";" }
                return behind.isEmpty || behind.first == "#" ? value : nil
            default: value.append(character)
            }
        }
        return value
    }
}
