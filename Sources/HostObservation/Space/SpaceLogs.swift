package import LinuxSystem
package import RotationCore

/// The logs of all stanzas with their archives, as far as space is concerned: also logs that are not due, and archives of
/// logs that are gone.
package struct SpaceLogs {
    /// The logs.
    package private(set) var logs: [SpaceLog] = []
    /// The stanza that governs each of them.
    package private(set) var stanzas: [Path: Int] = [:]

    /// None yet.
    package init() {}

    /// Looks at them now, whatever was seen of them before.
    ///
    /// - Parameter isWanted: the stanzas whose archives matter; of the others only the live logs do.
    package static func look(
        _ stanzas: [(stanza: Stanza, observation: Observer.StanzaObservation)], _ observer: Observer,
        _ cache: DirectoryCache, where isWanted: (Settings) -> Bool, onProblem: (Path, String) -> Void
    ) -> SpaceLogs {
        var result = SpaceLogs()
        var found = FoundArchives()
        func add(_ log: LogObservation, _ index: Int) {
            let stanza = stanzas[index].stanza
            var archives: ArchiveObservation?
            if isWanted(stanza.settings) {
                do throws(WalkError) {
                    archives = try observer.observeArchives(of: log.path, stanza.settings)
                } catch {
                    onProblem(log.path, "\(log.path): its archives are not looked at: \(error)")
                }
            }
            if let archives { found.add(archives) }
            let group = stanza.settings.abandonedSeconds == nil ? nil : index
            // A stanza with errors might keep more than it says.
            result.logs.append(
                SpaceLog(log, archives: archives, settings: stanza.settings, group: group, keepsAll: stanza.isBroken))
            result.stanzas[log.path] = index
        }
        for (index, (_, observation)) in stanzas.enumerated() {
            for log in observation.logs where log.sameFile == nil { add(again(log, cache), index) }
        }
        // Only what belongs to no log that is there can be a gone one's.
        let all = stanzas.map(\.stanza)
        for (index, (stanza, observation)) in stanzas.enumerated() where isWanted(stanza.settings) {
            // A log with a name of its own was looked at above, whether it is there or not.
            let hasWildcards = stanza.patterns.contains { GlobPattern.isPattern($0.text) }
            var gone = Set(
                hasWildcards
                    ? observer.goneLogs(all, index: index, observation, in: { found.rest(of: $0, cache) }) : [])
            gone.formUnion(
                observer.renamedLogs.filter { log in
                    result.stanzas[log] == nil && all.firstIndex { $0.names(log) } == index
                })
            for path in gone.sorted() where result.stanzas[path] == nil {
                add(LogObservation(path: path, finding: .missing, directory: nil), index)
            }
        }
        return result
    }

    /// Archives that are not to go, whatever limit is not met.
    package mutating func mark(needed isNeeded: (SpaceFile) -> Bool) {
        for index in logs.indices {
            for number in logs[index].archives.indices where isNeeded(logs[index].archives[number]) {
                logs[index].archives[number].obstacle = .needed
            }
        }
    }

    /// A log may have been created anew since.
    private static func again(_ log: LogObservation, _ cache: DirectoryCache) -> LogObservation {
        var log = log
        guard let directory = try? cache.directory(log.path.directory) else { return log }
        if let status = try? directory.status(of: log.path.name) {
            log.finding = .present(status)
        } else if case .present = log.finding {
            log.finding = .missing
        }
        return log
    }

    /// Where archives may have come and gone.
    package static func forgetListings(
        _ stanzas: [(stanza: Stanza, observation: Observer.StanzaObservation)], _ cache: DirectoryCache
    ) {
        for (stanza, observation) in stanzas {
            var directories = Set(observation.directories)
            for log in observation.logs { directories.insert(log.path.directory) }
            for directory in directories {
                cache.forget(directory)
                if let archives = stanza.settings.archiveDirectory {
                    cache.forget(archives.resolved(against: directory))
                }
            }
        }
    }
}

/// Names that are archives of logs already looked at.
private struct FoundArchives {
    private var names: [Path: PathIndex] = [:]
    private var rests: [Path: [Path]] = [:]

    mutating func add(_ archives: ArchiveObservation) {
        guard !archives.entries.isEmpty else { return }
        for entry in archives.entries { _ = names[archives.directory, default: PathIndex()].insert(entry.name) }
    }

    /// The other names in a directory, looked for once; nil where it cannot be listed.
    mutating func rest(of directory: Path, _ cache: DirectoryCache) -> [Path]? {
        if let known = rests[directory] { return known }
        guard let all = try? cache.names(in: directory) else { return nil }
        let found = names[directory] ?? PathIndex()
        let rest = all.filter { found.position(of: $0) == nil }
        rests[directory] = rest
        return rest
    }
}
