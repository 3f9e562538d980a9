public import LinuxSystem

/// What governs a log: the directives of its stanza, over the global ones, over the defaults.
public struct Settings: Hashable, Sendable {
    // Hundreds of bytes that all of a run is governed by, and each log of ten thousand is handed on with.
    private var values = CopyOnWrite(SettingsValues())

    // When.
    /// When a log is due.
    public var schedule: Schedule {
        _read { yield values.value.schedule }
        _modify { yield &values.value.schedule }
    }
    /// A smaller log is not due by time.
    public var minimumSizeBytes: Int64? {
        _read { yield values.value.minimumSizeBytes }
        _modify { yield &values.value.minimumSizeBytes }
    }
    /// A larger log is due before its time.
    public var maximumSizeBytes: Int64? {
        _read { yield values.value.maximumSizeBytes }
        _modify { yield &values.value.maximumSizeBytes }
    }
    /// A log written to within so many seconds is not due by time.
    public var minimumAgeSeconds: Int64? {
        _read { yield values.value.minimumAgeSeconds }
        _modify { yield &values.value.minimumAgeSeconds }
    }

    // Which.
    /// A log that is not there is no error.
    public var missingOK: Bool {
        _read { yield values.value.missingOK }
        _modify { yield &values.value.missingOK }
    }
    /// An empty log is rotated too.
    public var rotatesEmpty: Bool {
        _read { yield values.value.rotatesEmpty }
        _modify { yield &values.value.rotatesEmpty }
    }
    /// A log with several names is rotated too.
    public var allowsHardLinks: Bool {
        _read { yield values.value.allowsHardLinks }
        _modify { yield &values.value.allowsHardLinks }
    }
    /// A log that an earlier stanza claimed is no error.
    public var ignoresDuplicates: Bool {
        _read { yield values.value.ignoresDuplicates }
        _modify { yield &values.value.ignoresDuplicates }
    }
    /// Whom the work is done as.
    public var account: Account? {
        _read { yield values.value.account }
        _modify { yield &values.value.account }
    }

    // What is kept.
    /// How many archives are kept.
    public var keep: ArchiveLimit {
        _read { yield values.value.keep }
        _modify { yield &values.value.keep }
    }
    /// Older archives are expired.
    public var maximumAgeSeconds: Int64? {
        _read { yield values.value.maximumAgeSeconds }
        _modify { yield &values.value.maximumAgeSeconds }
    }
    /// Overwritten before they are removed.
    public var shreds: Bool {
        _read { yield values.value.shreds }
        _modify { yield &values.value.shreds }
    }
    /// How often they are overwritten; nil: shred(1)'s default.
    public var shredCycles: Int? {
        _read { yield values.value.shredCycles }
        _modify { yield &values.value.shredCycles }
    }

    // Names.
    /// The number of the newest archive.
    public var start: Int {
        _read { yield values.value.start }
        _modify { yield &values.value.start }
    }
    /// Archives carry the date instead of a number.
    public var usesDate: Bool {
        _read { yield values.value.usesDate }
        _modify { yield &values.value.usesDate }
    }
    /// `dateformat`; nil: the default.
    public var dateFormat: Path? {
        _read { yield values.value.dateFormat }
        _modify { yield &values.value.dateFormat }
    }
    /// The date in a name is yesterday's.
    public var usesYesterday: Bool {
        _read { yield values.value.usesYesterday }
        _modify { yield &values.value.usesYesterday }
    }
    /// The date in a name is that of an hour ago.
    public var usesHourAgo: Bool {
        _read { yield values.value.usesHourAgo }
        _modify { yield &values.value.usesHourAgo }
    }
    /// An extension that a log keeps behind its number or date.
    public var keptExtension: Path? {
        _read { yield values.value.keptExtension }
        _modify { yield &values.value.keptExtension }
    }
    /// An extension that every archive gets, or keeps at its end.
    public var addedExtension: Path? {
        _read { yield values.value.addedExtension }
        _modify { yield &values.value.addedExtension }
    }
    /// Where archives go; relative to the log's directory. nil: beside the log.
    public var archiveDirectory: Path? {
        _read { yield values.value.archiveDirectory }
        _modify { yield &values.value.archiveDirectory }
    }
    /// That directory is made with these attributes if it is missing.
    public var archiveDirectoryCreation: Ownership? {
        _read { yield values.value.archiveDirectoryCreation }
        _modify { yield &values.value.archiveDirectoryCreation }
    }

    // How.
    /// A new log is created after a rename. nil: it is not.
    public var creation: Ownership? {
        _read { yield values.value.creation }
        _modify { yield &values.value.creation }
    }
    /// The log is copied and left alone.
    public var copies: Bool {
        _read { yield values.value.copies }
        _modify { yield &values.value.copies }
    }
    /// The log is renamed aside, and copied after the script.
    public var renamesAndCopies: Bool {
        _read { yield values.value.renamesAndCopies }
        _modify { yield &values.value.renamesAndCopies }
    }
    /// What `copytruncate` or `nocopytruncate` said; nil: neither.
    public var copytruncate: Bool? {
        _read { yield values.value.copytruncate }
        _modify { yield &values.value.copytruncate }
    }
    /// What `copytruncate` is where nothing was said: no longer on once `create`, `copy` or `renamecopy` was said,
    /// globally or in the stanza, also where another directive took that back.
    public var copytruncateByDefault: Bool {
        _read { yield values.value.copytruncateByDefault }
        _modify { yield &values.value.copytruncateByDefault }
    }
    /// Archives are compressed.
    public var compresses: Bool {
        _read { yield values.value.compresses }
        _modify { yield &values.value.compresses }
    }
    /// The newest archive stays uncompressed until the next rotation.
    public var delaysCompression: Bool {
        _read { yield values.value.delaysCompression }
        _modify { yield &values.value.delaysCompression }
    }
    /// `compresscmd`.
    public var compressCommand: String? {
        _read { yield values.value.compressCommand }
        _modify { yield &values.value.compressCommand }
    }
    /// `uncompresscmd`.
    public var uncompressCommand: String? {
        _read { yield values.value.uncompressCommand }
        _modify { yield &values.value.uncompressCommand }
    }
    /// `compressext`; nil: that of the command.
    public var compressExtension: Path? {
        _read { yield values.value.compressExtension }
        _modify { yield &values.value.compressExtension }
    }
    /// `compressoptions`.
    public var compressOptions: String? {
        _read { yield values.value.compressOptions }
        _modify { yield &values.value.compressOptions }
    }
    /// `compresslevel`.
    public var compressLevel: Int? {
        _read { yield values.value.compressLevel }
        _modify { yield &values.value.compressLevel }
    }

    // Mail.
    /// Where archives are sent before they go.
    public var mailAddress: String? {
        _read { yield values.value.mailAddress }
        _modify { yield &values.value.mailAddress }
    }
    /// The newest archive is sent instead.
    public var mailsFirst: Bool {
        _read { yield values.value.mailsFirst }
        _modify { yield &values.value.mailsFirst }
    }

    // Scripts.
    /// The scripts by occasion.
    public var scripts: [HookKind: Script] {
        _read { yield values.value.scripts }
        _modify { yield &values.value.scripts }
    }
    /// Scripts run once for all logs of the stanza.
    public var sharesScripts: Bool {
        _read { yield values.value.sharesScripts }
        _modify { yield &values.value.sharesScripts }
    }
    /// A shared script finds copies uncompressed, as logrotate's do; else they are compressed on their way.
    public var sharedScriptsSeePlainCopies: Bool {
        _read { yield values.value.sharedScriptsSeePlainCopies }
        _modify { yield &values.value.sharedScriptsSeePlainCopies }
    }
    /// A script that runs longer is ended, in seconds.
    public var hookTimeoutSeconds: Int64 {
        _read { yield values.value.hookTimeoutSeconds }
        _modify { yield &values.value.hookTimeoutSeconds }
    }

    // spillway's own.
    /// How the live log is emptied.
    public var method: Method? {
        _read { yield values.value.method }
        _modify { yield &values.value.method }
    }
    /// Only techniques that cannot lose a line.
    public var lossless: Bool {
        _read { yield values.value.lossless }
        _modify { yield &values.value.lossless }
    }
    /// How large a log that is followed may look before it is made small under its readers, in bytes.
    public var maximumApparentBytes: Int64 {
        _read { yield values.value.maximumApparentBytes }
        _modify { yield &values.value.maximumApparentBytes }
    }
    /// Whether a log is cut although a writer could lose by it, as ``CutPlan/insists``.
    public var insistsOnCut: Bool { method == .punch && !lossless }
    /// A signal after a rename.
    public var signal: SignalRule? {
        _read { yield values.value.signal }
        _modify { yield &values.value.signal }
    }
    /// How long to wait for the release, in seconds.
    public var signalWaitSeconds: Int64 {
        _read { yield values.value.signalWaitSeconds }
        _modify { yield &values.value.signalWaitSeconds }
    }
    /// Live log and archives stay under so many bytes.
    public var maximumTotalBytes: Int64? {
        _read { yield values.value.maximumTotalBytes }
        _modify { yield &values.value.maximumTotalBytes }
    }
    /// So many newest archives are never taken for space.
    public var minimumKeep: Int {
        _read { yield values.value.minimumKeep }
        _modify { yield &values.value.minimumKeep }
    }
    /// A log nobody writes for so many seconds is archived whole and removed.
    public var abandonedSeconds: Int64? {
        _read { yield values.value.abandonedSeconds }
        _modify { yield &values.value.abandonedSeconds }
    }
    /// Which line each setting comes from, by the directive's `subject`.
    public var origins: Origins {
        _read { yield values.value.origins }
        _modify { yield &values.value.origins }
    }

    /// spillway's defaults.
    public init() {}

    /// logrotate's defaults.
    public static var logrotate: Settings {
        var settings = Settings()
        settings.copytruncateByDefault = false
        settings.compresses = false
        settings.missingOK = false
        settings.keep = .count(0)
        settings.sharedScriptsSeePlainCopies = true
        return settings
    }
}

/// How the live log is emptied.
public enum Technique: String, Hashable, Sendable {
    /// Archive the content and cut it out of the log, in place.
    case inPlace
    /// Archive the content, leave the log.
    case copy
    /// Rename aside, run the script, copy, remove.
    case renamecopy
    /// Rename the log to its archive's name.
    case rename
}

extension Settings {
    /// The technique that the directives ask for.
    public var technique: Technique {
        if copytruncate ?? copytruncateByDefault { return method == .rename ? .rename : .inPlace }
        if copies { return .copy }
        if renamesAndCopies { return .renamecopy }
        return (method ?? .auto) == .auto || method == .rename ? .rename : .inPlace
    }

    /// Whether a log is renamed rather than cut in place, depending on its writers: `signal`, and no `method` that says
    /// otherwise.
    public var prefersRename: Bool {
        signal != nil && (method ?? .auto) == .auto && technique == .inPlace
    }

    /// The technique for a log that these have open; nil where that was not looked at.
    ///
    /// A writer that does not append cannot be shrunk under: it is told to open a new log. One that does not catch the
    /// signal would write to the renamed log for ever: it is cut in place. A log without writers is too, unless `nocreate`
    /// is said: then it goes away with its last content, as one with a process's number in its name should.
    /// One that is known to end on the signal, or not to reopen its log, is not sent it, and cut in place whatever else is said,
    /// unless a script tells it.
    public func technique(for holders: HolderKnowledge?, knowing signals: SignalKnowledge = SignalKnowledge())
        -> Technique
    {
        guard let signal, technique != .copy else { return technique }
        let isTold = scripts[.postrotate] != nil
        if !isTold, let holders,
            holders.writers.contains(where: { signals.reason(notToSend: signal.name, to: $0) != nil })
        {
            return .inPlace
        }
        guard prefersRename else { return technique }
        guard let holders, let number = ProcessSignal.number(named: signal.name) else { return .rename }
        // Of those that are not known nobody knows whether they append; those that are seen count in any case.
        if holders.doubt != nil { return holders.writers.allSatisfy { $0.catches(number) } ? .rename : .inPlace }
        if holders.isNobody, forbidsCreation { return .rename }
        let others = holders.writers.filter { !$0.appends }
        return !others.isEmpty && others.allSatisfy { $0.catches(number) } ? .rename : .inPlace
    }

    /// How a log is created after a rename; nil where it is not. `method rename` and `signal` create it like the old one,
    /// unless `nocreate` says otherwise.
    var creationAnew: Ownership? {
        if let creation { return creation }
        return !forbidsCreation && (method == .rename || signal != nil) ? Ownership() : nil
    }

    /// Whether `nocreate` was said.
    private var forbidsCreation: Bool { creation == nil && origins[.create] != nil }

    private static let suffixes: [String: Path] = [
        "gzip": ".gz", "pigz": ".gz", "bzip2": ".bz2", "pbzip2": ".bz2", "xz": ".xz", "pixz": ".xz", "lzma": ".lzma",
        "zstd": ".zst", "lz4": ".lz4", "lzop": ".lzo", "lzip": ".lz", "compress": ".Z", "zip": ".zip",
    ]

    /// Extensions that compressing programs give, by which archives of an earlier configuration are known.
    public static let knownCompressionSuffixes: [Path] = Array(Set(suffixes.values)).sorted()

    private var compressProgramName: String {
        (compressCommand ?? "gzip").split(separator: "/").last.map(String.init) ?? "gzip"
    }

    /// The extension of a compressed archive.
    public var compressionSuffix: Path {
        compressExtension ?? Settings.suffixes[compressProgramName] ?? ".gz"
    }

    /// How archives are compressed; nil where they are not. gzip(1) with nothing but a level is done in this process.
    public var compression: Compression? {
        guard compresses else { return nil }
        let options = Path(compressOptions ?? "").quotedWords ?? []
        if compressProgramName == "gzip" {
            if options.isEmpty { return .gzip(level: compressLevel ?? 6) }
            if let level = Settings.levelOption(options) { return .gzip(level: compressLevel ?? level) }
        }
        var words = options
        if words.isEmpty, let compressLevel { words = ["-\(compressLevel)"] }
        return .program(command: compressCommand ?? "gzip", options: words)
    }

    private static func levelOption(_ options: [String]) -> Int? {
        guard options.count == 1 else { return nil }
        switch options[0] {
        case "--fast": return 1
        case "--best": return 9
        default:
            guard options[0].count == 2, options[0].hasPrefix("-"), let level = Int(options[0].dropFirst()) else {
                return nil
            }
            return (1...9).contains(level) ? level : nil
        }
    }
}
