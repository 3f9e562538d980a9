public import LinuxSystem
public import RotationCore

/// What a watch says of itself, in a file beside the journal that it has locked as long as it is there.
public enum WatchFile {
    /// Where it is.
    public static func path(of journal: Path?) -> Path { (journal ?? DefaultPlaces.journal) + ".watch" }

    /// What the watch of a journal says; nil where none is there.
    public static func current(of journal: Path) -> WatchRecord? {
        let path = path(of: journal)
        guard let status = path.status(), FileLocks.isLocked(status.identity),
            let bytes = (try? StoredFile.read(path)) ?? nil
        else { return nil }
        return WatchRecord(decoding: bytes)
    }
}
