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

/// The rights of another user for a while, as `su` in a stanza asks: seteuid(2), setegid(2), setgroups(2).
public struct Impersonation: Sendable {
    private let user: uid_t
    private let group: gid_t
    private let groups: [gid_t]

    /// From now on this process (every thread of it) acts as that user and group. `end` goes back.
    public init(user: UInt32, group: UInt32) throws(SystemError) {
        self.user = geteuid()
        self.group = getegid()
        let count = try call("read the groups") { getgroups(0, nil) }
        var groups = [gid_t](repeating: 0, count: Int(count))
        _ = try call("read the groups") { getgroups(count, &groups) }
        self.groups = groups
        guard self.user != user || self.group != group else { return }
        if self.user == 0 {
            var only = gid_t(group)
            try call("drop the groups for user \(user)") { setgroups(1, &only) }
        }
        do throws(SystemError) {
            try call("act as group \(group)") { setegid(group) }
            try call("act as user \(user)") { seteuid(user) }
        } catch {
            try Impersonation.restore(user: self.user, group: self.group, groups: groups)
            throw error
        }
    }

    /// Back to what it was.
    public func end() throws(SystemError) {
        try Impersonation.restore(user: user, group: group, groups: groups)
    }

    private static func restore(user: uid_t, group: gid_t, groups: [gid_t]) throws(SystemError) {
        guard geteuid() != user || getegid() != group else { return }
        try call("act as user \(user) again") { seteuid(user) }
        try call("act as group \(group) again") { setegid(group) }
        if user == 0 { try call("take the groups of user \(user) again") { setgroups(groups.count, groups) } }
    }
}
