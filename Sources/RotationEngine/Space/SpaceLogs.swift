import LinuxSystem
import RotationCore

/// The logs of all stanzas with their archives, as far as space is concerned: also logs that are not due, and archives of
/// logs that are gone.
struct SpaceLogs {
    /// The logs.
    private(set) var logs: [SpaceLog] = []
    /// The stanza that governs each of them.
    private(set) var stanzas: [Path: Int] = [:]

    /// Looks at them now, whatever was seen of them before.
    ///
    /// - Parameter isWanted: the stanzas whose archives matter; of the others only the live logs do.
    static func look(
        _ stanzas: [(stanza: Stanza, observation: Observer.StanzaObservation)], _ observer: Observer,
        _ cache: DirectoryCache, where isWanted: (Settings) -> Bool, onProblem: (Path, String) -> Void
    ) -> SpaceLogs {
        var result = SpaceLogs()
        let all = stanzas.map(\.stanza)
        for (index, (stanza, observation)) in stanzas.enumerated() {
            let hasHistory = isWanted(stanza.settings)
            let group = stanza.settings.abandonedSeconds == nil ? nil : index
            func add(_ log: LogObservation) {
                var archives: ArchiveObservation?
                if hasHistory {
                    do throws(WalkError) {
                        archives = try observer.observeArchives(of: log.path, stanza.settings)
                    } catch {
                        onProblem(log.path, "\(log.path): its archives are not looked at: \(error)")
                    }
                }
                // A stanza with errors might keep more than it says.
                result.logs.append(
                    SpaceLog(
                        log, archives: archives, settings: stanza.settings, group: group, keepsAll: stanza.isBroken))
                result.stanzas[log.path] = index
            }
            for log in observation.logs where log.sameFile == nil { add(again(log, cache)) }
            guard hasHistory else { continue }
            var gone = Set(observer.goneLogs(all, index: index, observation))
            gone.formUnion(
                observer.renamedLogs.filter { log in
                    result.stanzas[log] == nil && all.firstIndex { $0.names(log) } == index
                })
            for path in gone.sorted() where result.stanzas[path] == nil {
                add(LogObservation(path: path, finding: .missing, directory: nil))
            }
        }
        return result
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
    static func forgetListings(
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
