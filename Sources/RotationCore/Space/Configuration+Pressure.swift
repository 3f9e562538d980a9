import LinuxSystem

/// What changes in a run while a file system is short of room: then room is wanted now, and archives that are a fifth larger
/// are the smaller evil.
extension Configuration {
    /// The same configuration, with compression at `pressurelevel`, and its threads unhindered by `nice` and `ioclass`. Other
    /// programs compress as they were told.
    public func hurried() -> Configuration {
        var hurried = self
        hurried.run.isHurried = true
        for index in stanzas.indices {
            let settings = stanzas[index].settings
            guard case .gzip = settings.compression else { continue }
            hurried.stanzas[index].settings.compressLevel = settings.pressureLevel
        }
        return hurried
    }
}

extension SpaceLimits {
    /// The same limits with a floor that is higher by so many bytes: what will be taken before the work is done. A floor of
    /// inodes stays, and where there is none none is made.
    public func raisingFloor(byBytes headroom: Int64) -> SpaceLimits {
        guard let floor = minimumFreeBytes, headroom > 0 else { return self }
        var raised = self
        // A file system that is all but empty has nothing to give for it.
        raised.minimumFreeBytes = max(floor, min(floor.adding(headroom), totalBytes - totalBytes / 8))
        return raised
    }
}
