package import LinuxSystem
import RotationCore

/// What takes the place of the journal, and of what lies beside it, where these cannot be made or written: files in a
/// directory that is in memory on nearly every machine, and so has room and can be written to whatever the disks are like.
/// They survive this process, not the machine.
package enum StandIn {
    /// root's, and an ordinary user's; nil where there is none.
    private static var directory: Path? {
        if Accounts.effectiveUser == 0 { return "/run" }
        return Environment.value("XDG_RUNTIME_DIR").flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// The one for a journal.
    package static func path(for journal: Path) -> Path? {
        guard let directory else { return nil }
        let number = String(Checksum.crc32(journal.bytes), radix: 16)
        return directory.appending(Path("spillway-\(number).journal"))
    }

    /// The one for a journal, if it is there.
    package static func existing(for journal: Path) -> Path? {
        path(for: journal).flatMap { $0.device() == nil ? nil : $0 }
    }
}
