public import LinuxSystem
public import RotationCore

/// The real file system and accounts, as far as reading a configuration needs them.
public struct SystemConfigurationEnvironment: ConfigurationEnvironment, Sendable {
    private static let sizeLimitBytes = 16 << 20
    // Asked once, and not for each of thousands of files.
    private let user = Accounts.effectiveUser

    /// This process's view.
    public init() {}

    /// What relative paths are relative to.
    public var workingDirectory: Path { Environment.workingDirectory }

    /// What `~` stands for.
    public var home: Path? { Accounts.home }

    /// A user's number.
    public func user(named name: String) -> UInt32? { Accounts.user(named: name) }

    /// A group's number.
    public func group(named name: String) -> UInt32? { Accounts.group(named: name) }

    /// Whom nobody could be asked about.
    public func remark(onUnknown kind: AccountKind, _ name: String) -> String {
        Accounts.remark(onUnknown: kind, name)
    }

    /// A file's content, if nobody else can write to it, or a directory's regular files.
    public func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault> {
        do throws(SystemError) {
            return try read(path)
        } catch {
            return .failure(.unreadable(error))
        }
    }

    private func read(_ path: Path) throws(SystemError) -> Result<ConfigurationEntry, ConfigurationFault> {
        // A configuration may be reached through links, as /etc/logrotate.d/x -> ../foo: what counts is who can write to
        // the file itself.
        let file = try Descriptor.open(path)
        let status = try file.status()
        switch status.kind {
        case .directory: return .success(.directory(try regularFiles(path)))
        case .regular: break
        case .symbolicLink, .other: return .failure(.notAFile)
        }
        guard status.isWritableOnly(by: [0, user]), status.mode & 0o020 == 0 else {
            return .failure(.writableByOthers(mode: status.mode, owner: status.owner))
        }
        guard status.sizeBytes <= Self.sizeLimitBytes else { return .failure(.tooLarge) }
        return .success(.file(try file.readAll(limitBytes: Self.sizeLimitBytes, sizeBytes: status.sizeBytes)))
    }

    private func regularFiles(_ path: Path) throws(SystemError) -> [Path] {
        let directory = try Directory.openFollowingLinks(path)
        // In order already: to sort paths counts two references for each comparison. Whether what is in the list as a file can be
        // opened, and is one, the parser asks, and gets to say why not.
        let (regular, others) = try directory.sortedNamesByKind()
        var files = Array(regular)
        for name in others {
            switch try directory.status(of: name)?.kind {
            case .regular: files.append(name)
            // A link to a file counts as a file.
            case .symbolicLink:
                guard let file = try? Descriptor.open(path.appending(name)), try file.status().kind == .regular else {
                    continue
                }
                files.append(name)
            case .directory, .other, nil: continue
            }
        }
        return files
    }
}
