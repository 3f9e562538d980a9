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
        if !spaceBody(&lexer, &rule) { report(.error, location, "space \(directory): the } is missing") }
        if errorCount == errorsBefore {
            configuration.spaces.append(rule)
        } else {
            report(.error, location, "this space block has errors and is not used: \(directory)")
        }
    }

    /// False where the block does not end, or another stanza begins before it does.
    private mutating func spaceBody(_ lexer: inout ConfigurationLexer, _ rule: inout SpaceRule) -> Bool {
        var said: Set<SpaceInterpreter.Directive> = []
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
                    // What it governs is not to be lost with this block.
                    if lexer.isAtStanza() {
                        report(.error, location, "a path inside a space block: is the } before it missing?")
                        return false
                    }
                    report(.error, location, "'\(lexer.peekToken())' is no directive of a space block")
                } else {
                    let guess = Suggestion.closest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
                    report(.error, location, "'\(word)' is no directive of a space block" + guess)
                }
                lexer.skipLine()
                continue
            }
            if !said.insert(directive).inserted, directive != .purge {
                report(.error, location, "\(word) is said twice in this block: remove one of them")
            }
            var value = lexer.value().withoutTrailingComment
            let isLast = value.bytes.split(whereSeparator: \.isSpace).last.map(Array.init) == [UInt8(ascii: "}")]
            if isLast {
                value.bytes.removeLast()
                while value.bytes.last?.isSpace == true { value.bytes.removeLast() }
            }
            do throws(DirectiveProblem) {
                try SpaceInterpreter.apply(directive, value, to: &rule)
                if let remark = SpaceInterpreter.remark(on: directive, value) {
                    configuration.remarks.append(Diagnostic(.warning, location, remark))
                }
            } catch {
                report(error.severity, location, error.message)
            }
            if isLast { return true }
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
