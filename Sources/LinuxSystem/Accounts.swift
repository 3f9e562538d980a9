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
