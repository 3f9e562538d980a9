public import LinuxSystem

/// One thing that spillway did, or could not do: a line of the history.
public struct HistoryRecord: Hashable, Sendable {
    /// What it is about.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A log was rotated.
        case rotate
        /// An archive went for space.
        case evict
        /// An archive went because of its age or number.
        case expire
        /// Writers were sent a signal.
        case signal
        /// A cut that an earlier run began was finished.
        case recover
        /// A deleted file that processes held was freed.
        case free
        /// A log that nobody has any more was removed.
        case abandon
        /// Something was not done, and is an error.
        case error
        /// Something was not done, and need not be.
        case notice
        /// A run ended that did something.
        case run
    }

    /// When.
    public var at: Timestamp
    /// What.
    public var kind: Kind
    /// The log, the archive, or what else it is about.
    public var path: Path
    /// The archive that was made.
    public var to: Path?
    /// The log that an archive belonged to.
    public var log: Path?
    /// How many bytes were archived or freed.
    public var bytes: Int64?
    /// The limit that an archive went for: `budget`, `minfree`, `maxtotal`, `rotate`, `maxage`.
    public var rule: String?
    /// Why, or what is wrong, in words.
    public var reason: String

    /// A record.
    public init(
        at: Timestamp, kind: Kind, path: Path, to: Path? = nil, log: Path? = nil, bytes: Int64? = nil,
        rule: String? = nil, reason: String = ""
    ) {
        self.at = at
        self.kind = kind
        self.path = path
        self.to = to
        self.log = log
        self.bytes = bytes
        self.rule = rule
        self.reason = reason
    }

    /// Whether it is about a log: the log itself, or an archive of it.
    public func isAbout(_ log: Path) -> Bool { path == log || self.log == log || to == log }

    /// The line, without its end.
    public var line: String {
        var members: [(String, JSONValue)] = [
            ("at", .text(ISO8601.text(at))), ("kind", .text(kind.rawValue)), ("path", .path(path)),
        ]
        if let to { members.append(("to", .path(to))) }
        if let log { members.append(("log", .path(log))) }
        if let bytes { members.append(("bytes", .integer(bytes))) }
        if let rule { members.append(("rule", .text(rule))) }
        if !reason.isEmpty { members.append(("reason", .text(reason))) }
        return JSONValue.object(members).text
    }

    /// Reads a line; nil where it is none of the history's.
    public init?(line: ArraySlice<UInt8>) {
        guard let json = FlatJSON(line), let path = json[text: "path"],
            let at = json[text: "at"].flatMap({ ISO8601.time($0.description, zone: LocalZone()) }),
            let kind = json[text: "kind"].flatMap({ Kind(rawValue: $0.description) })
        else { return nil }
        self.init(
            at: at, kind: kind, path: path, to: json[text: "to"], log: json[text: "log"],
            bytes: json[integer: "bytes"], rule: json[text: "rule"]?.description,
            reason: json[text: "reason"]?.description ?? "")
    }

    /// The file with lines in their order; those that make no sense are left out.
    public static func decode(_ bytes: [UInt8]) -> [HistoryRecord] {
        bytes.split(separator: 0x0a).compactMap { HistoryRecord(line: $0) }
    }
}
