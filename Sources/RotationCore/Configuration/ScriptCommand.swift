import LinuxSystem

/// A simple command of a shell script: a program and its arguments. This is no shell: it sees words, quotes and what commands
/// are separated by, which is enough to tell what a program is started for.
struct ScriptCommand: Hashable {
    /// What stands before a command.
    enum Lead: Hashable {
        case beginning
        /// `|`: it reads what the command before it prints.
        case pipe
        /// `$(` or a backtick: what it prints becomes a word of the command around it.
        case substitution
    }

    var lead: Lead
    var words: [String]

    /// The bare name of the program; nil where there is none.
    var program: String? {
        words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    }

    /// All commands of a script, in its order. Comments are none.
    static func all(in script: Path) -> [ScriptCommand] {
        var reading = Reading()
        var rest = script.bytes[...]
        while let byte = rest.popFirst() { reading.take(byte, &rest) }
        reading.end(.beginning)
        return reading.commands.compactMap(\.withoutPrefixes)
    }

    private struct Reading {
        var commands: [ScriptCommand] = []
        private var words: [String] = []
        private var word: [UInt8]?
        private var quote: UInt8?
        private var lead = Lead.beginning

        mutating func take(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) {
            switch (byte, quote) {
            case (let byte, let open?) where byte == open: quote = nil
            case (_, UInt8(ascii: "'")?): word = (word ?? []) + [byte]
            case (UInt8(ascii: "\\"), _):
                if let next = rest.popFirst(), next != UInt8(ascii: "\n") { word = (word ?? []) + [next] }
            case (UInt8(ascii: "$"), _) where rest.first == UInt8(ascii: "("):
                rest.removeFirst()
                quote = nil
                end(.substitution)
            case (UInt8(ascii: "`"), _):
                quote = nil
                end(.substitution)
            case (_, _?): word = (word ?? []) + [byte]
            case (UInt8(ascii: "\""), nil), (UInt8(ascii: "'"), nil):
                quote = byte
                word = word ?? []
            case (UInt8(ascii: "#"), nil) where word == nil:
                while let next = rest.first, next != UInt8(ascii: "\n") { rest.removeFirst() }
            case (UInt8(ascii: "|"), nil):
                let isOr = rest.first == UInt8(ascii: "|")
                if isOr { rest.removeFirst() }
                end(isOr ? .beginning : .pipe)
            case (UInt8(ascii: "\n"), nil), (UInt8(ascii: ";"), nil), (UInt8(ascii: "&"), nil),
                (UInt8(ascii: "("), nil), (UInt8(ascii: ")"), nil):
                // `2>&1` separates nothing.
                if byte == UInt8(ascii: "&"), word?.last == UInt8(ascii: ">") { return }
                end(.beginning)
            case (let byte, nil) where byte.isSpace: endWord()
            default: word = (word ?? []) + [byte]
            }
        }

        private mutating func endWord() {
            if let word { words.append(String(decoding: word, as: UTF8.self)) }
            word = nil
        }

        /// Ends a command; the next one begins so.
        mutating func end(_ next: Lead) {
            endWord()
            if !words.isEmpty { commands.append(ScriptCommand(lead: lead, words: words)) }
            words = []
            lead = next
        }
    }

    /// Words of the shell and programs that start another program.
    private static let prefixes: Set<String> = [
        "if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "exec", "command", "nohup", "sudo",
        "env", "setsid", "eval",
    ]

    /// Without what stands before the program; nil where nothing is left.
    private var withoutPrefixes: ScriptCommand? {
        let own = words.drop { word in
            Self.prefixes.contains(word.split(separator: "/").last.map(String.init) ?? word) || Self.isAssignment(word)
        }
        return own.isEmpty ? nil : ScriptCommand(lead: lead, words: Array(own))
    }

    private static func isAssignment(_ word: String) -> Bool {
        guard let sign = word.firstIndex(of: "="), let first = word.first else { return false }
        return (first.isLetter || first == "_")
            && word[..<sign].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
