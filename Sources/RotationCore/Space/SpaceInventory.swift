public import LinuxSystem

/// A file that takes space and may be removed: an archive, or a file that `purge` names.
public struct SpaceFile: Hashable, Sendable {
    /// Why removing it would free nothing.
    public enum Obstacle: Hashable, Sendable {
        /// A process has it open.
        case held
        /// It has further names.
        case linked
        /// It is not to go: a renamed log that is not released, an archive whose cut is not finished, or one whose removal
        /// failed.
        case needed
    }

    /// Its path.
    public var path: Path
    /// Device and inode.
    public var identity: FileIdentity
    /// What it occupies, in bytes.
    public var allocatedBytes: Int64
    /// When its content last changed.
    public var modified: Timestamp
    /// Why removing it would free nothing; nil: it would free all of it.
    public var obstacle: Obstacle?

    /// A file.
    public init(
        path: Path, identity: FileIdentity, allocatedBytes: Int64, modified: Timestamp, obstacle: Obstacle? = nil
    ) {
        self.path = path
        self.identity = identity
        self.allocatedBytes = max(0, allocatedBytes)
        self.modified = modified
        self.obstacle = obstacle
    }
}

/// A log with its archives, as far as space is concerned.
public struct SpaceLog: Hashable, Sendable {
    /// The live log's path.
    public var path: Path
    /// Its device and inode; nil where it is not there.
    public var identity: FileIdentity?
    /// What the live log occupies, in bytes.
    public var liveBytes: Int64
    /// Its archives, the oldest first.
    public var archives: [SpaceFile]
    /// `minkeep`: so many newest archives go last.
    public var minimumKeep: Int
    /// `maxtotal`, in bytes.
    public var maximumTotalBytes: Int64?
    /// Logs with the same number count as one: those of a stanza with `abandoned`, which have a process's number in their
    /// names. nil: it counts by itself.
    public var group: Int?

    /// A log with its archives.
    public init(
        path: Path, identity: FileIdentity? = nil, liveBytes: Int64, archives: [SpaceFile], minimumKeep: Int = 1,
        maximumTotalBytes: Int64? = nil, group: Int? = nil
    ) {
        self.path = path
        self.identity = identity
        self.liveBytes = liveBytes
        self.archives = archives
        self.minimumKeep = minimumKeep
        self.maximumTotalBytes = maximumTotalBytes
        self.group = group
    }
}

/// What takes the space of a tree.
public struct SpaceInventory: Hashable, Sendable {
    /// The logs.
    public var logs: [SpaceLog]
    /// What `purge` names and is no log and no archive.
    public var purgeable: [SpaceFile]
    /// What everything else occupies, directories too, in bytes.
    public var foreignBytes: Int64
    /// The largest files of everything else, as far as they are known, for messages.
    public var largestForeign: [SpaceFile]

    /// What takes the space of a tree.
    public init(
        logs: [SpaceLog], purgeable: [SpaceFile] = [], foreignBytes: Int64 = 0, largestForeign: [SpaceFile] = []
    ) {
        self.logs = logs
        self.purgeable = purgeable
        self.foreignBytes = foreignBytes
        self.largestForeign = largestForeign
    }

    /// Everything together, in bytes.
    public var usedBytes: Int64 {
        logs.reduce(purgeable.reduce(foreignBytes) { $0.adding($1.allocatedBytes) }) { sum, log in
            log.archives.reduce(sum.adding(log.liveBytes)) { $0.adding($1.allocatedBytes) }
        }
    }
}

extension SpaceInventory {
    /// What is left when these files are gone.
    public func without(_ gone: Set<FileIdentity>) -> SpaceInventory {
        guard !gone.isEmpty else { return self }
        var rest = self
        for index in rest.logs.indices { rest.logs[index].archives.removeAll { gone.contains($0.identity) } }
        rest.purgeable.removeAll { gone.contains($0.identity) }
        return rest
    }

    /// The same with what was found out about files meanwhile.
    public func marking(_ obstacles: [FileIdentity: SpaceFile.Obstacle]) -> SpaceInventory {
        guard !obstacles.isEmpty else { return self }
        var marked = self
        func mark(_ file: inout SpaceFile) {
            // What needs it counts more than who has it.
            if file.obstacle == nil || file.obstacle == .held, let found = obstacles[file.identity] {
                file.obstacle = found
            }
        }
        for index in marked.logs.indices {
            for number in marked.logs[index].archives.indices { mark(&marked.logs[index].archives[number]) }
        }
        for index in marked.purgeable.indices { mark(&marked.purgeable[index]) }
        return marked
    }
}

extension Int64 {
    /// The sum, or the most there is: file systems answer what they like.
    func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the least there is.
    func subtracting(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
