public import LinuxSystem

/// Why a configuration file was not read.
public enum ConfigurationFault: Error, Hashable, Sendable {
    /// Somebody else could write to it: mode and owner.
    case writableByOthers(mode: UInt32, owner: UInt32)
    /// A system call failed.
    case unreadable(SystemError)
    /// It is larger than a configuration can be.
    case tooLarge
    /// It is no regular file and no directory.
    case notAFile
}

/// What a path in a configuration leads to.
public enum ConfigurationEntry: Sendable {
    /// A file's content.
    case file([UInt8])
    /// The regular files of a directory, as bare names.
    case directory([Path])
}

/// The world as far as reading a configuration needs it. The engine has the real one, tests have tables.
public protocol ConfigurationEnvironment {
    /// What there is under an absolute path.
    func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault>
    /// A user's number.
    func user(named name: String) -> UInt32?
    /// A group's number.
    func group(named name: String) -> UInt32?
    /// What there is to add where a name was not found: nothing, or that not everybody could be asked.
    func remark(onUnknown kind: AccountKind, _ name: String) -> String
    /// The home directory `~` stands for.
    var home: Path? { get }
    /// What relative paths are relative to.
    var workingDirectory: Path { get }
}

extension ConfigurationEnvironment {
    /// Where all names are known there is nothing to add.
    public func remark(onUnknown kind: AccountKind, _ name: String) -> String { "" }
}
