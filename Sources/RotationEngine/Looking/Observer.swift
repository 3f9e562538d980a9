import LinuxSystem
import RotationCore
import SystemPackage

/// Looks at the disk once and turns what is there into values.
final class Observer {
    let cache: DirectoryCache
    private let state: RotationState
    private let only: [GlobPattern]
    private let onlyTexts: [Path]
    private var claimed: [Path: Int] = [:]
    private var inodes: [FileIdentity: Path] = [:]

    /// All logs of all stanzas, once they have been looked at.
    private lazy var allLogs = Set(claimed.keys)
    private lazy var allLogNames = Set(claimed.keys.map(\.name))

    /// Directories with names that only removals give: they are finished whatever the ledger says.
    private(set) var leftOvers: Set<Path> = []

    /// What was seen for a stanza.
    struct StanzaObservation {
        var logs: [LogObservation] = []
        /// The paths it has claimed, also of logs that this run is not for.
        var claims: [Path] { logs.map(\.path) + otherClaims }
        /// Paths of logs that this run is not for.
        fileprivate(set) var otherClaims: [Path] = []
        /// What is wrong with patterns or directories, and which path it is about.
        var problems: [(path: Path, message: String)] = []
        /// Logs that an earlier stanza has claimed, and where they are named again.
        var duplicates: [(path: Path, location: SourceLocation)] = []
        /// Directories its logs are in, for archives of logs that are gone.
        var directories: [Path] {
            foundDirectories + patterns.filter { !GlobPattern.isPattern($0.text) }.map(\.text.directory)
        }
        fileprivate(set) var foundDirectories: [Path] = []
        private let patterns: [LogPattern]

        init(patterns: [LogPattern]) {
            self.patterns = patterns
        }
    }

    let ledger: Ledger
    private let unresolved: Set<Path>

    /// - Parameter unresolved: logs whose cut of an earlier run is not finished.
    init(
        cache: DirectoryCache, state: RotationState, only: [Path], ledger: Ledger = Ledger(), unresolved: Set<Path> = []
    ) {
        self.cache = cache
        self.state = state
        self.ledger = ledger
        self.unresolved = unresolved
        onlyTexts = only
        // About as many as last time.
        claimed.reserveCapacity(state.lastRotated.count)
        inodes.reserveCapacity(state.lastRotated.count)
        self.only = only.map { GlobPattern($0, hidesDotFiles: false) }
    }

    /// The logs of a stanza. A log that an earlier stanza has claimed is that one's.
    func observe(_ stanza: Stanza, index: Int, reportsDuplicates: Bool) -> StanzaObservation {
        var result = StanzaObservation(patterns: stanza.patterns)
        func take(_ match: LogFinder.Match, _ pattern: LogPattern) {
            if let owner = Self.claim(&claimed[match.path, default: Self.nobody], for: index) {
                if owner != index { result.duplicates.append((match.path, pattern.location)) }
                if owner != index || match.isLiteral, reportsDuplicates, !stanza.settings.ignoresDuplicates,
                    isWanted(match.path)
                {
                    let message = "\(pattern.location): duplicate log entry for \(match.path)"
                    result.problems.append((match.path, message))
                }
                return
            }
            // `--only` limits what is done, not what belongs to whom: the other logs are nobody's archives.
            if isWanted(match.path) {
                result.logs.append(observe(match))
            } else {
                result.otherClaims.append(match.path)
            }
        }
        for pattern in stanza.patterns {
            guard GlobPattern.isPattern(pattern.text) else {
                take(LogFinder.Match(path: pattern.text, isLiteral: true), pattern)
                continue
            }
            let findings = finder.find(pattern, in: stanza)
            result.problems += findings.problems
            result.foundDirectories += findings.directories
            if findings.matches.isEmpty, findings.problems.isEmpty, !stanza.settings.missingOK, only.isEmpty {
                result.problems.append(
                    (pattern.text, "\(pattern.location): no log matches \(pattern.text); missingok allows that"))
            }
            for match in findings.matches { take(match, pattern) }
        }
        return result
    }

    private lazy var finder = LogFinder(
        cache: cache, isKnown: { [unowned self] in claimed[$0] != nil || state.lastRotated[$0] != nil })

    private static let nobody = -1

    /// Whose it is; nil where it was nobody's until now. One look into the table for both.
    private static func claim(_ owner: inout Int, for index: Int) -> Int? {
        guard owner == nobody else { return owner }
        owner = index
        return nil
    }

    /// The first name of a file: this one, if it has none yet.
    private static func first(_ name: inout Path) -> Path { name }

    /// `--only`: a pattern with a slash is for the whole path, another one for the name.
    private func isWanted(_ path: Path) -> Bool {
        guard !only.isEmpty else { return true }
        return zip(onlyTexts, only).contains { text, pattern in
            text.bytes.contains(UInt8(ascii: "/"))
                ? GlobPattern.matches(path: path, pattern: text) : pattern.matches(path.name)
        }
    }

    private func observe(_ match: LogFinder.Match) -> LogObservation {
        var log = LogObservation(
            path: match.path, finding: .missing, directory: nil, lastRotated: state.lastRotated[match.path],
            isLiteral: match.isLiteral)
        log.isUnresolved = unresolved.contains(match.path)
        do throws(WalkError) {
            let directory = try cache.directory(of: match.path)
            log.directory = directory.status
            do throws(SystemError) {
                guard let status = try directory.status(of: match.path) else { return log }
                log.finding = .present(status)
                if let cut = ledger.cuts[match.path], cut.isOf(status) { log.cutEnd = cut.end }
                if status.kind == .regular {
                    let first = Self.first(&inodes[status.identity, default: match.path])
                    if first != match.path { log.sameFile = first }
                }
            } catch {
                throw .system(error)
            }
        } catch {
            let isMissing = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
            log.finding = isMissing ? .missing : .unreadable(error.description)
        }
        return log
    }

    /// The archives of a log: its directory's entries whose names could be some.
    func observeArchives(of log: Path, _ settings: Settings) throws(WalkError) -> ArchiveObservation {
        let path = settings.archiveDirectory.map { $0.resolved(against: log.directory) } ?? log.directory
        let directory: Directory
        do throws(WalkError) {
            directory = try cache.directory(path)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            let isElsewhere = isElsewhere(nearestDirectory(to: path), from: log)
            return ArchiveObservation(directory: path, status: nil, isElsewhere: isElsewhere)
        }
        let naming = ArchiveNaming(log: log.name, settings: settings)
        let names = try cache.names(in: path)
        if !names.withPrefix(Removal.prefix).isEmpty { leftOvers.insert(path) }
        var observation = ArchiveObservation(
            directory: path, status: directory.status, isElsewhere: isElsewhere(directory, from: log))
        do throws(SystemError) {
            for name in names.withPrefix(naming.prefix) where name != log.name && naming.parse(name) != nil {
                guard let status = try directory.status(of: name) else { continue }
                let isLog = claimed[path.appending(name)] != nil
                var entry = ArchiveEntry(name: name, status: status, isLog: isLog)
                if let file = ledger.unreleased[path.appending(name)],
                    file.inode == status.identity.inode || directory.hasInodesByName
                {
                    entry.unreleased = unreleased(file, status, in: directory)
                }
                observation.entries.append(entry)
            }
            try markDuplicates(&observation.entries, in: directory)
            observation.leftover = try leftover(of: log)
            observation.renamedAside = renamedAside(log, observation.leftover)
        } catch {
            throw .system(error)
        }
        return observation
    }

    /// Logs that are renamed and not known to be released.
    private(set) lazy var renamedLogs = Set(ledger.unreleased.values.map(\.log))

    private func unreleased(_ file: Ledger.Unreleased, _ status: FileStatus, in directory: Directory)
        -> UnreleasedObservation
    {
        var found = UnreleasedObservation(isReleased: false, pendingBytes: status.sizeBytes, isTold: file.isTold)
        found.isLogMissing = (try? cache.directory(file.log.directory).status(of: file.log.name)) == .some(nil)
        if let parts = file.parts, parts.directory == directory.path,
            (try? directory.status(of: parts.name))??.identity.inode == file.partsInode
        {
            found.parts = parts.name
        }
        // What cannot be opened is not released, and is compressed no sooner.
        guard let opened = try? directory.open(file.path.name, .looking) else { return found }
        opened.adviseRandom()
        let scan = PendingScan(ledger.cuts[file.path], of: status)
        if let runs = try? scan.runs(in: opened, before: status.sizeBytes) {
            found.pendingBytes = runs.reduce(0) { $0 + $1.count }
            found.isBinary = (try? opened.holdsRecords(file.log.name, runs)) ?? false
        }
        let probe = HolderProbe(opened)
        if probe.isOpen {
            let table = HolderTable.lookIfPossible(for: [status.identity])
            let knowledge = probe.knowledge(of: status.identity, table)
            // Where leases tell nothing, what /proc shows of everybody has to do.
            found.isReleased = probe.all == .unknown && table != nil && table?.gap == nil && knowledge.seen.isEmpty
        } else {
            found.isReleased = true
        }
        return found
    }

    /// Looks into logs that are due: what of them is pending, whether they hold records, and who has them open. /proc is
    /// looked at once for all of them, and only if somebody has one open.
    ///
    /// - Parameter settings: what governs each of them.
    func lookInto(_ logs: inout [LogObservation], _ settings: [Settings]) {
        var probes: [Int: HolderProbe] = [:]
        // What is pending without a last line that is not finished.
        var wholeLines: [Int: Int64] = [:]
        var firstPending: [Int: Int64] = [:]
        for index in logs.indices {
            guard let status = logs[index].status, status.kind == .regular, logs[index].sameFile == nil,
                let file = try? cache.directory(logs[index].path.directory).open(logs[index].path.name, .looking)
            else { continue }
            file.leaveInode()
            file.adviseRandom()
            let head = headFinding(of: logs[index].path, file, status, settings[index])
            logs[index].head = head
            let scan = PendingScan(ledger.cuts[logs[index].path], or: head, of: status)
            guard let runs = try? scan.runs(in: file, before: status.sizeBytes) else { continue }
            logs[index].exactPendingBytes = runs.reduce(0) { $0 + $1.count }
            logs[index].isBinary = (try? file.holdsRecords(logs[index].path.name, runs)) ?? false
            // NULs in records are theirs.
            if logs[index].isBinary { logs[index].exactPendingBytes = status.sizeBytes }
            guard
                settings[index].technique == .inPlace || settings[index].signal != nil
                    || settings[index].abandonedSeconds != nil
            else { continue }
            let probe = HolderProbe(file)
            probes[index] = probe
            guard probe.isOpen, !logs[index].isBinary else { continue }
            firstPending[index] = runs.first?.offset
            let end = (try? file.endOfLastLine(in: runs))??.end ?? 0
            wholeLines[index] = runs.reduce(0) { $0 + max(0, min($1.end, end) - $1.offset) }
        }
        let open = probes.filter(\.value.isOpen).keys.compactMap { logs[$0].status?.identity }
        let table = HolderTable.lookIfPossible(for: Set(open))
        for (index, probe) in probes {
            guard let identity = logs[index].status?.identity else { continue }
            let holders = probe.knowledge(of: identity, probe.isOpen ? table : nil)
            logs[index].holders = holders
            guard settings[index].technique(for: holders, knowing: ledger.signals) == .inPlace else { continue }
            if logs[index].isBinary { logs[index].hindrance = .ofRecords(holders) }
            guard let bytes = wholeLines[index] else { continue }
            logs[index].exactPendingBytes = bytes
            guard let first = firstPending[index], let size = logs[index].status?.sizeBytes else { continue }
            let limit = CutLimit.decide(
                sizeBytes: size, grewBytes: 0, holders: holders, insists: settings[index].insistsOnCut,
                lossless: settings[index].lossless)
            logs[index].hindrance = .ofLines(
                limit, firstPendingByte: first, hasWholeLine: bytes > 0, holders: holders)
        }
    }

    private func isElsewhere(_ archives: Directory?, from log: Path) -> Bool {
        guard let archives, archives.path != log.directory, let own = try? cache.directory(log.directory) else {
            return false
        }
        return !own.canRename(to: archives)
    }

    /// The first directory above a missing one that is there: it will be made on the same file system.
    private func nearestDirectory(to path: Path) -> Directory? {
        var above = path
        while above != above.directory {
            above = above.directory
            if let directory = try? cache.directory(above) { return directory }
        }
        return nil
    }

    /// Marks what is there once more, or is nothing: plain archives are compared with their compressed forms, where both are
    /// there with the same time.
    private func markDuplicates(_ entries: inout [ArchiveEntry], in directory: Directory) throws(SystemError) {
        let byName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for index in entries.indices {
            let plain = entries[index]
            // A run was ended before it could give the name to the file that was to have it.
            if plain.status.isPlaceholder { entries[index].isDuplicate = true }
            guard let form = byName[plain.name + ".gz"],
                plain.status.kind == .regular, form.status.kind == .regular,
                plain.status.modified == form.status.modified
            else { continue }
            let archive = try directory.open(form.name, .looking)
            let original = try directory.open(plain.name, .looking)
            let scan = PendingScan(ledger.cuts[directory.path.appending(plain.name)], of: plain.status)
            let size = plain.status.sizeBytes
            // As it was compressed: without its holes, or, where it has records, with them.
            let pending = (try? scan.runs(in: original, before: size)) ?? []
            let forms = [pending, [JournalEntry.Run(offset: 0, count: size)]]
            for runs in forms where !entries[index].isDuplicate {
                entries[index].isDuplicate = ContentComparison.expands(try archive.duplicate(), to: runs, of: original)
            }
        }
    }

    private func leftover(of log: Path) throws(SystemError) -> FileStatus? {
        guard let directory = try? cache.directory(log.directory) else { return nil }
        guard let status = try directory.status(of: log.name + ".tmp"), status.kind == .regular else { return nil }
        return status
    }

    private func renamedAside(_ log: Path, _ leftover: FileStatus?) -> UnreleasedObservation? {
        guard let leftover, let file = ledger.unreleased[log + ".tmp"], file.inode == leftover.identity.inode,
            let directory = try? cache.directory(log.directory)
        else { return nil }
        return unreleased(file, leftover, in: directory)
    }

    /// Logs of a stanza that are not there any more and have archives: their ages still count.
    ///
    /// - Parameter listing: the names in a directory; nil: all of them.
    func goneLogs(
        _ stanzas: [Stanza], index: Int, _ observation: StanzaObservation, in listing: ((Path) -> [Path]?)? = nil
    ) -> [Path] {
        var gone: Set<Path> = []
        for directory in Set(observation.directories) {
            let settings = stanzas[index].settings
            let archives = settings.archiveDirectory.map { $0.resolved(against: directory) } ?? directory
            // What cannot be listed was a problem when the logs were looked for, or has no archives yet.
            guard let names = listing.map({ $0(archives) }) ?? (try? cache.names(in: archives)) else { continue }
            gone.formUnion(
                GoneLogs.find(
                    stanzas, index: index, directory: directory, archives: names, logs: allLogs, logNames: allLogNames))
        }
        return gone.filter(isWanted).sorted()
    }
}
