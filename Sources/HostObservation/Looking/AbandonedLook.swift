import LinuxSystem
package import RotationCore

/// Asks who has logs open that may be abandoned.
package struct AbandonedLook {
    private let cache: DirectoryCache
    private let ledger: Ledger
    private let due: DueRule

    /// - Parameter ledger: what is remembered of abandoned logs.
    package init(cache: DirectoryCache, ledger: Ledger, due: DueRule) {
        self.cache = cache
        self.ledger = ledger
        self.due = due
    }

    /// Adds to what was seen of a log whether nobody has it open, and whether an earlier run archived it whole for that.
    ///
    /// Only a lease tells that for certain: where there are none, every log has somebody.
    ///
    /// - Returns: whether a log that was abandoned is in use again, which the ledger is to know.
    package func look(at log: inout LogObservation, _ settings: Settings) -> Bool {
        guard settings.abandonedSeconds != nil, let status = log.status else { return false }
        var isInUse = false
        if let inode = ledger.abandoned[log.path] {
            log.wasAbandoned = inode == status.identity.inode && log.pendingBytes == 0
            isInUse = !log.wasAbandoned
        }
        guard due.mayBeAbandoned(log, settings),
            let file = try? cache.directory(log.path.directory).open(log.path.name, .looking)
        else { return isInUse }
        file.adviseRandom()
        log.isUnheld = file.reasonToDoubtHolders == nil && HolderProbe.askForAll(file) == .granted
        return isInUse
    }
}
