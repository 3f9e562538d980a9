import LinuxSystem

extension ConfigurationParser {
    mutating func space(_ lexer: inout ConfigurationLexer, _ location: SourceLocation) {
        lexer.skipBlanks()
        let errorsBefore = errorCount
        guard let directory = lexer.shellWord(), directory.isAbsolute else {
            report(.error, location, "space: the absolute path of a directory is missing")
            lexer.skipLine()
            return
        }
        lexer.skipSpace()
        guard lexer.next == UInt8(ascii: "{") else {
            report(.error, location, "space \(directory): the { is missing")
            return
        }
        lexer.advance()
        if configuration.spaces.contains(where: { $0.directory == directory }) {
            report(.error, location, "space \(directory): there is a block for this directory already")
        }
        var rule = SpaceRule(directory: directory, location: location)
        guard spaceBody(&lexer, &rule) else {
            report(.error, location, "space \(directory): the } is missing")
            return
        }
        if errorCount == errorsBefore { configuration.spaces.append(rule) }
    }

    private mutating func spaceBody(_ lexer: inout ConfigurationLexer, _ rule: inout SpaceRule) -> Bool {
        while true {
            lexer.skipSpace()
            let location = lexer.location
            guard let byte = lexer.next else { return false }
            if byte == UInt8(ascii: "}") {
                lexer.advance()
                rejectTextBehindBrace(&lexer)
                return true
            }
            let word = lexer.word()
            guard let directive = SpaceInterpreter.Directive(rawValue: word) else {
                let words = SpaceInterpreter.Directive.allCases.map(\.rawValue)
                if word.isEmpty {
                    report(.error, location, "'\(lexer.peekToken())' is no directive of a space block")
                } else {
                    let guess = Suggestion.closest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
                    report(.error, location, "'\(word)' is no directive of a space block" + guess)
                }
                lexer.skipLine()
                continue
            }
            do throws(DirectiveProblem) {
                try SpaceInterpreter.apply(directive, lexer.value().withoutTrailingComment, to: &rule)
            } catch {
                report(error.severity, location, error.message)
            }
        }
    }
}

extension Path {
    /// Up to a `#` behind a blank.
    fileprivate var withoutTrailingComment: Path {
        for index in bytes.indices where bytes[index] == UInt8(ascii: "#") {
            if index > 0, !bytes[index - 1].isSpace { continue }
            var kept = bytes[..<index]
            while let last = kept.last, last.isSpace { kept.removeLast() }
            return Path(bytes: kept)
        }
        return self
    }
}
