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

    /// `pressurelevel`: gzip's level while a floor is violated.
    public var pressureLevel: Int {
        _read { yield values.value.pressureLevel }
        _modify { yield &values.value.pressureLevel }
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
    /// A plain archive has holes where its log has some that are not spillway's, as logrotate's do.
    public var keepsHoles: Bool {
        _read { yield values.value.keepsHoles }
        _modify { yield &values.value.keepsHoles }
    }
    /// With `rotate 0` an archive that is mailed, or seen by a script before it goes, is compressed before as any other is.
    public var compressesWhatGoes: Bool {
        _read { yield values.value.compressesWhatGoes }
        _modify { yield &values.value.compressesWhatGoes }
    }
    /// The patterns that scripts get have a blank behind the last one, as logrotate's do.
    public var endsPatternsInBlank: Bool {
        _read { yield values.value.endsPatternsInBlank }
        _modify { yield &values.value.endsPatternsInBlank }
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
        settings.keepsHoles = true
        settings.compressesWhatGoes = true
        settings.endsPatternsInBlank = true
        return settings
    }
}
