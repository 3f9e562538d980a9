public import LinuxSystem

/// A pattern that logs are found by.
public struct LogPattern: Hashable, Sendable {
    /// The absolute path with wildcards.
    public var text: Path
    /// Where it stands.
    public var location: SourceLocation

    /// A pattern.
    public init(text: Path, location: SourceLocation) {
        self.text = text
        self.location = location
    }
}

/// A directive that is understood and has no effect yet.
public struct PendingDirective: Hashable, Sendable {
    /// Which.
    public var directive: Directive
    /// Where it stands.
    public var location: SourceLocation
}

/// Logs and what governs them.
public struct Stanza: Hashable, Sendable {
    /// The patterns that name its logs.
    public var patterns: [LogPattern]
    /// The patterns as they were written, which is what shared scripts get as their argument.
    public var patternText: Path
    /// Where it begins.
    public var location: SourceLocation
    /// What governs its logs.
    public var settings: Settings
    /// Whether it has errors. Then nothing is done to its logs, by a later stanza neither: that one could keep less.
    public var isBroken = false
    /// Its directives that have no effect yet: a run skips it and says so.
    public var pending: [PendingDirective] = []

    /// A stanza.
    public init(patterns: [LogPattern], patternText: Path, location: SourceLocation, settings: Settings) {
        self.patterns = patterns
        self.patternText = patternText
        self.location = location
        self.settings = settings
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
    /// Global directives without an effect yet, and where they stand.
    public var pending: [PendingDirective] = []

    /// Nothing read yet.
    public init() {}
}
