public import LinuxSystem
public import RotationCore
import SystemPackage

/// The files of a configuration as they once were: what a watch hands to its runs while what is on the disk is faulty.
public struct RecordedConfiguration: ConfigurationEnvironment, Sendable {
    private var entries: [Path: ConfigurationEntry]
    private let system = SystemConfigurationEnvironment()

    init(_ entries: [Path: ConfigurationEntry]) {
        self.entries = entries
    }

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

    /// What there was under a path; what was not there, or could not be read, is not there.
    public func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault> {
        entries[path].map { .success($0) } ?? .failure(.unreadable(SystemError("open", path, .noSuchFileOrDirectory)))
    }

    // MARK: As bytes

    /// A letter for the kind, the lengths of path and content in eight bytes each, both; names of a directory end with a NUL.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        func add(length: Int) { withUnsafeBytes(of: UInt64(length).littleEndian) { bytes += $0 } }
        for (path, entry) in entries {
            let (kind, content): (Character, [UInt8]) =
                switch entry {
                case .file(let content): ("f", content)
                case .directory(let names): ("d", names.flatMap { $0.bytes + [0] })
                }
            bytes.append(kind.asciiValue ?? 0)
            add(length: path.bytes.count)
            add(length: content.count)
            bytes += path.bytes
            bytes += content
        }
        return bytes
    }

    /// nil where these bytes are none.
    public init?(decoding bytes: [UInt8]) {
        entries = [:]
        var rest = bytes[...]
        func length() -> Int? {
            guard rest.count >= 8 else { return nil }
            let number = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            return Int(exactly: number).flatMap { $0 <= bytes.count ? $0 : nil }
        }
        while let kind = rest.popFirst() {
            guard let pathLength = length(), let contentLength = length(), rest.count >= pathLength + contentLength
            else { return nil }
            let path = Path(bytes: rest.prefix(pathLength))
            let content = rest.dropFirst(pathLength).prefix(contentLength)
            rest = rest.dropFirst(pathLength + contentLength)
            switch kind {
            case UInt8(ascii: "f"): entries[path] = .file(Array(content))
            case UInt8(ascii: "d"): entries[path] = .directory(content.split(separator: 0).map { Path(bytes: $0) })
            default: return nil
            }
        }
    }
}
