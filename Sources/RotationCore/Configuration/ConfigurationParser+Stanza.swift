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
        isInStanza = true
        stanzaSchedule = globalSchedule
        let globalsOwn = ownSchedule
        ownSchedule = nil
        defer {
            ownSchedule = globalsOwn
            isInStanza = false
            isSilent = false
            isFileGivenUp = false
        }
        // Not those of a stanza: there each directive would ask twice whether they are shared.
        var settings = globals
        var own = DirectiveSet()
        let isClosed = stanzaBody(&lexer, &settings, &own)
        // logrotate takes the end of the file for the brace.
        let isTakenAsClosed = dialect == .logrotate && lexer.next == nil && errorCount == errorsBefore
        let stanza = Stanza(
            patterns: patterns, patternText: text, location: location, settings: settings,
            endLine: isClosed || isTakenAsClosed ? lexer.location.line : 0)
        if !isClosed {
            guard isTakenAsClosed else {
                skip(stanza, "the } of this stanza is missing; it is skipped")
                return
            }
            report(Diagnostic(.warning, location, "the } of this stanza is missing", logrotate: .silence))
        }
        // It gives a file up at a bad global, too.
        if errorCount == errorsBefore { isFileGivenUp = true }
        if !broken.isEmpty { reportBroken(own, location) }
        if errorCount > errorsBefore {
            skip(stanza, "this stanza has errors and is skipped: \(text.onOneLine)")
            return
        }
        configuration.stanzas.append(stanza)
    }

    /// A stanza that says nothing itself of what a global got wrong would be governed by that.
    private mutating func reportBroken(_ own: DirectiveSet, _ location: SourceLocation) {
        for (subject, place) in broken.sorted(by: { $0.value.line < $1.value.line }) where !own.contains(subject) {
            report(
                Diagnostic(
                    .error, location,
                    "this stanza would be governed by the broken global \(subject.rawValue) at \(place)",
                    logrotate: .silence))
        }
    }

    /// Nothing is done to the logs of a stanza with errors.
    private mutating func skip(_ stanza: Stanza, _ message: String) {
        var stanza = stanza
        let text = LogrotateText.error("found error in \(stanza.patternText.onOneLine) , skipping")
        isSilent = false
        report(Diagnostic(.error, stanza.location, message, logrotate: isFileGivenUp ? .silence : text))
        if !isFileGivenUp { trace("removing last 1 log configs") }
        stanza.isBroken = true
        configuration.stanzas.append(stanza)
    }

    /// The patterns up to the opening brace, which is consumed.
    private mutating func patterns(_ lexer: inout ConfigurationLexer) -> ([LogPattern], Path)? {
        var patterns: [LogPattern] = []
        var problems: [Diagnostic] = []
        let start = lexer.mark
        let beginning = lexer.location
        // Behind the last path, where directives begin without a brace.
        var end = beginning
        var missingBrace: Diagnostic?
        func giveUp(_ location: SourceLocation, _ message: String, _ words: String) -> Diagnostic {
            Diagnostic(
                .error, missingBrace?.location ?? location, missingBrace?.message ?? message,
                logrotate: .error(beginning, words))
        }
        /// What stands there is a stanza, and the brace is all that is wrong with it.
        func takeAsUnderstood(_ reading: inout FileReading) {
            guard missingBrace != nil else { return }
            reading.strangers -= 1
            reading.understood += 1
        }
        while true {
            lexer.skipSpace()
            let location = lexer.location
            guard let byte = lexer.next else {
                if missingBrace == nil { problems.silence().forEach { report($0) } }
                takeAsUnderstood(&reading)
                report(
                    giveUp(
                        location, "the file ends before the { of this stanza",
                        "missing '{' after log files definition"))
                return nil
            }
            if byte == UInt8(ascii: "{") { break }
            if byte == UInt8(ascii: "}") {
                if missingBrace == nil { problems.silence().forEach { report($0) } }
                takeAsUnderstood(&reading)
                lexer.advance()
                report(
                    giveUp(
                        location, "a } before the { of the stanza that begins at line \(beginning.line)",
                        "unexpected } (missing previous '{')"))
                return nil
            }
            guard let word = lexer.shellWord() else {
                problems.silence().forEach { report($0) }
                report(
                    giveUp(location, "this quote is not closed", "missing '{' after log files definition"))
                return nil
            }
            do throws(PatternProblem) {
                patterns.append(LogPattern(text: try path(word), location: location))
                end = lexer.location
            } catch {
                if missingBrace == nil, location.line > end.line, !patterns.isEmpty,
                    Directive(rawValue: "\(word)") != nil
                {
                    missingBrace = Diagnostic(.error, end, "the { of this stanza is missing here")
                }
                if missingBrace != nil { reading.strangers -= 1 }
                problems.append(
                    Diagnostic(.error, location, error.message, logrotate: LogrotateText.missing(word)))
            }
        }
        if var first = problems.first, let missingBrace, dialect == .spillway {
            // This is the brace of the next stanza.
            (first.location, first.message) = (missingBrace.location, missingBrace.message)
            problems = [first]
        }
        for problem in problems { report(problem) }
        let text = lexer.text(from: start, probably: patterns.first?.text)
        lexer.advance()
        return (patterns, text)
    }

    private struct PatternProblem: Error {
        var message: String
    }

    private mutating func path(_ word: Path) throws(PatternProblem) -> Path {
        guard let path = DirectiveInterpreter.expandHome(word, environment) else {
            throw PatternProblem(message: "there is no home directory for \(word)")
        }
        guard path.isAbsolute, !path.bytes.contains(0) else {
            reading.strangers += 1
            throw PatternProblem(message: "'\(word)' is no absolute path")
        }
        return path
    }

    /// The directives up to the closing brace, which is consumed; false where there is none.
    private mutating func stanzaBody(
        _ lexer: inout ConfigurationLexer, _ settings: inout Settings, _ own: inout DirectiveSet
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
                stanzaDirective(directive, at: location, &lexer, &settings, &own)
            case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "~"):
                report(
                    .error, location, "a path inside a stanza: is the } before it missing?",
                    logrotate: "unexpected log filename")
                // The next stanza is not to pay for that: its logs are its own.
                if lexer.isAtStanza() { return false }
                lexer.skipLine()
            default:
                report(
                    .error, location, "'\(lexer.peekToken())' is no directive", logrotate: LogrotateText.strayLine)
                lexer.skipLine()
            }
        }
    }

    mutating func rejectTextBehindBrace(_ lexer: inout ConfigurationLexer) {
        lexer.skipBlanks()
        guard let byte = lexer.next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "#") else { return }
        let location = lexer.location
        report(
            Diagnostic(
                severityOfIgnoredLine(), location, "unexpected '\(lexer.peekToken())' behind }: begin a new line",
                logrotate: .error("\(location.file):\(location.line), unexpected text after }")))
        lexer.skipLine()
    }

    /// A script, and on which occasion it is run.
    struct Hook {
        var kind: HookKind
        var directive: Directive
        var script: Script

        func apply(to settings: inout Settings) {
            settings.scripts[kind] = script
            settings.origins[directive] = script.location
        }
    }

    /// The lines up to `endscript`; nil, and said, where there is none.
    mutating func script(
        _ directive: Directive, _ location: SourceLocation, _ lexer: inout ConfigurationLexer
    ) -> Hook? {
        guard let text = lexer.script() else {
            if !isSilent { isFileGivenUp = true }
            report(
                Diagnostic(
                    .error, location, "\(directive.rawValue): its endscript is missing",
                    logrotate: .error("\(location.file):prerotate, postrotate or preremove without endscript")))
            return nil
        }
        return HookKind(rawValue: directive.rawValue).map {
            Hook(kind: $0, directive: directive, script: Script(text: text, location: location))
        }
    }

    private mutating func stanzaDirective(
        _ directive: Directive, at location: SourceLocation, _ lexer: inout ConfigurationLexer,
        _ settings: inout Settings, _ own: inout DirectiveSet
    ) {
        if directive.argument == .script {
            script(directive, location, &lexer)?.apply(to: &settings)
            return
        }
        guard directive.scope != .globalOnly else {
            report(
                .error, location, "\(directive.rawValue) may not stand inside a stanza",
                logrotate: "\(directive.rawValue) may not appear inside of log file definition")
            lexer.skipLine()
            return
        }
        guard directive != .endscript else {
            strayEndscript(location)
            return
        }
        let value = argument(of: directive, &lexer)
        if directive == .include {
            includeInStanza(value, location, &settings, &own)
            return
        }
        traceSchedule(directive, at: location)
        do throws(DirectiveProblem) {
            try interpreter.apply(directive, value, at: location, to: &settings)
            traceValue(directive, settings)
        } catch {
            report(error, of: directive, value, location)
        }
    }
}

extension ConfigurationParser {
    /// Files of directives that several stanzas have in common.
    private mutating func includeInStanza(
        _ value: Path, _ location: SourceLocation, _ settings: inout Settings, _ own: inout DirectiveSet,
        isListed: Bool = false
    ) {
        guard let path = includedPath(value, location) else { return }
        guard openFiles.count < Self.includeDepthLimit, !openFiles.contains(path) else {
            report(.error, location, "include goes in circles or too deep: \(path)")
            return
        }
        switch environment.entry(path) {
        case .failure(.notAFile) where isListed, .success(.directory) where isListed: break
        case .success(.file(let bytes)):
            openFiles.append(path)
            var inner = ConfigurationLexer(file: path, bytes: bytes)
            if stanzaBody(&inner, &settings, &own) {
                report(.error, SourceLocation(file: path, line: 0), "a } in a file that is included in a stanza")
            }
            openFiles.removeLast()
        case .success(.directory(let names)):
            for name in names.sorted() where !taboo.forbids(name) {
                includeInStanza(path.appending(name), location, &settings, &own, isListed: true)
            }
        case .failure(let fault): report(fault, path, location)
        }
    }
}

extension [Diagnostic] {
    /// With nothing that logrotate would say.
    fileprivate func silence() -> [Diagnostic] {
        map { diagnostic in
            var silent = diagnostic
            silent.logrotate = .silence
            return silent
        }
    }
}
