import Glibc

/// Users and groups of this system: getpwnam(3) and getgrnam(3), then numbers, as logrotate(8) resolves them.
public enum Accounts {
    /// The number of a user.
    public static func user(named name: String) -> UInt32? {
        if let entry = getpwnam(name) { return entry.pointee.pw_uid }
        return UInt32(name)
    }

    /// The number of a group.
    public static func group(named name: String) -> UInt32? {
        if let entry = getgrnam(name) { return entry.pointee.gr_gid }
        return UInt32(name)
    }

    /// The name of a user, or the number.
    public static func name(ofUser number: UInt32) -> String {
        getpwuid(number).map { String(cString: $0.pointee.pw_name) } ?? String(number)
    }

    /// The name of a group, or the number.
    public static func name(ofGroup number: UInt32) -> String {
        getgrgid(number).map { String(cString: $0.pointee.gr_name) } ?? String(number)
    }

    /// The home directory of this process: `$HOME`, else the account's.
    public static var home: Path? {
        if let value = Environment.value("HOME"), !value.isEmpty { return value }
        return getpwuid(getuid()).map { Path(String(cString: $0.pointee.pw_dir)) }
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
