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
            for log in observer.observe(stanza, index: index, reportsDuplicates: false).logs {
                if let status = log.status, status.kind == .directory, log.isLiteral {
                    let message = "\(log.path) is a directory: name the logs in it, such as \(log.path)/*.log"
                    diagnostics.append(Diagnostic(.warning, stanza.location, message))
                    continue
                }
                guard log.directory != nil else { continue }
                if case .problem(.insecureDirectory(let directory, let mode, let owner, let group)) =
                    planner.due.decide(log, settings), directories.insert(directory).inserted
                {
                    let problem = LogProblem.insecureDirectory(directory, mode: mode, owner: owner, group: group)
                    let message = RotationRun.sentence(for: problem, log.path)
                    diagnostics.append(Diagnostic(.error, stanza.location, message))
                }
                guard settings.archiveDirectoryCreation == nil, let olddir = settings.archiveDirectory else { continue }
                let place = olddir.resolved(against: log.path.directory)
                guard directories.insert(place).inserted, isMissing(place, cache) else { continue }
                let message = RotationRun.sentence(for: LogProblem.archiveDirectoryMissing(place), log.path)
                diagnostics.append(Diagnostic(.error, settings.origins[.olddir] ?? stanza.location, message))
            }
        }
        return diagnostics
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
    static func scripts(_ configuration: Configuration) -> [Diagnostic] {
        var known: [Path: String] = [:]
        var diagnostics: [Diagnostic] = []
        for stanza in configuration.stanzas where !stanza.isBroken {
            let scripts = stanza.settings.scripts.sorted { $0.value.location.line < $1.value.location.line }
            for (kind, script) in scripts {
                let complaint = known[script.text] ?? complaint(about: script.text)
                known[script.text] = complaint
                guard !complaint.isEmpty else { continue }
                let diagnostic = Diagnostic(
                    .error, script.location, "the shell does not understand this \(kind.rawValue) script: \(complaint)")
                if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
            }
        }
        return diagnostics
    }

    /// What `sh -n` says; empty where it says nothing, or cannot be asked.
    private static func complaint(about script: Path) -> String {
        do {
            let pipe = try Descriptor.pipe()
            // The last line is always written, so that reading ends.
            let call: Path = "sh -n -c \"$1\" 2>&1; echo \"end $?\""
            let process = try ChildProcess.start(
                "/bin/sh", ["sh", "-c", call, "sh", script], descriptors: [1: pipe.writing.number])
            var output: [UInt8] = []
            let end = Array("end ".utf8)
            repeat {
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = try buffer.withUnsafeMutableBytes { try pipe.reading.read(into: $0) }
                guard count > 0 else { break }
                output += buffer.prefix(count)
            } while !(output.last == UInt8(ascii: "\n")
                && output.split(separator: UInt8(ascii: "\n")).last?.starts(with: end) == true)
            _ = try process.wait(limitSeconds: 10)
            let lines = output.split(separator: UInt8(ascii: "\n"))
            guard let last = lines.last, Path(bytes: last) != "end 0" else { return "" }
            return lines.first.map { "\(Path(bytes: $0))" } ?? ""
        } catch {
            return ""
        }
    }
}
