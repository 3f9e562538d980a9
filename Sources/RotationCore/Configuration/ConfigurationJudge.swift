import LinuxSystem

/// Judges what a configuration says without looking at the disk: what is allowed and probably not meant.
public enum ConfigurationJudge {
    /// Warnings, in the order of the stanzas.
    public static func judge(_ configuration: Configuration, _ dialect: Dialect = .spillway) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for stanza in configuration.stanzas where !stanza.isBroken {
            diagnostics += ownArchives(stanza)
            diagnostics += blanketSignals(stanza)
            diagnostics += contradictions(stanza)
            diagnostics += strayCharacters(stanza)
            diagnostics += dateFormat(stanza)
            diagnostics += withoutEffect(stanza)
            if dialect == .logrotate { diagnostics += keepsNothing(stanza) }
        }
        return diagnostics
    }

    /// What is taken for a part of a name, and hardly meant so.
    private static func strayCharacters(_ stanza: Stanza) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for pattern in stanza.patterns {
            if pattern.text.hasSuffix(",") {
                diagnostics.append(
                    Diagnostic(
                        .warning, pattern.location,
                        "'\(pattern.text)': the comma is a part of the name; paths have blanks between them"))
            }
        }
        if let command = stanza.settings.compressCommand, command.contains(" "),
            let location = stanza.settings.origins[.compresscmd]
        {
            diagnostics.append(
                Diagnostic(
                    .warning, location,
                    "compresscmd: '\(command)' is looked for as one program; its options belong into compressoptions"))
        }
        return diagnostics
    }

    /// Ways to empty a log that exclude each other.
    private static func contradictions(_ stanza: Stanza) -> [Diagnostic] {
        let settings = stanza.settings
        if let location = settings.origins[.signal], settings.technique == .copy {
            return [
                Diagnostic(
                    .warning, location,
                    "signal has no effect, because copy is said: the log stays where it is, and so do its writers")
            ]
        }
        guard let location = settings.origins[.method], let method = settings.method else { return [] }
        if method == .truncate, settings.lossless {
            return [
                Diagnostic(.warning, location, "method truncate can lose lines, and lossless holds: the log is punched")
            ]
        }
        if method == .rename, settings.technique == .renamecopy { return [] }
        guard method != .auto, settings.technique == .copy || settings.technique == .renamecopy else { return [] }
        let technique = settings.technique.rawValue
        let message = "method \(method.rawValue) has no effect, because \(technique) is said: remove one of them"
        return [Diagnostic(.warning, location, message)]
    }

    /// A wildcard that also fits what its logs' archives will be called.
    private static func ownArchives(_ stanza: Stanza) -> [Diagnostic] {
        stanza.patterns.compactMap { pattern in
            let part = pattern.text.name
            guard GlobPattern.isPattern(part), stanza.settings.archiveDirectory == nil else { return nil }
            let log = example(of: part)
            let naming = ArchiveNaming(log: log, settings: stanza.settings)
            let suffix = stanza.settings.compresses ? stanza.settings.compressionSuffix : ""
            let archive: Path
            if stanza.settings.usesDate {
                let format =
                    stanza.settings.archiveDateFormat
                let date = format.text(CivilTime(year: 2026, month: 11, day: 22), epochSeconds: 1_795_305_600)
                archive = naming.name(date: date, sequence: 0, compressionSuffix: suffix)
            } else {
                archive = naming.name(number: 1, compressionSuffix: suffix)
            }
            guard GlobPattern(part).matches(archive) else { return nil }
            let message =
                "\(pattern.text) matches its own archives (such as \(archive)); spillway leaves them alone, logrotate "
                + "would rotate them again: name the logs more exactly (*.log), or use olddir"
            return Diagnostic(.warning, pattern.location, message)
        }
    }

    /// A name that fits the pattern.
    private static func example(of pattern: Path) -> Path {
        var result = Path(bytes: [])
        var isInSet = false
        for byte in pattern.bytes {
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "?"): result.bytes.append(UInt8(ascii: "x"))
            case UInt8(ascii: "["): isInSet = true
            case UInt8(ascii: "]"): isInSet = false
            case _ where isInSet:
                result.bytes.append(byte)
                isInSet = false
            default: result.bytes.append(byte)
            }
        }
        return result
    }

    /// `killall -HUP NAME` and its like reach processes whose logs were not rotated: they may empty or reopen the wrong ones.
    private static func blanketSignals(_ stanza: Stanza) -> [Diagnostic] {
        stanza.settings.scripts.sorted { $0.value.location.line < $1.value.location.line }.compactMap { kind, script in
            guard let found = BlanketSignal.first(in: script.text) else { return nil }
            let message =
                "this \(kind.rawValue) script signals every process of a name (\(found.command)), also those whose logs were "
                + "not rotated; 'signal \(found.signal)' reaches only the writers of the log"
            return Diagnostic(.warning, script.location, message)
        }
    }

    private static func dateFormat(_ stanza: Stanza) -> [Diagnostic] {
        guard stanza.settings.usesDate, let text = stanza.settings.dateFormat,
            let location = stanza.settings.origins[.dateformat]
        else { return [] }
        let format = DateFormat(text)
        var diagnostics = format.unknownSpecifiers.map { specifier in
            Diagnostic(
                .warning, location,
                "dateformat: \(specifier) is no specifier and stays as it is; there are %Y %m %d %H %M %S %V %s %z")
        }
        if !format.isSortable {
            diagnostics.append(
                Diagnostic(
                    .warning, location,
                    "dateformat: '\(text)' does not tell which archive is older; their times decide"))
        }
        return diagnostics
    }
}
