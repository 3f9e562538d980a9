import LinuxSystem

/// The values of `Settings`, where each is explained, with spillway's defaults.
struct SettingsValues: Hashable, Sendable {
    // When.
    var schedule = Schedule.size(1 << 20)
    var minimumSizeBytes: Int64?
    var maximumSizeBytes: Int64?
    var minimumAgeSeconds: Int64?
    // Which.
    var missingOK = true
    var rotatesEmpty = true
    var allowsHardLinks = false
    var ignoresDuplicates = false
    var account: Account?
    // What is kept.
    var keep = ArchiveLimit.unlimited
    var maximumAgeSeconds: Int64?
    var shreds = false
    var shredCycles: Int?
    // Names.
    var start = 1
    var usesDate = false
    var dateFormat: Path?
    var usesYesterday = false
    var usesHourAgo = false
    var keptExtension: Path?
    var addedExtension: Path?
    var archiveDirectory: Path?
    var archiveDirectoryCreation: Ownership?
    // How.
    var creation: Ownership?
    var copies = false
    var renamesAndCopies = false
    var copytruncate: Bool?
    var copytruncateByDefault = true
    var compresses = true
    var delaysCompression = false
    var compressCommand: String?
    var uncompressCommand: String?
    var compressExtension: Path?
    var compressOptions: String?
    var compressLevel: Int?
    var pressureLevel = 1
    // Mail.
    var mailAddress: String?
    var mailsFirst = false
    // Scripts.
    var scripts: [HookKind: Script] = [:]
    var sharesScripts = false
    var sharedScriptsSeePlainCopies = false
    var keepsHoles = false
    var compressesWhatGoes = false
    var endsPatternsInBlank = false
    var hookTimeoutSeconds: Int64 = 300
    // spillway's own.
    var method: Method?
    var lossless = false
    var maximumApparentBytes: Int64 = 64 << 30
    var signal: SignalRule?
    var signalWaitSeconds: Int64 = 5
    var maximumTotalBytes: Int64?
    var minimumKeep = 1
    var abandonedSeconds: Int64?
    var origins = Origins()
}
