import LinuxSystem

extension LogProblem {
    /// What logrotate says of such a log; nil where it has no words for it.
    public func logrotateText(about log: LogObservation, in stanza: Stanza) -> LogrotateText? {
        switch self {
        case .missing:
            // It looks for the log's directory first.
            .missing(log.directory == nil ? log.path.directory : stanza.asWritten(log.path))
        case .insecureDirectory:
            .error(
                "skipping \"\(log.path)\" because parent directory has insecure permissions (It's world writable or "
                    + "writable by group which is not \"root\") Set \"su\" directive in config file to tell logrotate "
                    + "which user/group should be used for rotation.")
        case .archiveDirectoryMissing(let directory):
            .error(
                "\(stanza.location.file):\(stanza.endLine) error verifying olddir path \(directory): "
                    + "No such file or directory")
        case .archiveDirectoryIsNone(let directory, let archive):
            .error(Self.notInDirectory(directory, archive, log.path, stanza.settings) + ": Not a directory")
        case .unreadable, .archiveNameClash, .hindered: nil
        }
    }

    /// Which of its calls it is that fails: the first with a name in the directory.
    private static func notInDirectory(_ directory: Path, _ archive: Path, _ log: Path, _ settings: Settings) -> String
    {
        if !settings.usesDate, case .count(let count) = settings.keep {
            let naming = ArchiveNaming(log: log.name, settings: settings)
            let suffix: Path = settings.compresses ? settings.compressionSuffix : ""
            let last = settings.start + max(count, 1)
            let names = [last - 1, last].map {
                directory.appending(naming.name(number: $0, compressionSuffix: suffix))
            }
            return "error renaming \(names[0]) to \(names[1])"
        }
        return settings.technique == .rename
            ? "failed to rename \(log) to \(archive)" : "error creating output file \(archive)"
    }
}
