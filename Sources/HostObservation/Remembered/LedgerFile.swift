package import LinuxSystem
package import RotationCore

/// The ledger beside a journal, as it is on the disk.
package struct LedgerFile {
    /// What is remembered.
    package var ledger: Ledger
    /// The file's bytes, or its stand-in's.
    package var stored: [UInt8]
    /// Whether the stand-in was read, because the file could not be written.
    package var isStandIn: Bool

    /// Where a journal's ledger is.
    package static func path(of journal: Path) -> Path { journal + ".ledger" }

    /// Where its stand-in is; nil where this user has no place for one.
    package static func standIn(of journal: Path) -> Path? { StandIn.path(for: journal).map { path(of: $0) } }

    /// Reads it. A file that cannot be read means that nothing is remembered: it is safe to lose.
    package static func read(journal: Path) -> LedgerFile {
        // Nearly never there: one look is cheaper than an attempt to read it.
        let standIn = standIn(of: journal).flatMap { $0.device() == nil ? nil : $0 }
        let newer = standIn.flatMap { (try? StoredFile.read($0)) ?? nil }
        guard let bytes = newer ?? ((try? StoredFile.read(path(of: journal))) ?? nil) else {
            return LedgerFile(ledger: Ledger(), stored: [], isStandIn: false)
        }
        return LedgerFile(ledger: Ledger.decode(bytes), stored: bytes, isStandIn: newer != nil)
    }
}
