import LinuxSystem

/// Why a directive's value cannot be used.
struct DirectiveProblem: Error {
    var severity = Diagnostic.Severity.error
    var message: String
    /// What logrotate says, without the place; nil where it has no such words.
    var logrotate: String?
    /// Whether logrotate goes on without the line, and with the stanza.
    var isIgnoredLine = false

    init(_ message: String, _ severity: Diagnostic.Severity = .error, logrotate: String? = nil) {
        self.message = message
        self.severity = severity
        self.logrotate = logrotate
    }
}

/// What each directive means for the settings. One for all directives of a configuration: each would copy it.
final class DirectiveInterpreter {
    let environment: any ConfigurationEnvironment
    /// What `create 0640 root adm` came to: thousands of files say the same.
    var lastOwnership: (text: Path, ownership: Ownership)?

    init(environment: any ConfigurationEnvironment) {
        self.environment = environment
    }

    /// Sets what a directive is about, and where that was said.
    func apply(_ directive: Directive, _ value: Path, at location: SourceLocation, to settings: inout Settings)
        throws(DirectiveProblem)
    {
        if directive.argument == .required, value.isEmpty {
            var problem = DirectiveProblem(
                "\(directive.rawValue): its value is missing", logrotate: LogrotateText.missingValue(of: directive))
            problem.isIgnoredLine = [.size, .minsize, .maxsize, .dateformat].contains(directive)
            // It has no meaning with a value either.
            if directive == .errors { problem.severity = .warning }
            throw problem
        }
        guard !value.bytes.contains(0) else {
            throw DirectiveProblem("\(directive.rawValue): there is a NUL byte in its value")
        }
        let argument = Argument(directive: directive, value: value)
        let found = try applyFlag(directive, to: &settings)
        if !found { try applyValue(argument, to: &settings) }
        settings.origins[directive.subject] = location
    }

    private func applyFlag(_ directive: Directive, to settings: inout Settings) throws(DirectiveProblem) -> Bool {
        switch directive {
        case .hourly: settings.schedule = .hourly
        case .daily: settings.schedule = .daily
        case .yearly: settings.schedule = .yearly
        case .missingok: settings.missingOK = true
        case .nomissingok: settings.missingOK = false
        case .ifempty: settings.rotatesEmpty = true
        case .notifempty: settings.rotatesEmpty = false
        case .allowhardlink: settings.allowsHardLinks = true
        case .noallowhardlink: settings.allowsHardLinks = false
        case .ignoreduplicates: settings.ignoresDuplicates = true
        case .shred: settings.shreds = true
        case .noshred: settings.shreds = false
        case .dateext: settings.usesDate = true
        case .nodateext: settings.usesDate = false
        case .dateyesterday: settings.usesYesterday = true
        case .datehourago: settings.usesHourAgo = true
        case .noolddir: settings.archiveDirectory = nil
        case .nocreateolddir: settings.archiveDirectoryCreation = nil
        case .nocreate: settings.creation = nil
        case .copy:
            settings.copies = true
            settings.copytruncateByDefault = false
        case .nocopy: settings.copies = false
        case .copytruncate:
            settings.copytruncate = true
            settings.renamesAndCopies = false
        case .nocopytruncate: settings.copytruncate = false
        case .renamecopy:
            settings.renamesAndCopies = true
            settings.copytruncate = false
            settings.copytruncateByDefault = false
        case .norenamecopy: settings.renamesAndCopies = false
        case .compress: settings.compresses = true
        case .nocompress: settings.compresses = false
        case .delaycompress: settings.delaysCompression = true
        case .nodelaycompress: settings.delaysCompression = false
        case .nomail: settings.mailAddress = nil
        case .mailfirst: settings.mailsFirst = true
        case .maillast: settings.mailsFirst = false
        case .sharedscripts: settings.sharesScripts = true
        case .nosharedscripts: settings.sharesScripts = false
        case .lossless: settings.lossless = true
        case .nolossless: settings.lossless = false
        default: return false
        }
        return true
    }

    private func applyValue(_ argument: Argument, to settings: inout Settings) throws(DirectiveProblem) {
        switch argument.directive {
        case .weekly: settings.schedule = .weekly(try argument.weekday())
        case .monthly: settings.schedule = .monthly(try argument.isEmpty ? 1 : argument.number(1...31))
        case .size: settings.schedule = .size(try argument.size())
        case .minsize: settings.minimumSizeBytes = try argument.size()
        // None of these limits is 0: that takes one away.
        case .maxsize: settings.maximumSizeBytes = Self.limit(try argument.size())
        case .minage: settings.minimumAgeSeconds = Self.limit(try argument.age(bareUnitSeconds: 86400))
        case .maxage: settings.maximumAgeSeconds = Self.limit(try argument.age(bareUnitSeconds: 86400))
        case .rotate:
            let count = try argument.countOrAll(1_000_000)
            settings.keep = count < 0 ? .unlimited : .count(count)
        case .start: settings.start = try argument.number(0...1_000_000)
        case .shredcycles: settings.shredCycles = try argument.number(0...1000)
        case .su: settings.account = try account(argument)
        case .dateformat: settings.dateFormat = try argument.fileNamePart()
        case .extension: settings.keptExtension = try argument.fileNamePart()
        case .addextension: settings.addedExtension = try argument.fileNamePart()
        case .compressext: settings.compressExtension = try argument.fileNamePart()
        case .olddir:
            guard let directory = Self.expandHome(argument.value, environment) else {
                throw argument.problem("a directory; there is no home directory for it")
            }
            settings.archiveDirectory = directory.withoutDoubledSlashes
        case .createolddir:
            settings.archiveDirectoryCreation = try ownership(argument)
        case .create:
            settings.creation = try ownership(argument)
            settings.copytruncateByDefault = false
        case .compresscmd: settings.compressCommand = argument.text
        case .uncompresscmd: settings.uncompressCommand = argument.text
        case .compressoptions:
            _ = try argument.quotedWords()
            settings.compressOptions = argument.text
        case .mail:
            guard argument.words.count == 1 else { throw argument.problem("one address, without blanks") }
            settings.mailAddress = argument.text
        case .compresslevel: settings.compressLevel = try argument.number(1...9)
        case .pressurelevel: settings.pressureLevel = try argument.number(1...9)
        case .hooktimeout:
            let seconds = try argument.age(bareUnitSeconds: nil)
            guard seconds > 0 else { throw argument.problem("more than 0, such as 10m: each script has a time limit") }
            settings.hookTimeoutSeconds = seconds
        case .errors: throw DirectiveProblem("errors has no meaning any more; remove the line", .warning)
        case .method: settings.method = try argument.choice()
        case .maxapparent:
            let bytes = try argument.size()
            guard bytes > 0 else { throw argument.problem("more than 0") }
            settings.maximumApparentBytes = bytes
        case .signal: settings.signal = try signal(argument)
        case .signalwait: settings.signalWaitSeconds = try argument.age(bareUnitSeconds: nil)
        case .maxtotal:
            let bytes = try argument.size()
            guard bytes > 0 else { throw argument.problem("more than 0") }
            settings.maximumTotalBytes = bytes
        case .minkeep: settings.minimumKeep = try argument.number(0...1_000_000)
        case .abandoned: settings.abandonedSeconds = try argument.age(bareUnitSeconds: nil)
        default: throw DirectiveProblem("\(argument.directive.rawValue) may not stand here")
        }
    }

    private static func limit(_ value: Int64) -> Int64? { value > 0 ? value : nil }

    /// Sets what holds for the whole run; false where the directive is about something else.
    static func applyToRun(_ directive: Directive, _ value: Path, _ run: inout RunSettings) throws(DirectiveProblem)
        -> Bool
    {
        let argument = Argument(directive: directive, value: value)
        switch directive {
        case .workers: run.workers = try argument.number(1...1024)
        case .nice: run.nice = try argument.number(0...19)
        case .ioclass: run.ioClass = try argument.choice()
        // A run that was started is meant: who starts runs by the clock has read it.
        case .besidelogrotate: break
        default: return false
        }
        return true
    }

    /// A path with `~/` replaced; nil where there is no home.
    static func expandHome(_ path: Path, _ environment: any ConfigurationEnvironment) -> Path? {
        guard path.bytes.first == UInt8(ascii: "~") else { return path }
        guard path == "~" || path.hasPrefix("~/"), let home = environment.home else { return nil }
        return home.appending(Path(bytes: path.bytes.dropFirst(2)))
    }
}

extension DirectiveInterpreter {
    private func signal(_ argument: Argument) throws(DirectiveProblem) -> SignalRule {
        let usage = "signal NAME [pidfile FILE | process NAME | holders]"
        let words = argument.words
        guard let first = words.first else { throw argument.problem(usage) }
        let name = first.uppercased().hasPrefix("SIG") ? String(first.uppercased().dropFirst(3)) : first.uppercased()
        guard ["HUP", "USR1", "USR2", "INT", "TERM", "WINCH", "ALRM", "CONT"].contains(name) else {
            throw DirectiveProblem(
                "signal: '\(first)' is no signal that a program reopens its log on; there are HUP, USR1, USR2, INT, TERM, WINCH, ALRM and CONT"
            )
        }
        switch (words.dropFirst().first, words.count) {
        case (nil, _), ("holders"?, 2): return SignalRule(name: name, target: .holders)
        case ("pidfile"?, 3): return SignalRule(name: name, target: .pidfile(Path(words[2])))
        case ("process"?, 3): return SignalRule(name: name, target: .process(words[2]))
        default: throw argument.problem(usage)
        }
    }
}
