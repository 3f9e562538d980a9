import HostObservation
import LinuxChanges
public import LinuxSystem
import LogCut
public import RotationCore

/// The file that says that a watch is there, locked by it for as long as it is.
public final class WatchStore {
    private let file: Descriptor

    /// Takes the lock. nil: another watch has it.
    public init?(journal: Path?) throws {
        let path = WatchFile.path(of: journal)
        let directory = try SafeFile.openOrMakeDirectory(path.directory)
        file = try directory.openOwn(path.name, mode: 0o600)
        guard try file.tryLock() else { return nil }
    }

    /// Writes what is to be read of it. That it cannot be read is in nobody's way.
    public func write(_ record: WatchRecord) {
        try? file.writeAll(record.encoded, at: 0)
    }
}
