package import LinuxSystem
package import RotationCore
import SystemPackage

/// The archives of logs.
extension Observer {
    /// The archives of a log: its directory's entries whose names could be some.
    package func observeArchives(of log: Path, _ settings: Settings) throws(WalkError) -> ArchiveObservation {
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
        if !names.withPrefix(OwnNames.goingPrefix).isEmpty { leftOvers.insert(path) }
        var observation = ArchiveObservation(
            directory: path, status: directory.status, isElsewhere: isElsewhere(directory, from: log))
        do throws(SystemError) {
            for name in names.withPrefix(naming.prefix) where name != log.name && naming.parse(name) != nil {
                guard let status = try directory.status(of: name) else { continue }
                let full = path.appending(name)
                var entry = ArchiveEntry(name: name, status: status, isLog: claims.contains(full))
                if !ledger.unreleased.isEmpty, let file = ledger.unreleased[full],
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
        // Nearly all are compressed already.
        guard entries.contains(where: { $0.status.isPlaceholder || !$0.name.hasSuffix(".gz") }) else { return }
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
        // Where the directory was listed the list tells.
        if let names = cache.listing(of: log.directory), names.withPrefix(log.name + ".tmp").isEmpty { return nil }
        guard let directory = try? cache.directory(log.directory) else { return nil }
        guard let status = try directory.status(of: log.name + ".tmp"), status.kind == .regular else { return nil }
        return status
    }

    private func renamedAside(_ log: Path, _ leftover: FileStatus?) -> UnreleasedObservation? {
        guard let leftover, let file = ledger.unreleased[log + ".tmp"], file.inode == leftover.identity.inode,
            let directory = try? cache.directory(log.directory)
        else { return nil }
        var found = unreleased(file, leftover, in: directory)
        found.isCopied = found.isReleased && ledger.isCopied(file.path, leftover, cache)
        return found
    }

    /// Logs of a stanza that are not there any more and have archives: their ages still count.
    ///
    /// - Parameter listing: the names in a directory; nil: all of them.
    package func goneLogs(
        _ stanzas: [Stanza], index: Int, _ observation: StanzaObservation, in listing: ((Path) -> [Path]?)? = nil
    ) -> [Path] {
        var gone: Set<Path> = []
        for directory in Set(observation.directories) {
            let settings = stanzas[index].settings
            let archives = settings.archiveDirectory.map { $0.resolved(against: directory) } ?? directory
            // What cannot be listed was a problem when the logs were looked for, or has no archives yet.
            let all = listing == nil ? try? cache.names(in: archives) : nil
            guard let names = listing?(archives) ?? all.map(Array.init) else { continue }
            gone.formUnion(
                GoneLogs.find(
                    stanzas, index: index, directory: directory, archives: names, logs: allLogs, logNames: allLogNames))
        }
        return gone.filter(isWanted).sorted()
    }
}
