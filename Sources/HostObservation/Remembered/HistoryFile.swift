public import LinuxSystem
public import RotationCore

/// What spillway did, in two files: the newer one is begun anew when it has half of what both may have.
public enum HistoryFile {
    /// What one of the two may have, in bytes.
    package static let halfBytes: Int64 = 2 << 20

    /// Where it is: beside the journal; of a journal with a name of its own under that name.
    public static func path(of journal: Path?) -> Path {
        guard let journal, journal != DefaultPlaces.journal else {
            return DefaultPlaces.journal.directory.appending("history")
        }
        return journal + ".history"
    }

    /// The older half.
    package static func older(than path: Path) -> Path { path + ".1" }

    /// All of it, the newest last. Throws where a file is there and cannot be read.
    public static func read(_ path: Path) throws(WalkError) -> [HistoryRecord] {
        let older = try StoredFile.read(older(than: path)) ?? []
        let newer = try StoredFile.read(path) ?? []
        return HistoryRecord.decode(older) + HistoryRecord.decode(newer)
    }
}
