public import LinuxSystem

/// Names that only spillway gives, in the directories of logs and archives.
public enum OwnNames {
    /// Begins the name of a file that was emptied and is on its way out.
    public static let goingPrefix: Path = ".spillway-gone-"

    /// What a file is called until it is complete, where the file system has no files without a name.
    public static func temporary(for name: Path) -> Path {
        ".spillway-" + name + ".new"
    }
}
