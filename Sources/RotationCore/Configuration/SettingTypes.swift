public import LinuxSystem

/// When a log is due.
public enum Schedule: Hashable, Sendable {
    /// As soon as it has so many bytes.
    case size(Int64)
    /// Every hour.
    case hourly
    /// Every day.
    case daily
    /// Every week on a day: 0 is Sunday; 7 stands for seven days after the last time.
    case weekly(Int)
    /// Every month, from this day on; in a shorter month from its last.
    case monthly(Int)
    /// Every year.
    case yearly
}

/// How many archives of a log are kept.
public enum ArchiveLimit: Hashable, Sendable {
    /// All of them.
    case unlimited
    /// The newest so many; 0: none.
    case count(Int)
}

/// Mode and owner for something that is created; what is nil stays as with the log.
public struct Ownership: Hashable, Sendable {
    /// Permission bits.
    public var mode: UInt32?
    /// The owner's number.
    public var owner: UInt32?
    /// The group's number.
    public var group: UInt32?

    /// Mode and owner.
    public init(mode: UInt32? = nil, owner: UInt32? = nil, group: UInt32? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
    }
}

/// A user and a group that the work is done as.
public struct Account: Hashable, Sendable {
    /// The user's number.
    public var user: UInt32
    /// The group's number.
    public var group: UInt32

    /// A user and a group.
    public init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
}

/// A shell script of a stanza.
public struct Script: Hashable, Sendable {
    /// What /bin/sh gets.
    public var text: Path
    /// Where it stands.
    public var location: SourceLocation

    /// A script.
    public init(text: Path, location: SourceLocation) {
        self.text = text
        self.location = location
    }
}

/// The occasions on which a stanza's scripts run.
public enum HookKind: String, CaseIterable, Hashable, Sendable {
    case firstaction, prerotate, postrotate, lastaction, preremove
}

/// How archives are compressed.
public enum Compression: Hashable, Sendable {
    /// By this process, at a level from 1 to 9.
    case gzip(level: Int)
    /// A program that reads the archive on its standard input and writes to its standard output.
    case program(command: String, options: [String])
}

/// How a log is emptied by `method`.
public enum Method: String, CaseIterable, Hashable, Sendable {
    case auto, collapse, punch, truncate, rename
}

/// Who gets a signal after a rename.
public enum SignalTarget: Hashable, Sendable {
    /// Those that write to the rotated inode.
    case holders
    /// The process whose number a file holds.
    case pidfile(Path)
    /// The processes of that name.
    case process(String)
}

/// A signal and who gets it.
public struct SignalRule: Hashable, Sendable {
    /// Its name without SIG.
    public var name: String
    /// Who gets it.
    public var target: SignalTarget

    /// A signal and who gets it.
    public init(name: String, target: SignalTarget) {
        self.name = name
        self.target = target
    }
}
