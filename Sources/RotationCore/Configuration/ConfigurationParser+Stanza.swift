import LinuxSystem

extension ConfigurationParser {
    mutating func stanza(_ lexer: inout ConfigurationLexer) {
        let location = lexer.location
        let errorsBefore = errorCount
        guard let (patterns, text) = patterns(&lexer) else {
            reading.strangers += 1
            return
        }
        reading.understood += 1
        var stanza = Stanza(patterns: patterns, patternText: text, location: location, settings: globals)
        var own = DirectiveSet()
        guard stanzaBody(&lexer, &stanza, &own) else {
            report(.error, location, "the } of this stanza is missing; it is skipped")
            stanza.isBroken = true
            configuration.stanzas.append(stanza)
            return
        }
        for (subject, place) in broken.sorted(by: { $0.value.line < $1.value.line }) where !own.contains(subject) {
            report(
                .error, location, "this stanza would be governed by the broken global \(subject.rawValue) at \(place)")
        }
        if errorCount > errorsBefore {
            report(.error, location, "this stanza has errors and is skipped: \(text.onOneLine)")
            stanza.isBroken = true
        }
        configuration.stanzas.append(stanza)
    }

    /// The patterns up to the opening brace, which is consumed.
    private mutating func patterns(_ lexer: inout ConfigurationLexer) -> ([LogPattern], Path)? {
        var patterns: [LogPattern] = []
        let start = lexer.mark
        while true {
            lexer.skipSpace()
            let location = lexer.location
            guard let byte = lexer.next else {
                report(.error, location, "the file ends before the { of this stanza")
                return nil
            }
            if byte == UInt8(ascii: "{") { break }
            guard let word = lexer.shellWord() else {
                report(.error, location, "this quote is not closed")
                return nil
            }
            if let pattern = pattern(word, location) { patterns.append(pattern) }
        }
        let text = lexer.text(from: start)
        lexer.advance()
        return (patterns, text)
    }

    private mutating func pattern(_ word: Path, _ location: SourceLocation) -> LogPattern? {
        guard let path = DirectiveInterpreter.expandHome(word, environment) else {
            report(.error, location, "there is no home directory for \(word)")
            return nil
        }
        guard path.isAbsolute, !path.bytes.contains(0) else {
            reading.strangers += 1
            report(.error, location, "'\(word)' is no absolute path")
            return nil
        }
        return LogPattern(text: path, location: location)
    }

    /// The directives up to the closing brace, which is consumed; false where there is none.
    private mutating func stanzaBody(
        _ lexer: inout ConfigurationLexer, _ stanza: inout Stanza, _ own: inout DirectiveSet
    ) -> Bool {
        while true {
            lexer.skipSpace()
            let location = lexer.location
            guard let byte = lexer.next else { return false }
            switch byte {
            case UInt8(ascii: "}"):
                lexer.advance()
                rejectTextBehindBrace(&lexer)
                return true
            case let letter where letter.isLetter:
                guard let directive = directive(&lexer) else { continue }
                own.insert(directive.subject)
                stanzaDirective(directive, at: location, &lexer, &stanza, &own)
            case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "~"):
                report(.error, location, "a path inside a stanza: is the } before it missing?")
                // The next stanza is not to pay for that: its logs are its own.
                if lexer.isAtStanza() { return false }
                lexer.skipLine()
            default:
                report(.error, location, "'\(lexer.peekToken())' is no directive")
                lexer.skipLine()
            }
        }
    }

    mutating func rejectTextBehindBrace(_ lexer: inout ConfigurationLexer) {
        lexer.skipBlanks()
        guard let byte = lexer.next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "#") else { return }
        report(.error, lexer.location, "unexpected '\(lexer.peekToken())' behind }: begin a new line")
        lexer.skipLine()
    }

    private mutating func stanzaDirective(
        _ directive: Directive, at location: SourceLocation, _ lexer: inout ConfigurationLexer,
        _ stanza: inout Stanza, _ own: inout DirectiveSet
    ) {
        if directive.argument == .script {
            guard let text = lexer.script() else {
                report(.error, location, "\(directive.rawValue): its endscript is missing")
                return
            }
            if let kind = HookKind(rawValue: directive.rawValue) {
                stanza.settings.scripts[kind] = Script(text: text, location: location)
                stanza.settings.origins[directive] = location
            }
            return
        }
        guard directive.scope != .globalOnly else {
            report(.error, location, "\(directive.rawValue) may not stand inside a stanza")
            lexer.skipLine()
            return
        }
        guard directive != .endscript else {
            report(.error, location, "this endscript ends no script")
            return
        }
        let value = argument(of: directive, &lexer)
        if directive == .include {
            includeInStanza(value, location, &stanza, &own)
            return
        }
        do throws(DirectiveProblem) {
            try interpreter.apply(directive, value, at: location, to: &stanza.settings)
        } catch {
            report(error.severity, location, error.message)
        }
    }
}

extension ConfigurationParser {
    /// Files of directives that several stanzas have in common.
    private mutating func includeInStanza(
        _ value: Path, _ location: SourceLocation, _ stanza: inout Stanza, _ own: inout DirectiveSet
    ) {
        guard let path = includedPath(value, location) else { return }
        guard openFiles.count < Self.includeDepthLimit, !openFiles.contains(path) else {
            report(.error, location, "include goes in circles or too deep: \(path)")
            return
        }
        switch environment.entry(path) {
        case .success(.file(let bytes)):
            openFiles.append(path)
            var inner = ConfigurationLexer(file: path, bytes: bytes)
            if stanzaBody(&inner, &stanza, &own) {
                report(.error, SourceLocation(file: path, line: 0), "a } in a file that is included in a stanza")
            }
            openFiles.removeLast()
        case .success(.directory(let names)):
            for name in names.sorted() where !taboo.forbids(name) {
                includeInStanza(path.appending(name), location, &stanza, &own)
            }
        case .failure(let fault): report(.error, location, Self.sentence(for: fault, path))
        }
    }
}
