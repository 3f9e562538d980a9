public import LinuxSystem
public import RotationCore

/// What takes the space of a tree, counted in one walk: allocated blocks, every inode once, as du(1) counts.
public struct SpaceAccounting: Sendable {
    /// Logs with their archives, what `purge` names, and the rest.
    public private(set) var inventory = SpaceInventory(logs: [])
    /// Everything together, in bytes.
    public private(set) var usedBytes: Int64 = 0
    /// How many inodes there are.
    public private(set) var inodeCount = 0
    /// Temporary files, and files whose removal is not finished, under names that only spillway gives. They are among the rest: a journal may need them.
    public private(set) var leftovers: [SpaceFile] = []
    /// What could not be looked at; its bytes are not counted.
    public private(set) var problems: [TreeProblem] = []
    /// How many such problems there were, also those that were not kept.
    public private(set) var problemCount = 0

    /// So many of the largest files of the rest are remembered for messages.
    package static let largestCount = 5

    /// Counts a tree.
    ///
    /// - Parameters:
    ///   - rule: the `space` block: its directory and what `purge` names. A pattern with a slash is for the whole path (a
    ///     relative one is below the directory), one without for the name.
    ///   - logs: the logs with their archives, by inode. What of them is not in the tree (an `olddir` elsewhere) is left
    ///     out; bytes, times and further names are taken from the walk.
    ///   - nested: directories of other `space` blocks: what is in them belongs to those.
    /// - Throws: where the directory itself cannot be opened.
    public static func look(_ rule: SpaceRule, logs: [SpaceLog], nested: [Path] = []) throws(WalkError)
        -> SpaceAccounting
    {
        let root = try Directory.open(rule.directory)
        var excluded: Set<FileIdentity> = []
        for path in nested where path != rule.directory {
            // One that is not there, or cannot be entered, holds nothing that the walk would find.
            if let directory = try? Directory.open(path) { excluded.insert(directory.status.identity) }
        }
        excluded.remove(root.status.identity)
        var counter = SpaceCounter(rule, logs)
        let walk: TreeWalk
        do throws(SystemError) {
            walk = try TreeWalk.walk(root, excluding: excluded) { counter.count($0) }
        } catch {
            throw .system(error)
        }
        var result = SpaceAccounting()
        result.inventory = counter.inventory
        result.usedBytes = counter.usedBytes
        result.inodeCount = counter.inodeCount
        result.leftovers = counter.leftovers
        result.problems = walk.problems
        result.problemCount = walk.problemCount
        return result
    }

    /// Leaves out files that were removed since.
    package mutating func forget(_ removed: Set<FileIdentity>) {
        inventory = inventory.without(removed)
        usedBytes = inventory.usedBytes
    }

    /// The limits of a `space` block now.
    ///
    /// - Parameter syncs: what was removed is counted as free before it is measured: syncfs(2).
    public static func limits(_ rule: SpaceRule, roomBytes: Int64? = nil, syncs: Bool = true) throws(WalkError)
        -> SpaceLimits
    {
        let directory = try Directory.open(rule.directory)
        do throws(SystemError) {
            if syncs { try directory.syncFileSystem() }
            return SpaceLimits(rule, on: try directory.fileSystemSize(), roomBytes: roomBytes)
        } catch {
            throw .system(error)
        }
    }
}

/// Gives each file that a walk comes by to whom it belongs.
private struct SpaceCounter {
    private enum Role {
        case live(log: Int)
        case archive(log: Int, Int)
    }

    private let purges: [(directory: Path?, name: GlobPattern)]
    private let roles: [FileIdentity: Role]
    private var logs: [SpaceLog]
    private var found: [[Bool]]
    private var purgeable: [SpaceFile] = []
    private var foreignBytes: Int64 = 0
    private var largest: [SpaceFile] = []
    private(set) var leftovers: [SpaceFile] = []
    private(set) var usedBytes: Int64 = 0
    private(set) var inodeCount = 0

    init(_ rule: SpaceRule, _ logs: [SpaceLog]) {
        purges = rule.purges.map { text in
            guard text.bytes.contains(UInt8(ascii: "/")) else { return (nil, GlobPattern(text)) }
            let path = text.resolved(against: rule.directory)
            return (path.directory, GlobPattern(path.name))
        }
        var roles: [FileIdentity: Role] = [:]
        for (index, log) in logs.enumerated() {
            for (number, archive) in log.archives.enumerated() {
                roles[archive.identity] = .archive(log: index, number)
            }
            if let identity = log.identity { roles[identity] = .live(log: index) }
        }
        self.roles = roles
        self.logs = logs
        found = logs.map { Array(repeating: false, count: $0.archives.count) }
        for index in self.logs.indices {
            self.logs[index].liveBytes = 0
            self.logs[index].identity = nil
        }
    }

    mutating func count(_ entry: borrowing TreeEntry) {
        let status = entry.status
        let bytes = status.allocatedBytes
        usedBytes = clamped(usedBytes, bytes)
        inodeCount += 1
        switch roles[status.identity] {
        case .live(let log):
            logs[log].liveBytes = bytes
            logs[log].identity = status.identity
        case .archive(let log, let number):
            found[log][number] = true
            logs[log].archives[number].allocatedBytes = bytes
            if status.linkCount > 1 { logs[log].archives[number].obstacle = .linked }
        case nil where status.kind == .regular && isPurged(entry):
            purgeable.append(file(entry))
        case nil:
            foreignBytes = clamped(foreignBytes, bytes)
            if status.kind == .regular { noteForeign(entry) }
        }
    }

    private func isPurged(_ entry: borrowing TreeEntry) -> Bool {
        guard !purges.isEmpty else { return false }
        let name = entry.name
        let directory = entry.directory
        return purges.contains { purge in
            purge.name.matches(name)
                && purge.directory.map { GlobPattern.matches(path: directory, pattern: $0) } ?? true
        }
    }

    private func file(_ entry: borrowing TreeEntry) -> SpaceFile {
        SpaceFile(
            path: entry.path, identity: entry.status.identity, allocatedBytes: entry.status.allocatedBytes,
            modified: entry.status.modified, obstacle: entry.status.linkCount > 1 ? .linked : nil)
    }

    private mutating func noteForeign(_ entry: borrowing TreeEntry) {
        if entry.hasName(withPrefix: ".spillway-", suffix: ".new")
            || entry.hasName(withPrefix: ".spillway-gone-", suffix: "")
        {
            leftovers.append(file(entry))
        }
        let bytes = entry.status.allocatedBytes
        if largest.count == SpaceAccounting.largestCount {
            guard let last = largest.last, bytes > last.allocatedBytes else { return }
            largest.removeLast()
        }
        let index = largest.firstIndex { $0.allocatedBytes < bytes } ?? largest.endIndex
        largest.insert(file(entry), at: index)
    }

    private func clamped(_ sum: Int64, _ bytes: Int64) -> Int64 {
        let (result, overflow) = sum.addingReportingOverflow(bytes)
        return overflow ? .max : result
    }

    var inventory: SpaceInventory {
        var logs: [SpaceLog] = []
        for (index, log) in self.logs.enumerated() {
            var log = log
            log.archives = zip(log.archives, found[index]).compactMap { $1 ? $0 : nil }
            if log.identity != nil || !log.archives.isEmpty { logs.append(log) }
        }
        return SpaceInventory(
            logs: logs, purgeable: purgeable, foreignBytes: foreignBytes, largestForeign: largest)
    }
}
