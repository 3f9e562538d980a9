import LinuxSystem
import RotationCore
import SystemPackage

/// What `check` finds on this machine's disk.
extension ConfigurationCheck {
    /// Paths that are directories, archives' directories that are missing, and logs in directories that others can write to.
    static func places(_ configuration: Configuration) -> [Diagnostic] {
        let cache = DirectoryCache()
        let observer = Observer(cache: cache, state: RotationState(), only: [])
        // Each log is asked for as if it were due.
        let planner = Planner(now: Timestamp.now(), zone: LocalZone(), force: true, checksDirectories: true)
        var diagnostics: [Diagnostic] = []
        for (index, stanza) in configuration.stanzas.enumerated() where !stanza.isBroken {
            let settings = stanza.settings
            var directories: Set<Path> = []
            diagnostics += missingDirectories(stanza, cache)
            for log in observer.observe(stanza, index: index, reportsDuplicates: false).logs {
                if let status = log.status, status.kind == .directory, log.isLiteral {
                    let message = "\(log.path) is a directory: name the logs in it, such as \(log.path)/*.log"
                    diagnostics.append(Diagnostic(.warning, stanza.location, message))
                    continue
                }
                guard log.directory != nil else { continue }
                if case .problem(.insecureDirectory(let directory, let mode, let owner, let group)) =
                    planner.due.decide(asIfThere(log), settings), directories.insert(directory).inserted
                {
                    let problem = LogProblem.insecureDirectory(directory, mode: mode, owner: owner, group: group)
                    let message = ProblemText.describe(problem, log.path, accounts: SystemAccounts())
                    diagnostics.append(Diagnostic(.error, stanza.location, message))
                }
                guard settings.archiveDirectoryCreation == nil, let olddir = settings.archiveDirectory else { continue }
                let place = olddir.resolved(against: log.path.directory)
                guard directories.insert(place).inserted, isMissing(place, cache) else { continue }
                let message = ProblemText.describe(
                    .archiveDirectoryMissing(place), log.path, accounts: SystemAccounts())
                diagnostics.append(Diagnostic(.error, settings.origins[.olddir] ?? stanza.location, message))
            }
        }
        return diagnostics
    }

    /// The log with something in it: whether a run refuses its directory does not hang on what is there today.
    private static func asIfThere(_ log: LogObservation) -> LogObservation {
        guard var status = log.status ?? log.directory, log.status == nil || status.kind == .regular else { return log }
        (status.kind, status.linkCount, status.sizeBytes) = (.regular, 1, max(1, status.sizeBytes))
        var log = log
        log.finding = .present(status)
        return log
    }

    /// Directories that patterns name and that are not there. With `missingok` said, that is meant.
    private static func missingDirectories(_ stanza: Stanza, _ cache: DirectoryCache) -> [Diagnostic] {
        guard stanza.settings.origins[.missingok] == nil else { return [] }
        return stanza.patterns.compactMap { pattern in
            // Up to the first wildcard.
            let named = pattern.text.directory.components.prefix { !GlobPattern.isPattern($0) }
            let directory = named.reduce(Path("/")) { $0.appending($1) }
            guard isMissing(directory, cache) else { return nil }
            return Diagnostic(
                .warning, pattern.location,
                "\(directory) does not exist, so that this names no log; missingok says that this is meant")
        }
    }

    private static func isMissing(_ directory: Path, _ cache: DirectoryCache) -> Bool {
        do throws(WalkError) {
            _ = try cache.directory(directory)
            return false
        } catch {
            return error.errno == .noSuchFileOrDirectory
        }
    }

    /// Scripts that a shell cannot read. None is run: `sh -n` only reads.
    ///
    /// - Parameter complaint: what the shell says of a script; empty where it says nothing.
    static func scripts(_ configuration: Configuration, _ complaint: (Path) -> String) -> [Diagnostic] {
        var known: [Path: String] = [:]
        var diagnostics: [Diagnostic] = []
        for stanza in configuration.stanzas where !stanza.isBroken {
            let scripts = stanza.settings.scripts.sorted { $0.value.location.line < $1.value.location.line }
            for (kind, script) in scripts {
                let text = known[script.text] ?? complaint(script.text)
                known[script.text] = text
                guard !text.isEmpty else { continue }
                let diagnostic = Diagnostic(
                    .error, script.location, "the shell does not understand this \(kind.rawValue) script: \(text)")
                if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
            }
        }
        return diagnostics
    }
}
