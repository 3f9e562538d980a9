public import LinuxSystem

/// A pattern that logs are found by.
public struct LogPattern: Hashable, Sendable {
    /// The absolute path with wildcards, with single slashes.
    public var text: Path
    /// The path as it was written, where that has slashes one behind the other.
    public var written: Path?
    /// Where it stands.
    public var location: SourceLocation

    /// A pattern.
    public init(text: Path, location: SourceLocation) {
        let isPlain = !text.hasDoubledSlashes
        self.text = isPlain ? text : text.withoutDoubledSlashes
        written = isPlain ? nil : text
        self.location = location
    }

    /// A log that it names, with the slashes that the pattern was written with: scripts get it so, as from logrotate.
    func asWritten(_ log: Path) -> Path? {
        guard let written, GlobPattern.matches(path: log, pattern: text) else { return nil }
        var names = log.components[...]
        var path = Path(bytes: [])
        for (index, byte) in written.bytes.enumerated() where byte == UInt8(ascii: "/") {
            path.bytes.append(byte)
            let isLast = index + 1 == written.bytes.count
            if !isLast, written.bytes[index + 1] != byte, let name = names.popFirst() { path = path + name }
        }
        return path
    }
}

/// Logs and what governs them.
public struct Stanza: Hashable, Sendable {
    private struct Parts: Hashable, Sendable {
        var patterns: [LogPattern]
        var patternText: Path
        var location: SourceLocation
        var settings: Settings
        var isBroken = false
        var endLine = 0
    }

    // A stanza is handed through all of a run, and there may be ten thousand.
    private var parts: CopyOnWrite<Parts>

    /// A stanza.
    public init(
        patterns: [LogPattern], patternText: Path, location: SourceLocation, settings: Settings, endLine: Int = 0
    ) {
        parts = CopyOnWrite(
            Parts(
                patterns: patterns, patternText: patternText, location: location, settings: settings,
                endLine: endLine))
    }

    /// The patterns that name its logs.
    public var patterns: [LogPattern] {
        _read { yield parts.value.patterns }
        _modify { yield &parts.value.patterns }
    }
    /// The patterns as they were written.
    public var patternText: Path {
        _read { yield parts.value.patternText }
        _modify { yield &parts.value.patternText }
    }
    /// What scripts that are shared get as their argument.
    public var scriptArgument: Path { settings.endsPatternsInBlank ? patternText + " " : patternText }
    /// Where it begins.
    public var location: SourceLocation {
        _read { yield parts.value.location }
        _modify { yield &parts.value.location }
    }
    /// The line of its closing brace.
    public var endLine: Int {
        _read { yield parts.value.endLine }
        _modify { yield &parts.value.endLine }
    }
    /// What governs its logs.
    public var settings: Settings {
        _read { yield parts.value.settings }
        _modify { yield &parts.value.settings }
    }
    /// A log with the slashes that its pattern was written with.
    func asWritten(_ log: Path) -> Path {
        patterns.lazy.compactMap { $0.asWritten(log) }.first ?? log
    }
    /// Whether it has errors. Then nothing is done to its logs, by a later stanza neither: that one could keep less.
    public var isBroken: Bool {
        _read { yield parts.value.isBroken }
        _modify { yield &parts.value.isBroken }
    }
}

/// Which archives pay for space.
public enum Eviction: String, CaseIterable, Hashable, Sendable {
    case fair, oldest
}

/// Once the live logs of a tree reach `triggerBytes`, the biggest are rotated until they are under `targetBytes`.
public struct LiveLimits: Hashable, Sendable {
    /// Where it begins.
    public var triggerBytes: Int64
    /// Where it ends.
    public var targetBytes: Int64

    /// Trigger and target.
    public init(triggerBytes: Int64, targetBytes: Int64) {
        self.triggerBytes = triggerBytes
        self.targetBytes = targetBytes
    }
}

/// A directory tree with limits.
public struct SpaceRule: Hashable, Sendable {
    /// The tree.
    public var directory: Path
    /// Where the block begins.
    public var location: SourceLocation
    /// What the tree may occupy.
    public var budget: Amount?
    /// Free bytes of its file system.
    public var minimumFree: Amount?
    /// Free inodes of its file system.
    public var minimumFreeInodes: Amount?
    /// When the biggest live logs are rotated for space.
    public var live: LiveLimits?
    /// Which archives pay.
    public var eviction = Eviction.fair
    /// Deleted files that are still held are freed.
    public var reclaimsHeld = false
    /// Further files that may be evicted.
    public var purges: [Path] = []

    /// A block without limits yet.
    public init(directory: Path, location: SourceLocation) {
        self.directory = directory
        self.location = location
    }
}

/// The I/O class of compression.
public enum IOClass: String, CaseIterable, Hashable, Sendable {
    case idle
    case bestEffort = "best-effort"
}

/// What is said once for a whole run.
public struct RunSettings: Hashable, Sendable {
    /// Compression threads; nil: as many as cores.
    public var workers: Int?
    /// Their nice value.
    public var nice = 10
    /// Their I/O class.
    public var ioClass = IOClass.idle
    /// Whether neither of the two holds: a file system is short of room.
    public var isHurried = false

    /// The defaults.
    public init() {}
}

/// A configuration as it was read: what can be used, and what is to be said about the rest.
public struct Configuration: Sendable {
    /// The stanzas in the order they were read.
    public var stanzas: [Stanza] = []
    /// The trees with limits.
    public var spaces: [SpaceRule] = []
    /// What is said once for a whole run.
    public var run = RunSettings()
    /// Errors and warnings in the order they were found.
    public var diagnostics: [Diagnostic] = []
    /// What is allowed and probably not meant: said by `check` alone, not by each run.
    public var remarks: [Diagnostic] = []
    /// The files that it was read from.
    public var files: [Path] = []
    /// What logrotate says while it reads, where its words are wanted: each before the diagnostic of that number.
    public var trace: [(before: Int, text: String)] = []

    /// Nothing read yet.
    public init() {}

    /// How much of it there is.
    struct Mark {
        fileprivate let stanzaCount: Int
        fileprivate let spaceCount: Int
        fileprivate let run: RunSettings
        let diagnosticCount: Int
        fileprivate let remarkCount: Int
        fileprivate let fileCount: Int
        fileprivate let traceCount: Int
    }

    /// How much of it there is now.
    var mark: Mark {
        Mark(
            stanzaCount: stanzas.count, spaceCount: spaces.count, run: run, diagnosticCount: diagnostics.count,
            remarkCount: remarks.count, fileCount: files.count, traceCount: trace.count)
    }

    /// As it was then: it only grows.
    mutating func forget(behind mark: Mark) {
        stanzas.removeLast(stanzas.count - mark.stanzaCount)
        spaces.removeLast(spaces.count - mark.spaceCount)
        run = mark.run
        diagnostics.removeLast(diagnostics.count - mark.diagnosticCount)
        remarks.removeLast(remarks.count - mark.remarkCount)
        files.removeLast(files.count - mark.fileCount)
        trace.removeLast(trace.count - mark.traceCount)
    }
}
