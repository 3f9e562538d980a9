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
    static let includeDepthLimit = 10

    let environment: any ConfigurationEnvironment
    let dialect: Dialect
    var configuration = Configuration()
    var globals: Settings
    /// Global directives with a bad value, by what they would have set.
    var broken: [Directive: SourceLocation] = [:]
    var taboo = TabooList()
    var openFiles: [Path] = []
    /// Directives that were met: comparing a word with all there are takes longer.
    private var known: [(key: WordKey, directive: Directive)] = []
    let interpreter: DirectiveInterpreter
    /// Errors reported so far.
    var errorCount = 0
    /// What was met in the file that is being read.
    var reading = FileReading()
    /// The directive that said last when logs are due: globally, and in the stanza that is being read.
    var globalSchedule: Directive?
    var stanzaSchedule: Directive?
    /// What said it before, in the same stanza, or among the globals of the same file, and where.
    var ownSchedule: (directive: Directive, location: SourceLocation)?
    /// Whether a stanza is being read.
    var isInStanza = false
    /// Whether logrotate would say nothing more.
    var isSilent = false
    /// Whether logrotate gives the file up at an error, and does not say which stanza it skips.
    var isFileGivenUp = false

    /// Whether somebody wants to read what logrotate says on the way.
    let traces: Bool

    private init(environment: any ConfigurationEnvironment, dialect: Dialect, traces: Bool) {
        self.traces = traces && dialect == .logrotate
        self.environment = environment
        self.dialect = dialect
        interpreter = DirectiveInterpreter(environment: environment)
        globals = dialect == .logrotate ? .logrotate : Settings()
    }

    /// Reads files and directories in this order, later ones over earlier ones.
    ///
    /// - Parameter traces: whether `trace` is wanted, which logrotate's dialect has.
    public static func parse(
        _ paths: [Path], environment: any ConfigurationEnvironment, dialect: Dialect = .spillway, traces: Bool = false
    ) -> Configuration {
        var parser = ConfigurationParser(environment: environment, dialect: dialect, traces: traces)
        for path in paths {
            let absolute = path.resolved(against: environment.workingDirectory)
            // logrotate calls it as its caller does.
            parser.read(absolute, called: dialect == .logrotate ? path : absolute)
        }
        return parser.configuration
    }
}

// MARK: - Files

extension ConfigurationParser {
    /// Reads what a path leads to. `location` is where it was asked for; nil: on the command line, as its name.
    ///
    /// - Parameter isListed: whether a directory's list has it as a file. What is mounted over one, as /dev/null is to have it
    ///   left out, is not meant.
    private mutating func read(
        _ path: Path, called name: Path, from asked: SourceLocation? = nil, isListed: Bool = false
    ) {
        let location = asked ?? SourceLocation(file: name, line: 0)
        guard openFiles.count < Self.includeDepthLimit, !openFiles.contains(path) else {
            let chain = (openFiles + [path]).map(\.description).joined(separator: " > ")
            report(.error, location, "include goes in circles or too deep: \(chain)")
            return
        }
        switch environment.entry(path) {
        case .failure(.notAFile) where isListed, .success(.directory) where isListed: break
        case .success(.file(let bytes)):
            trace("reading config file \(name)")
            configuration.files.append(path)
            openFiles.append(path)
            parseIfConfiguration(bytes, file: name)
            openFiles.removeLast()
        case .success(.directory(let names)):
            let wanted = names.sorted().filter { entry in
                guard let pattern = taboo.pattern(forbidding: entry) else { return true }
                trace("Ignoring \(entry), because of \(pattern) pattern match")
                return false
            }
            for entry in wanted { read(path.appending(entry), called: name.appending(entry), isListed: true) }
        case .failure(let fault): report(fault, name, location)
        }
    }

    /// What is no configuration is said once, and nothing of what is in it.
    private mutating func parseIfConfiguration(_ bytes: [UInt8], file: Path) {
        // Without what was read before: thousands of stanzas would be copied for each file that adds one.
        var before = self
        before.configuration = Configuration()
        let mark = configuration.mark
        reading = FileReading(hasBrace: bytes.contains(UInt8(ascii: "{")))
        if !FileReading.isBinary(bytes) {
            parse(bytes, file: file)
            guard reading.isForeign else {
                reading = before.reading
                return
            }
        }
        let braces = configuration.diagnostics[mark.diagnosticCount...].lazy
            .compactMap(\.logrotate).first(where: \.isOfBraces)
        swap(&configuration, &before.configuration)
        before.configuration.forget(behind: mark)
        self = before
        report(
            Diagnostic(
                .error, SourceLocation(file: file, line: 0),
                "this is no configuration: it has neither stanzas nor directives; nothing in it is used (tabooext and taboopat leave files of a directory out)",
                logrotate: braces ?? .error(SourceLocation(file: file, line: 1), LogrotateText.strayLine)))
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
                report(.error, lexer.location, "this } closes nothing", logrotate: "unexpected }")
                lexer.advance()
            default:
                reading.strangers += 1
                report(
                    .error, lexer.location,
                    "'\(lexer.peekToken())' is neither a directive nor an absolute path (quote a path with blanks)",
                    logrotate: LogrotateText.strayLine)
                lexer.skipLineOrBlock()
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
        case .endscript: strayEndscript(location)
        // logrotate lets every stanza behind it have such a script.
        case _ where directive.argument == .script && dialect == .logrotate:
            script(directive, location, &lexer)?.apply(to: &globals)
        case _ where directive.scope == .stanzaOnly:
            report(.error, location, "\(directive.rawValue) belongs into a stanza: path { ... }")
            if directive.argument == .script { _ = lexer.script() } else { lexer.skipLine() }
        default:
            let value = argument(of: directive, &lexer)
            traceSchedule(directive, at: location)
            do throws(DirectiveProblem) {
                if try !DirectiveInterpreter.applyToRun(directive, value, &configuration.run) {
                    try interpreter.apply(directive, value, at: location, to: &globals)
                    traceValue(directive, globals)
                }
                broken[directive.subject] = nil
            } catch {
                // What holds for the run, and not for a stanza, is left at its default: no rotation depends on it.
                let isOfRun = directive.scope == .globalOnly
                var problem = error
                if isOfRun { problem.message += "; its default holds" }
                report(problem, of: directive, value, location)
                let isIgnored = problem.isIgnoredLine && dialect == .logrotate
                if error.severity == .error, !isOfRun, !isIgnored { broken[directive.subject] = location }
            }
        }
    }

    private mutating func include(_ value: Path, _ location: SourceLocation) {
        guard let path = includedPath(value, location) else { return }
        trace("including \(value)")
        read(path, called: path, from: location)
    }

    mutating func includedPath(_ value: Path, _ location: SourceLocation) -> Path? {
        guard !value.isEmpty else {
            report(
                .error, location, "include: a file or directory is missing",
                logrotate: LogrotateText.missingValue(of: .include))
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
            let directive = asSuffixes ? Directive.tabooext : .taboopat
            report(
                severityOfIgnoredLine(), location, "\(directive.rawValue): a list is missing",
                logrotate: LogrotateText.missingValue(of: directive))
        }
    }

    /// A directive's name, or nil and the line is over.
    mutating func directive(_ lexer: inout ConfigurationLexer) -> Directive? {
        let location = lexer.location
        let key = lexer.wordKey()
        if let key, let directive = known.first(where: { $0.key == key })?.directive, lexer.isWordEnd(key) {
            lexer.skip(key)
            reading.understood += 1
            return directive
        }
        let word = lexer.word()
        guard let following = lexer.next, !following.isSpace, following != UInt8(ascii: "=") else {
            if let directive = Directive(rawValue: word) {
                if let key { known.append((key, directive)) }
                reading.understood += 1
                return directive
            }
            unknown(word, location, among: Directive.allCases.map(\.rawValue))
            lexer.skipLine()
            return nil
        }
        reading.strangers += 1
        let token = Path(word) + lexer.peekToken()
        if token.bytes.contains(UInt8(ascii: "/")) || token.hasSuffix(".log") || token.bytes.contains(UInt8(ascii: "*"))
        {
            let hint = token.bytes.contains(UInt8(ascii: "}")) ? " (braces are no wildcard)" : ""
            report(
                .error, location, "'\(token)' is no absolute path, and no directive\(hint)",
                logrotate: LogrotateText.notSeparated(word, before: following))
        } else {
            report(
                .error, location, "a blank is missing in '\(token)' behind '\(word)'",
                logrotate: LogrotateText.notSeparated(word, before: following))
        }
        if following == UInt8(ascii: "}") || following == UInt8(ascii: "{") { return nil }
        // What governs logs that nobody finds is not to govern all others.
        if isInStanza { lexer.skipLine() } else { lexer.skipLineOrBlock() }
        return nil
    }

    private mutating func unknown(_ word: String, _ location: SourceLocation, among words: [String]) {
        let closest = Suggestion.closest(to: word, among: words)
        if closest == nil { reading.strangers += 1 } else { reading.understood += 1 }
        let guess = closest.map { "; did you mean '\($0)'?" } ?? ""
        let hint = closest.map { " (did you mean '\($0)'?)" } ?? ""
        report(
            severityOfIgnoredLine(), location, "unknown directive '\(word)'" + guess,
            logrotate: LogrotateText.unknown(word) + hint)
    }

    func argument(of directive: Directive, _ lexer: inout ConfigurationLexer) -> Path {
        directive.argument == .none ? "" : lexer.value()
    }
}
