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
    /// Errors reported so far.
    private(set) var errorCount = 0
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
    /// - Parameter logrotate: its words, without the place that they stand behind.
    mutating func report(
        _ severity: Diagnostic.Severity, _ location: SourceLocation, _ message: String, logrotate: String? = nil
    ) {
        let text = logrotate.map { LogrotateText.error(location, $0) }
        report(Diagnostic(severity, location, message, logrotate: text))
    }

    mutating func report(_ diagnostic: Diagnostic) {
        var diagnostic = diagnostic
        // Behind the first error logrotate reads nothing of a stanza any more.
        if isSilent { diagnostic.logrotate = .silence }
        configuration.diagnostics.append(diagnostic)
        guard diagnostic.severity == .error else { return }
        errorCount += 1
        if isInStanza { isSilent = true }
    }

    /// What logrotate says on the way.
    mutating func trace(_ text: @autoclosure () -> String) {
        guard dialect == .logrotate else { return }
        configuration.trace.append((configuration.diagnostics.count, text()))
    }

    /// One frequency or size says when a log is due: the last one.
    mutating func traceSchedule(_ directive: Directive, at location: SourceLocation) {
        guard directive.subject == .size else { return }
        remarkDeadSchedule(directive, location)
        let earlier = isInStanza ? stanzaSchedule : globalSchedule
        if let earlier, earlier != directive {
            trace("note: '\(directive.rawValue)' overrides previously specified '\(earlier.rawValue)'")
        }
        if isInStanza { stanzaSchedule = directive } else { globalSchedule = directive }
    }

    /// Who writes a time beside a size means that either makes a log due: the second takes the place of the first.
    private mutating func remarkDeadSchedule(_ directive: Directive, _ location: SourceLocation) {
        defer { ownSchedule = (directive, location) }
        guard let (earlier, place) = ownSchedule, earlier != directive, place.file == location.file else { return }
        let remedy =
            switch (earlier, directive) {
            case (.size, _), (_, .size): "maxsize beside a time rotates by whichever comes first"
            default: "remove one of them"
            }
        let message =
            "\(earlier.rawValue) has no effect, because \(directive.rawValue) in line \(location.line) takes its place: \(remedy)"
        configuration.remarks.append(Diagnostic(.warning, place, message))
    }

    /// What it says of some values when it has taken them.
    mutating func traceValue(_ directive: Directive, _ settings: Settings) {
        guard dialect == .logrotate else { return }
        switch directive {
        case .olddir: trace("olddir is now \(settings.archiveDirectory ?? "")")
        case .addextension: trace("addextension is now \(settings.addedExtension ?? "")")
        case .compresscmd: trace("compress_prog is now \(settings.compressCommand ?? "")")
        case .uncompresscmd: trace("uncompress_prog is now \(settings.uncompressCommand ?? "")")
        case .compressoptions: trace("compress_options is now \(settings.compressOptions ?? "")")
        case .compressext: trace("compress_ext is now \(settings.compressExtension ?? "")")
        default: break
        }
    }

    /// What is an error, or, where logrotate goes on without that line, only a warning for who wants to have it so.
    func severityOfIgnoredLine() -> Diagnostic.Severity { dialect == .logrotate ? .warning : .error }

    /// Reads what a path leads to. `location` is where it was asked for.
    private mutating func read(_ path: Path, from location: SourceLocation) {
        guard openFiles.count < Self.includeDepthLimit, !openFiles.contains(path) else {
            let chain = (openFiles + [path]).map(\.description).joined(separator: " > ")
            report(.error, location, "include goes in circles or too deep: \(chain)")
            return
        }
        switch environment.entry(path) {
        case .success(.file(let bytes)):
            trace("reading config file \(path)")
            configuration.files.append(path)
            openFiles.append(path)
            parseIfConfiguration(bytes, file: path)
            openFiles.removeLast()
        case .success(.directory(let names)):
            for name in names.sorted() {
                if let pattern = taboo.pattern(forbidding: name) {
                    trace("Ignoring \(name), because of \(pattern) pattern match")
                    continue
                }
                read(path.appending(name), from: SourceLocation(file: path.appending(name), line: 0))
            }
        case .failure(let fault): report(fault, path, location)
        }
    }

    mutating func report(_ fault: ConfigurationFault, _ path: Path, _ location: SourceLocation) {
        report(
            Diagnostic(
                .error, location, Self.sentence(for: fault, path), logrotate: LogrotateText.fault(fault, path)))
    }

    static func sentence(for fault: ConfigurationFault, _ path: Path) -> String {
        switch fault {
        case .writableByOthers(let mode, let owner):
            "\(path) is not read, because others could write to it (mode 0\(String(mode, radix: 8)), owner \(owner)): "
                + "chmod go-w \(path.shellWord)" + (owner == 0 ? "" : "; chown root \(path.shellWord)")
        case .unreadable(let error): error.description
        case .tooLarge: "\(path) is too large to be a configuration: 16 MiB is the limit"
        case .notAFile: "\(path) is neither a file nor a directory"
        }
    }

    /// What is no configuration is said once, and nothing of what is in it.
    private mutating func parseIfConfiguration(_ bytes: [UInt8], file: Path) {
        let before = self
        reading = FileReading(hasBrace: bytes.contains(UInt8(ascii: "{")))
        if !FileReading.isBinary(bytes) {
            parse(bytes, file: file)
            guard reading.isForeign else {
                reading = before.reading
                return
            }
        }
        let braces = configuration.diagnostics[before.configuration.diagnostics.count...].lazy
            .compactMap(\.logrotate).first(where: \.isOfBraces)
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

    /// Says what is wrong with a directive's value.
    mutating func report(
        _ problem: DirectiveProblem, of directive: Directive, _ value: Path, _ location: SourceLocation
    ) {
        let severity = problem.isIgnoredLine ? severityOfIgnoredLine() : problem.severity
        if directive == .weekly, !isSilent { isFileGivenUp = true }
        guard directive == .errors else {
            return report(severity, location, problem.message, logrotate: problem.logrotate)
        }
        let text = "the errors directive is deprecated and no longer used."
        var lines = ["warning: \(location.file): \(location.line): \(text)"]
        // It takes the value for a directive.
        if let first = value.bytes.first, first.isLetter {
            lines += LogrotateText.error(location, LogrotateText.unknown("\(value)")).lines
        }
        report(Diagnostic(severity, location, problem.message, logrotate: LogrotateText(lines: lines)))
    }

    /// logrotate takes it for a directive that it does not know.
    mutating func strayEndscript(_ location: SourceLocation) {
        report(
            severityOfIgnoredLine(), location, "this endscript ends no script",
            logrotate: LogrotateText.unknown("endscript"))
    }

    var interpreter: DirectiveInterpreter { DirectiveInterpreter(environment: environment) }

    private mutating func include(_ value: Path, _ location: SourceLocation) {
        guard let path = includedPath(value, location) else { return }
        trace("including \(path)")
        read(path, from: location)
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
