import HostObservation
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

/// Makes the plan of a stanza, when it is its turn: what came before may have changed its archives.
struct StanzaPlanning {
    let look: RunLook
    let planner: Planner
    let options: RunOptions

    private var observer: Observer { look.observer }

    /// A plan, and what was noticed on the way to it: also renamed logs that are released, and need nothing more, archives like
    /// others.
    typealias Result = (plan: StanzaPlan, notes: [(path: Path, message: String)], released: [Path])

    /// The plan of one stanza.
    func plan(
        _ index: Int, _ decided: [(log: LogObservation, decision: Decision)], _ claims: inout Planner.NameClaims
    ) -> Result {
        let stanza = look.stanzas[index]
        let expires = stanza.settings.maximumAgeSeconds != nil
        var result: Result = (StanzaPlan(stanza: stanza, decisions: decided), [], [])
        // Nearly every stanza of nearly every run: no archive is looked at, and there is nothing to be planned.
        // A log that is abandoned, and empty, is removed without being due.
        if !expires, stanza.settings.abandonedSeconds == nil, observer.renamedLogs.isEmpty,
            !decided.contains(where: \.decision.isRotation)
        {
            return result
        }
        let observation = look.observations[index]
        let items = decided.map { log, decision in
            item(log, decision, stanza, looksAtArchives: expires, &result)
        }
        var missing = Set(expires ? observer.goneLogs(look.stanzas, index: index, observation) : [])
        for renamed in look.renamed where renamed.stanza == index && options.only.isEmpty {
            if !observation.claims.contains(renamed.log) { missing.insert(renamed.log) }
        }
        let gone = missing.sorted().compactMap { goneItem($0, stanza, &result) }
        result.plan = planner.plan(
            stanza, items, gone: gone, lacksLogs: !observation.unmatched.isEmpty, claims: &claims)
        if options.isDryRun {
            result.plan.seen = (items + gone).compactMap { item in
                item.archives.map { SpaceLog(item.log, archives: $0, settings: stanza.settings, group: nil) }
            }
        }
        return result
    }

    private func item(
        _ log: LogObservation, _ decision: Decision, _ stanza: Stanza, looksAtArchives: Bool, _ result: inout Result
    ) -> Planner.Item {
        var decision = decision
        var archives: ArchiveObservation?
        let isDue = decision.isRotation
        if isDue || looksAtArchives || observer.renamedLogs.contains(log.path) {
            do throws(WalkError) {
                archives = forgettingReleased(
                    try observer.observeArchives(of: log.path, stanza.settings), stanza, &result)
            } catch {
                if isDue, error.errno == .notDirectory, let directory = stanza.settings.archiveDirectory {
                    decision = .problem(
                        planner.noDirectory(
                            directory.resolved(against: log.path.directory), for: log.path, stanza.settings))
                } else if isDue {
                    decision = .problem(.unreadable(error.description))
                } else {
                    result.notes.append((log.path, FileText.archivesUnseen(log.path, error)))
                }
            }
        }
        let tells = stanza.settings.signal != nil || stanza.settings.scripts[.postrotate] != nil
        if let aside = archives?.renamedAside, aside.isTold || !tells, !aside.isReleased {
            result.notes.append(
                (
                    log.path,
                    FileText.asideIsWritten(log.path + ".tmp")
                ))
        }
        return Planner.Item(log: log, decision: decision, archives: archives)
    }

    private func goneItem(_ path: Path, _ stanza: Stanza, _ result: inout Result) -> Planner.Item? {
        do throws(WalkError) {
            let archives = forgettingReleased(try observer.observeArchives(of: path, stanza.settings), stanza, &result)
            let log = LogObservation(path: path, finding: .missing, directory: nil)
            return Planner.Item(log: log, decision: .leave(.missing), archives: archives)
        } catch {
            result.notes.append((path, FileText.archivesUnseen(path, error)))
            return nil
        }
    }

    private func forgettingReleased(
        _ archives: ArchiveObservation, _ stanza: Stanza, _ result: inout Result
    ) -> ArchiveObservation {
        var found = archives
        for index in found.entries.indices {
            guard let file = found.entries[index].unreleased, file.isReleased, file.isTold, file.parts == nil,
                stanza.settings.compression == nil || stanza.settings.delaysCompression
            else { continue }
            result.released.append(found.directory.appending(found.entries[index].name))
            found.entries[index].unreleased = nil
        }
        return found
    }
}
