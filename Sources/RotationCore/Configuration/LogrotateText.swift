public import LinuxSystem

/// What logrotate 3.21 says where spillway has words of its own: programs that watch its output look for them.
public struct LogrotateText: Hashable, Sendable {
    /// Whole lines, with `error: ` or `warning: ` before them.
    public var lines: [String]

    /// These lines.
    public init(lines: [String]) {
        self.lines = lines
    }

    /// It says nothing there.
    public static let silence = LogrotateText(lines: [])

    /// An error about no place in a configuration.
    public static func error(_ text: String) -> LogrotateText { LogrotateText(lines: ["error: " + text]) }

    /// A warning about no place in a configuration.
    public static func warning(_ text: String) -> LogrotateText { LogrotateText(lines: ["warning: " + text]) }

    /// An error in a line of a configuration, which is named without its column.
    static func error(_ location: SourceLocation, _ text: String) -> LogrotateText {
        .error("\(location.file):\(location.line) \(text)")
    }
}

extension LogrotateText {
    /// How it calls what must follow a directive.
    static func missingValue(of directive: Directive) -> String {
        let name =
            switch directive {
            case .rotate: "rotate count"
            case .start: "start count"
            case .shredcycles: "shred cycles"
            case .minage: "minage count"
            case .maxage: "maxage count"
            case .extension: "extension name"
            case .addextension: "addextension name"
            case .compresscmd: "compress"
            case .uncompresscmd: "uncompress"
            case .compressext: "compress-ext"
            default: directive.rawValue
            }
        switch directive {
        case .compressoptions: return "invalid compression options"
        case .su: return "no user for su"
        default: return "argument expected after \(name)"
        }
    }

    /// What it says of a value that it does not understand; nil where it has no such directive, or takes any value.
    static func badValue(_ value: String, of directive: Directive) -> String? {
        switch directive {
        case .rotate: "bad rotation count '\(value)'"
        case .start: "bad start count '\(value)'"
        case .shredcycles: "bad shred cycles '\(value)'"
        case .minage: "bad minimum age '\(value)'"
        case .maxage: "bad maximum age '\(value)'"
        case .weekly: "bad weekly directive ' \(value)'"
        case .size, .minsize, .maxsize: badSize(value)
        case .mail: "bad mail address  \(value)"
        case .create, .createolddir: "extra arguments for \(directive.rawValue)"
        case .compressoptions: "invalid compression options"
        case .monthly: "lines must begin with a keyword or a filename (possibly in double quotes)"
        default: nil
        }
    }

    private static func badSize(_ value: String) -> String {
        guard let unit = value.last, !unit.isNumber else { return "bad size '\(value)'" }
        return "kMG".contains(unit) ? "bad size '\(value.dropLast())'" : "unknown unit '\(unit)'"
    }

    /// What it says where a line begins with neither a word nor a path.
    static let strayLine = "lines must begin with a keyword or a filename (possibly in double quotes)"

    /// What it says of a directive that it does not know.
    static func unknown(_ word: String) -> String { "unknown option '\(word)' -- ignoring line" }

    /// Whether it is about braces, and names nothing of what is in a file.
    var isOfBraces: Bool { lines.contains { $0.contains("missing '{'") || $0.contains("unexpected }") } }

    /// What it says of a word that something else than a blank follows.
    static func notSeparated(_ word: String, before byte: UInt8) -> String {
        "keyword '\(word)' not properly separated, found 0x\(String(byte, radix: 16))"
    }

    /// What it says of a file that it does not read.
    static func fault(_ fault: ConfigurationFault, _ path: Path) -> LogrotateText {
        switch fault {
        case .writableByOthers(let mode, _) where mode & 0o022 != 0:
            LogrotateText(lines: [
                "warning: Potentially dangerous mode on \(path): 0\(String(mode & 0o7777, radix: 8))",
                "error: Ignoring \(path) because it is writable by group or others.",
            ])
        case .writableByOthers:
            .error("Ignoring \(path) because the file owner is wrong (should be root or user with uid 0).")
        case .unreadable(let error): .error("cannot stat \(path): \(error.reason)")
        case .tooLarge: .error("file \(path) too large, probably not a config file.")
        case .notAFile: .error("Ignoring \(path) because it's not a regular file.")
        }
    }

    /// What it says of a log that a second stanza names.
    public static func duplicate(_ log: Path, _ location: SourceLocation) -> LogrotateText {
        .error(location, "duplicate log entry for \(log)")
    }

    /// What it says of a compressing program that has written to its standard error.
    public static func said(_ text: String, about path: Path) -> LogrotateText {
        .error("Compressing program wrote following message to stderr when compressing log \(path):\n\(text)")
    }

    /// What it says of a log that is not there.
    public static func missing(_ path: Path) -> LogrotateText {
        .error("stat of \(path) failed: No such file or directory")
    }
}
