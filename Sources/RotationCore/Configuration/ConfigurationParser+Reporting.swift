import LinuxSystem

// What is wrong with a configuration, in spillway's words and in logrotate's.
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

    /// What is an error, or, where logrotate goes on without that line, only a warning for who wants to have it so.
    func severityOfIgnoredLine() -> Diagnostic.Severity { dialect == .logrotate ? .warning : .error }

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
}

// MARK: - What logrotate says on the way

extension ConfigurationParser {
    /// A line of it.
    mutating func trace(_ text: @autoclosure () -> String) {
        guard traces else { return }
        configuration.trace.append((configuration.diagnostics.count, text()))
    }

    /// One frequency or size says when a log is due: the last one.
    mutating func traceSchedule(_ directive: Directive, at location: SourceLocation) {
        guard directive.subject == .size else { return }
        remarkDeadSchedule(directive, location)
        guard traces, !isSilent else { return }
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
        guard traces else { return }
        switch directive {
        case .olddir: trace("olddir is now \(settings.archiveDirectory ?? "")")
        case .extension: trace("extension is now \(settings.keptExtension ?? "")")
        case .addextension: trace("addextension is now \(settings.addedExtension ?? "")")
        case .compresscmd:
            trace("compress_prog is now \(settings.compressCommand ?? "")")
            if let suffix = settings.suffixOfProgram { trace("compress_ext was changed to \(suffix)") }
        case .uncompresscmd: trace("uncompress_prog is now \(settings.uncompressCommand ?? "")")
        case .compressoptions: trace("compress_options is now  \(settings.compressOptions ?? "")")
        case .compressext: trace("compress_ext is now \(settings.compressExtension ?? "")")
        default: break
        }
    }
}
