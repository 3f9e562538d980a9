import Glibc
public import LinuxSystem

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
