import LinuxSystem
package import RotationCore
import SystemPackage

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
    /// - Returns: whether a log that was abandoned is in use again, which the ledger is to know; and why it could not be asked.
    package func look(at log: inout LogObservation, _ settings: Settings) -> (isInUse: Bool, trouble: String?) {
        guard settings.abandonedSeconds != nil, let status = log.status else { return (false, nil) }
        var isInUse = false
        if let inode = ledger.abandoned[log.path] {
            let wasAbandoned = inode == status.identity.inode && log.pendingBytes == 0
            if wasAbandoned { log.wasAbandoned = true }
            isInUse = !wasAbandoned
        }
        guard due.mayBeAbandoned(log, settings) else { return (isInUse, nil) }
        do throws(WalkError) {
            let directory = try cache.directory(log.path.directory)
            do throws(SystemError) {
                let file = try directory.open(log.path.name, .looking)
                file.adviseRandom()
                log.isUnheld = file.reasonToDoubtHolders == nil && HolderProbe.askForAll(file) == .granted
            } catch {
                throw .system(error)
            }
        } catch {
            // Whoever removes logs has done it meanwhile.
            return (
                isInUse, error.errno == .noSuchFileOrDirectory ? nil : AbandonedText.cannotBeAsked(log.path, "\(error)")
            )
        }
        return (isInUse, nil)
    }
}
