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
        case .unreadable, .archiveNameClash, .hindered: nil
        }
    }
}
