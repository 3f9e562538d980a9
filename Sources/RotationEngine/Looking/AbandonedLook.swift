import LinuxSystem
import RotationCore

/// Asks who has logs open that may be abandoned.
struct AbandonedLook {
    let cache: DirectoryCache
    let ledger: LedgerStore
    let due: DueRule

    /// Adds to what was seen of a log whether nobody has it open, and whether an earlier run archived it whole for that.
    ///
    /// Only a lease tells that for certain: where there are none, every log has somebody.
    func look(at log: inout LogObservation, _ settings: Settings) {
        guard settings.abandonedSeconds != nil, let status = log.status else { return }
        if let inode = ledger.ledger.abandoned[log.path] {
            log.wasAbandoned = inode == status.identity.inode && log.pendingBytes == 0
            if !log.wasAbandoned { ledger.record([.inUse(log.path)]) }
        }
        guard due.mayBeAbandoned(log, settings),
            let file = try? cache.directory(log.path.directory).open(log.path.name, .looking)
        else { return }
        file.adviseRandom()
        log.isUnheld = file.reasonToDoubtHolders == nil && HolderProbe.askForAll(file) == .granted
    }
}
