public import LinuxSystem
public import RotationCore
import SystemPackage

/// A configuration as it was read, and what it was read from: so it is seen when that changes.
public final class ConfigurationTrace: ConfigurationEnvironment {
    private let system = SystemConfigurationEnvironment()
    /// What was looked into, and how it looked.
    private var seen: [Path: FileStatus?] = [:]
    private var read: [Path: ConfigurationEntry] = [:]
    /// Whether something is there, as far as that can be told, and could not be read: that may pass by itself.
    public private(set) var isIncomplete = false

    /// Nothing is read yet.
    public init() {}

    /// What relative paths are relative to.
    public var workingDirectory: Path { system.workingDirectory }

    /// What `~` stands for.
    public var home: Path? { system.home }

    /// A user's number.
    public func user(named name: String) -> UInt32? { system.user(named: name) }

    /// A group's number.
    public func group(named name: String) -> UInt32? { system.group(named: name) }

    /// Whom nobody could be asked about.
    public func remark(onUnknown kind: AccountKind, _ name: String) -> String {
        system.remark(onUnknown: kind, name)
    }

    /// What there is under a path, as it is for a run.
    public func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault> {
        // Looked at before it is read: what changes in between is seen as a change, and not missed.
        if seen[path] == nil { seen.updateValue(path.status(followingLink: true), forKey: path) }
        let entry = system.entry(path)
        switch entry {
        case .success(let content): read[path] = content
        case .failure(.unreadable(let error)) where error.errno != .noSuchFileOrDirectory: isIncomplete = true
        case .failure: break
        }
        return entry
    }

    /// All that was read, to be read again when it is not there any more.
    public var recorded: RecordedConfiguration { RecordedConfiguration(read) }

    /// Whether something of it has changed since: a file was written or replaced, a name came into a directory or went.
    public var hasChanged: Bool {
        seen.contains { path, before in
            let now = path.status(followingLink: true)
            return now?.identity != before?.identity || now?.modified != before?.modified
                || now?.sizeBytes != before?.sizeBytes || now?.mode != before?.mode || now?.owner != before?.owner
        }
    }

    /// The directories in which a change is seen at once: those of the files, and those that were read.
    public var directories: Set<Path> {
        Set(seen.map { path, status in status?.kind == .directory ? path : path.directory })
    }
}
