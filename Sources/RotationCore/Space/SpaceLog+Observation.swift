import LinuxSystem

extension SpaceLog {
    /// A log as it was seen.
    ///
    /// - Parameters:
    ///   - archives: what was seen of its archives; nil: none of them may go, and none is looked at.
    ///   - group: logs with the same number count as one.
    ///   - keepsAll: none of its archives may go, whatever limit is not met.
    public init(
        _ log: LogObservation, archives: ArchiveObservation?, settings: Settings, group: Int?,
        keepsAll: Bool = false
    ) {
        let status = log.status.flatMap { $0.kind == .regular ? $0 : nil }
        self.init(
            path: log.path, identity: status?.identity, liveBytes: status?.allocatedBytes ?? 0, archives: [],
            minimumKeep: settings.minimumKeep, maximumTotalBytes: keepsAll ? nil : settings.maximumTotalBytes,
            group: group)
        guard let archives else { return }
        let inventory = ArchiveInventory(log: log.path.name, archives, settings)
        func file(_ name: Path, _ status: FileStatus, _ obstacle: SpaceFile.Obstacle?) -> SpaceFile {
            SpaceFile(
                path: archives.directory.appending(name), identity: status.identity,
                allocatedBytes: status.allocatedBytes, modified: status.modified,
                obstacle: obstacle ?? (status.linkCount > 1 ? .linked : nil))
        }
        let allAreNeeded = keepsAll || log.isUnresolved
        // What is there twice goes first.
        self.archives = inventory.duplicates.map { file($0.name, $0.status, allAreNeeded ? .needed : nil) }
        // What renamecopy has moved aside is the log's, and goes nowhere before it is copied.
        if let leftover = archives.leftover, archives.renamedAside != nil {
            let path = log.path + ".tmp"
            self.archives.append(
                SpaceFile(
                    path: path, identity: leftover.identity, allocatedBytes: leftover.allocatedBytes,
                    modified: leftover.modified, obstacle: .needed))
        }
        for archive in inventory.archives.reversed() {
            let isNeeded = allAreNeeded || archive.unreleased != nil
            self.archives.append(file(archive.name, archive.status, isNeeded ? .needed : nil))
        }
    }
}
