import Glibc
import Synchronization

/// Which of the two lists of names a name is looked for in.
public enum AccountKind: String, Hashable, Sendable {
    /// passwd(5)
    case user = "passwd"
    /// group(5)
    case group

    /// The file with the names of this machine.
    var file: Path { self == .user ? "/etc/passwd" : "/etc/group" }
}

/// Users and groups of this system: by name, then by number, as logrotate(8) resolves them.
///
/// The names of this machine are read from /etc/passwd and /etc/group. getpwnam(3) is not asked: it would load libraries of
/// the very glibc that the program was built with, which a static program cannot do on other machines. Whoever is not in
/// the files may be known to a directory service (LDAP, sssd): that is asked by getent(1), where it is there.
public enum Accounts {
    private static let tables = Mutex<[AccountKind: AccountTable]>([:])
    private static let directory = Mutex<(any AccountDirectory)?>(nil)

    /// From now on this is asked for names that are in no file: asking takes a program to be started, which whoever only
    /// looks cannot do by itself.
    public static func ask(_ directory: some AccountDirectory) {
        self.directory.withLock { $0 = directory }
    }

    static func askDirectory(_ kind: AccountKind, _ key: AccountKey) -> AccountAnswer {
        directory.withLock { $0 }?.answer(kind, key) ?? .notAsked
    }

    /// The number of a user.
    public static func user(named name: String) -> UInt32? { number(.user, name) }

    /// The number of a group.
    public static func group(named name: String) -> UInt32? { number(.group, name) }

    private static func number(_ kind: AccountKind, _ name: String) -> UInt32? {
        guard case .entry(let entry) = answer(kind, .name(name)) else { return UInt32(name) }
        return entry.number
    }

    /// What there is to add where a name was not found: nothing, or that not everybody could be asked.
    public static func remark(onUnknown kind: AccountKind, _ name: String) -> String {
        switch answer(kind, .name(name)) {
        case .entry, .unknown: ""
        case .notAsked: " in \(kind.file), and no getent(1) here that could ask a directory service for it"
        case .failed(let why): " in \(kind.file), and getent(1), which asks a directory service for it, \(why)"
        }
    }

    /// The name of a user, or the number.
    public static func name(ofUser number: UInt32) -> String { name(.user, number) }

    /// The name of a group, or the number.
    public static func name(ofGroup number: UInt32) -> String { name(.group, number) }

    private static func name(_ kind: AccountKind, _ number: UInt32) -> String {
        guard case .entry(let entry) = answer(kind, .number(number)) else { return String(number) }
        return String(decoding: entry.name, as: UTF8.self)
    }

    /// The home directory of this process: `$HOME`, else the account's.
    public static var home: Path? {
        if let value = Environment.value("HOME"), !value.isEmpty { return value }
        guard case .entry(let entry) = answer(.user, .number(getuid())) else { return nil }
        return entry.home.map { Path(bytes: $0) }
    }

    private static func answer(_ kind: AccountKind, _ key: AccountKey) -> AccountAnswer {
        tables.withLock { $0[kind, default: AccountTable(kind)].answer(key) }
    }

    /// Who this process acts as.
    public static var effectiveUser: UInt32 { geteuid() }
}

/// Variables of this process's environment.
public enum Environment {
    /// The value of a variable.
    public static func value(_ name: String) -> Path? {
        getenv(name).map { Path(String(cString: $0)) }
    }

    /// The working directory: getcwd(3).
    public static var workingDirectory: Path {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else { return "/" }
        return Path(bytes: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }
}
