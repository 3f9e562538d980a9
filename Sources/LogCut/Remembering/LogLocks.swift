import HostObservation
import LinuxChanges
package import LinuxSystem

/// Locks on logs, by which runs with different states keep off each other's: one byte for each in one file that all of them
/// have. A descriptor of the log itself would be in the way of its leases.
package final class LogLocks {
    private let path: Path
    private var file: Descriptor?
    private var isOpened = false
    private var held: Set<FileIdentity> = []

    /// - Parameter journal: runs whose journals are in one directory share the locks.
    package init(journal: Path) {
        path = journal.directory.appending("locks")
    }

    /// Takes the lock of a log; false where another run has it. Where there can be no locks, as on a disk that is read only,
    /// nobody is kept off.
    package func take(_ log: FileIdentity) -> Bool {
        guard !held.contains(log) else { return true }
        open()
        guard file != nil else { return true }
        // What cannot be locked is not: then runs go by what they see.
        guard (try? file?.tryLock(byte: Self.byte(of: log))) ?? true else { return false }
        held.insert(log)
        return true
    }

    /// Gives locks back.
    package func giveBack(_ logs: [FileIdentity]) {
        let given = logs.filter { held.remove($0) != nil }
        guard !given.isEmpty else { return }
        if held.isEmpty {
            file?.unlockBytes()
        } else {
            for log in given { file?.unlock(byte: Self.byte(of: log)) }
        }
    }

    private func open() {
        guard !isOpened else { return }
        isOpened = true
        file = try? SafeFile.openOrMakeDirectory(path.directory).openOwn(path.name, mode: 0o600)
    }

    /// Two logs that share a byte wait for each other, and nothing worse.
    private static func byte(of log: FileIdentity) -> Int64 {
        let mixed = log.inode &+ log.device &* 0x9e37_79b9_7f4a_7c15
        return Int64(truncatingIfNeeded: mixed & 0x3fff_ffff_ffff_ffff)
    }
}
