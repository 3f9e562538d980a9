package import LinuxSystem
package import RotationCore
import SystemPackage

/// Finds the logs that patterns name.
package struct LogFinder {
    package let cache: DirectoryCache
    /// Whether a path is a log of an earlier stanza, or was one in an earlier run: then `name.1` is an archive of it, even
    /// while it is not there.
    package let isKnown: (Path) -> Bool

    /// A path that a pattern stands for.
    package struct Match {
        package var path: Path
        package var isLiteral: Bool
    }

    /// What a pattern led to.
    package struct Findings {
        /// Directories that could not be looked into.
        package var problems: [(path: Path, message: String)] = []
        /// Directories in which the pattern's last part was looked for.
        package var directories: [Path] = []
    }

    /// The paths that a pattern stands for, in the order of their bytes. A path without wildcards stands for itself.
    ///
    /// - Parameter take: gets each as it is found: a hundred thousand need not be there at once.
    package func find(_ pattern: LogPattern, in stanza: Stanza, take: (Match) -> Void) -> Findings {
        guard GlobPattern.isPattern(pattern.text) else {
            take(Match(path: pattern.text, isLiteral: true))
            return Findings(directories: [pattern.text.directory])
        }
        var findings = Findings()
        var directories: [Path] = ["/"]
        let parts = pattern.text.components
        for part in parts.dropLast() {
            directories = descend(into: directories, part, &findings)
        }
        guard let last = parts.last else { return findings }
        findings.directories = directories
        for directory in directories {
            collect(last, in: directory, stanza, &findings, take)
        }
        return findings
    }

    private func descend(into directories: [Path], _ part: Path, _ findings: inout Findings) -> [Path] {
        guard GlobPattern.isPattern(part) else { return directories.map { $0.appending(part) } }
        let pattern = GlobPattern(part)
        var result: [Path] = []
        for directory in directories {
            for name in names(in: directory, &findings) where pattern.matches(name) {
                let path = directory.appending(name)
                do throws(WalkError) {
                    _ = try cache.directory(path)
                    result.append(path)
                } catch {
                    // Files beside the directories are no mistake.
                    guard error.errno != .notDirectory, error.errno != .noSuchFileOrDirectory else { continue }
                    findings.problems.append((path, error.description))
                }
            }
        }
        return result
    }

    private func collect(
        _ part: Path, in directory: Path, _ stanza: Stanza, _ findings: inout Findings, _ take: (Match) -> Void
    ) {
        let names = names(in: directory, &findings)
        guard GlobPattern.isPattern(part) else {
            if names.contains(part) {
                take(Match(path: directory.appending(part), isLiteral: true))
            }
            return
        }
        let pattern = GlobPattern(part)
        let endings = stanza.settings.archiveEndings
        for name in names where pattern.matches(name) {
            if endings.allow(name),
                stanza.isArchive(name, in: directory, exists: { names.contains($0) }, isLog: isKnown)
            {
                continue
            }
            take(Match(path: directory.appending(name), isLiteral: false))
        }
    }

    private func names(in directory: Path, _ findings: inout Findings) -> SortedNames {
        do throws(WalkError) {
            return try cache.names(in: directory)
        } catch {
            // A directory that is not there holds no logs: whether that is an error `missingok` says.
            if error.errno != .noSuchFileOrDirectory, error.errno != .notDirectory {
                findings.problems.append((directory, error.description))
            }
            return SortedNames()
        }
    }
}

/// The last bytes that archives' names can have: a cheap look before the dear one.
private struct ArchiveEndings {
    /// Indexed by the byte.
    private var allowed: [Bool]

    init(_ suffixes: [Path], any: Bool) {
        allowed = [Bool](repeating: any, count: 256)
        // `.tmp`, which `renamecopy` leaves.
        allowed[Int(UInt8(ascii: "p"))] = true
        for digit in UInt8(ascii: "0")...UInt8(ascii: "9") { allowed[Int(digit)] = true }
        for suffix in suffixes {
            if let last = suffix.bytes.last { allowed[Int(last)] = true }
        }
    }

    func allow(_ name: Path) -> Bool {
        name.bytes.last.map { allowed[Int($0)] } ?? false
    }
}

extension Settings {
    fileprivate var archiveEndings: ArchiveEndings {
        ArchiveEndings(
            [compressionSuffix] + Settings.knownCompressionSuffixes,
            any: usesDate || keptExtension != nil || addedExtension != nil)
    }
}
