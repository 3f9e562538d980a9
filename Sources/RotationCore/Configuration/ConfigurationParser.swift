public import LinuxSystem

/// Whose defaults hold, and how strictly an unknown directive is taken.
public enum Dialect: Hashable, Sendable {
    /// spillway's defaults; an unknown directive is an error.
    case spillway
    /// logrotate's defaults; an unknown directive is a warning, as there.
    case logrotate
}

/// Turns configuration files into rules.
///
/// A mistake costs what it stands in, and nothing else: a stanza with an error is left out, the others stay. A global
/// directive with a bad value costs those stanzas that would have been governed by it.
public struct ConfigurationParser {
    /// logrotate refuses deeper ones too; a file that includes itself ends here.
    private static let includeDepthLimit = 10

    private let environment: any ConfigurationEnvironment
    private let dialect: Dialect
    private var configuration = Configuration()
    private var globals: Settings
    /// Global directives with a bad value, by what they would have set.
    private var broken: [Directive: SourceLocation] = [:]
    private var taboo = TabooList()
    private var openFiles: [Path] = []

    private init(environment: any ConfigurationEnvironment, dialect: Dialect) {
        self.environment = environment
        self.dialect = dialect
        globals = dialect == .logrotate ? .logrotate : Settings()
    }

    /// Reads files and directories in this order, later ones over earlier ones.
    public static func parse(
        _ paths: [Path], environment: any ConfigurationEnvironment, dialect: Dialect = .spillway
    ) -> Configuration {
        var parser = ConfigurationParser(environment: environment, dialect: dialect)
        for path in paths {
            let absolute = path.resolved(against: environment.workingDirectory)
            parser.read(absolute, from: SourceLocation(file: absolute, line: 0))
        }
        return parser.configuration
    }
}

// MARK: - Files

extension ConfigurationParser {
    private mutating func report(_ severity: Diagnostic.Severity, _ location: SourceLocation, _ message: String) {
        configuration.diagnostics.append(Diagnostic(severity, location, message))
    }

    /// Reads what a path leads to. `location` is where it was asked for.
    private mutating func read(_ path: Path, from location: SourceLocation) {
        guard openFiles.count < Self.includeDepthLimit, !openFiles.contains(path) else {
            let chain = (openFiles + [path]).map(\.description).joined(separator: " > ")
            report(.error, location, "include goes in circles or too deep: \(chain)")
            return
        }
        switch environment.entry(path) {
        case .success(.file(let bytes)):
            openFiles.append(path)
            parse(bytes, file: path)
            openFiles.removeLast()
        case .success(.directory(let names)):
            for name in names.sorted() where !taboo.forbids(name) {
                read(path.appending(name), from: SourceLocation(file: path.appending(name), line: 0))
            }
        case .failure(let fault):
            report(.error, location, Self.sentence(for: fault, path))
        }
    }

    private static func sentence(for fault: ConfigurationFault, _ path: Path) -> String {
        switch fault {
        case .writableByOthers(let mode, let owner):
            "\(path) is not read, because others could write to it (mode 0\(String(mode, radix: 8)), owner \(owner)): "
                + "chmod go-w \(path)" + (owner == 0 ? "" : "; chown root \(path)")
        case .unreadable(let error): error.description
        case .tooLarge: "\(path) is too large to be a configuration: 16 MiB is the limit"
        case .notAFile: "\(path) is neither a file nor a directory"
        }
    }

    private mutating func parse(_ bytes: [UInt8], file: Path) {
        var lexer = ConfigurationLexer(file: file, bytes: bytes)
        while true {
            lexer.skipSpace()
            guard let byte = lexer.next else { return }
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "~"):
                stanza(&lexer)
            case let letter where letter.isLetter:
                globalDirective(&lexer)
            case UInt8(ascii: "}"):
                report(.error, lexer.location, "this } closes nothing")
                lexer.advance()
            default:
                report(
                    .error, lexer.location,
                    "'\(lexer.peekToken())' is neither a directive nor an absolute path (quote a path with blanks)")
                lexer.skipLine()
            }
        }
    }
}

// MARK: - Global directives

extension ConfigurationParser {
    private mutating func globalDirective(_ lexer: inout ConfigurationLexer) {
        let location = lexer.location
        guard let directive = directive(&lexer) else { return }
        switch directive {
        case .include: include(lexer.value(), location)
        case .tabooext: changeTaboo(lexer.value(), location, asSuffixes: true)
        case .taboopat: changeTaboo(lexer.value(), location, asSuffixes: false)
        case .space: space(&lexer, location)
        case .endscript: report(.error, location, "this endscript ends no script")
        case _ where directive.scope == .stanzaOnly:
            report(.error, location, "\(directive.rawValue) belongs into a stanza: path { ... }")
            if directive.argument == .script { _ = lexer.script() } else { lexer.skipLine() }
        default:
            let value = argument(of: directive, &lexer)
            if directive.isPending {
                configuration.pending.append(PendingDirective(directive: directive, location: location))
            }
            do throws(DirectiveProblem) {
                if try !DirectiveInterpreter.applyToRun(directive, value, &configuration.run) {
                    try interpreter.apply(directive, value, at: location, to: &globals)
                }
                broken[directive.subject] = nil
            } catch {
                report(error.severity, location, error.message)
                if error.severity == .error { broken[directive.subject] = location }
            }
        }
    }

    private var interpreter: DirectiveInterpreter { DirectiveInterpreter(environment: environment) }

    private mutating func include(_ value: Path, _ location: SourceLocation) {
        if let path = includedPath(value, location) { read(path, from: location) }
    }

    private mutating func includedPath(_ value: Path, _ location: SourceLocation) -> Path? {
        guard !value.isEmpty else {
            report(.error, location, "include: a file or directory is missing")
            return nil
        }
        guard let path = DirectiveInterpreter.expandHome(value, environment) else {
            report(.error, location, "include: there is no home directory for \(value)")
            return nil
        }
        return path.resolved(against: environment.workingDirectory)
    }

    private mutating func changeTaboo(_ value: Path, _ location: SourceLocation, asSuffixes: Bool) {
        if !taboo.change(value, asSuffixes: asSuffixes) {
            report(.error, location, "\(asSuffixes ? "tabooext" : "taboopat"): a list is missing")
        }
    }

    /// A directive's name, or nil and the line is over.
    private mutating func directive(_ lexer: inout ConfigurationLexer) -> Directive? {
        let location = lexer.location
        let word = lexer.word()
        guard let following = lexer.next, !following.isSpace, following != UInt8(ascii: "=") else {
            if let directive = Directive(rawValue: word) { return directive }
            unknown(word, location, among: Directive.allCases.map(\.rawValue))
            lexer.skipLine()
            return nil
        }
        let token = Path(word) + lexer.peekToken()
        report(.error, location, "a blank is missing in '\(token)' behind '\(word)'")
        if following == UInt8(ascii: "}") || following == UInt8(ascii: "{") { return nil }
        lexer.skipLine()
        return nil
    }

    private mutating func unknown(_ word: String, _ location: SourceLocation, among words: [String]) {
        let guess = Suggestion.closest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
        report(dialect == .logrotate ? .warning : .error, location, "unknown directive '\(word)'" + guess)
    }

    private func argument(of directive: Directive, _ lexer: inout ConfigurationLexer) -> Path {
        directive.argument == .none ? "" : lexer.value()
    }
}

// MARK: - Stanzas

extension ConfigurationParser {
    private mutating func stanza(_ lexer: inout ConfigurationLexer) {
        let location = lexer.location
        let errorsBefore = errorCount
        guard let (patterns, text) = patterns(&lexer) else { return }
        var stanza = Stanza(patterns: patterns, patternText: text, location: location, settings: globals)
        stanza.settings.origins = globals.origins
        var own: Set<Directive> = []
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

    private var errorCount: Int {
        configuration.diagnostics.count { $0.severity == .error }
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
            report(.error, location, "'\(word)' is no absolute path")
            return nil
        }
        return LogPattern(text: path, location: location)
    }

    /// The directives up to the closing brace, which is consumed; false where there is none.
    private mutating func stanzaBody(
        _ lexer: inout ConfigurationLexer, _ stanza: inout Stanza, _ own: inout Set<Directive>
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
                if directive.isPending {
                    stanza.pending.append(PendingDirective(directive: directive, location: location))
                }
                stanzaDirective(directive, at: location, &lexer, &stanza, &own)
            case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "~"):
                report(.error, location, "a path inside a stanza: is the } before it missing?")
                lexer.skipLine()
            default:
                report(.error, location, "'\(lexer.peekToken())' is no directive")
                lexer.skipLine()
            }
        }
    }

    private mutating func rejectTextBehindBrace(_ lexer: inout ConfigurationLexer) {
        lexer.skipBlanks()
        guard let byte = lexer.next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "#") else { return }
        report(.error, lexer.location, "unexpected '\(lexer.peekToken())' behind }: begin a new line")
        lexer.skipLine()
    }

    private mutating func stanzaDirective(
        _ directive: Directive, at location: SourceLocation, _ lexer: inout ConfigurationLexer,
        _ stanza: inout Stanza, _ own: inout Set<Directive>
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
        _ value: Path, _ location: SourceLocation, _ stanza: inout Stanza, _ own: inout Set<Directive>
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

// MARK: - Spaces

extension ConfigurationParser {
    private mutating func space(_ lexer: inout ConfigurationLexer, _ location: SourceLocation) {
        configuration.pending.append(PendingDirective(directive: .space, location: location))
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

    /// With single blanks for every run of white space.
    public var onOneLine: Path {
        Path(bytes: Array(bytes.split(whereSeparator: \.isSpace).joined(separator: [UInt8(ascii: " ")])))
    }
}
