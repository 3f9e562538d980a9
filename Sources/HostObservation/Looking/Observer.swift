package import LinuxSystem
package import RotationCore
import SystemPackage

/// Looks at the disk once and turns what is there into values.
package final class Observer {
    package let cache: DirectoryCache
    let state: RotationState
    private let only: [GlobPattern]
    private let onlyTexts: [Path]
    var claimed: [Path: Int] = [:]
    /// Stanzas whose logs may be named again.
    private var ignoring: Set<Int> = []
    private var inodes: [FileIdentity: Path] = [:]

    /// All logs of all stanzas, once they have been looked at.
    lazy var allLogs = Set(claimed.keys)
    lazy var allLogNames = Set(claimed.keys.map(\.name))

    /// Directories with names that only removals give: they are finished whatever the ledger says.
    package internal(set) var leftOvers: Set<Path> = []

    package let ledger: Ledger

    /// Logs that are renamed and not known to be released.
    package private(set) lazy var renamedLogs = Set(ledger.unreleased.values.map(\.log))

    private let unresolved: Set<Path>

    /// - Parameter unresolved: logs whose cut of an earlier run is not finished.
    package init(
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
    package func observe(_ stanza: Stanza, index: Int, reportsDuplicates: Bool) -> StanzaObservation {
        var result = StanzaObservation(patterns: stanza.patterns)
        if stanza.settings.ignoresDuplicates { ignoring.insert(index) }
        func take(_ match: LogFinder.Match, _ pattern: LogPattern) {
            if let owner = Self.claim(&claimed[match.path, default: Self.nobody], for: index) {
                if owner != index { result.duplicates.append((match.path, pattern.location)) }
                if owner != index || match.isLiteral, reportsDuplicates, ignoring.isDisjoint(with: [owner, index]),
                    isWanted(match.path)
                {
                    let message = "\(pattern.location): duplicate log entry for \(match.path)"
                    result.problems.append((match.path, message, .duplicate(match.path, pattern.location)))
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
        let finder = finder
        for pattern in stanza.patterns {
            guard GlobPattern.isPattern(pattern.text) else {
                take(LogFinder.Match(path: pattern.text, isLiteral: true), pattern)
                continue
            }
            let findings = finder.find(pattern, in: stanza)
            result.problems += findings.problems.map { ($0.path, $0.message, nil) }
            result.foundDirectories += findings.directories
            if findings.matches.isEmpty, findings.problems.isEmpty, !stanza.settings.missingOK, only.isEmpty {
                let isDirectoryThere = (try? cache.directory(pattern.text.directory)) != nil
                let isNamed = isDirectoryThere || GlobPattern.isPattern(pattern.text.directory)
                result.problems.append(
                    (
                        pattern.text, "\(pattern.location): no log matches \(pattern.text); missingok allows that",
                        .missing(isNamed ? pattern.text : pattern.text.directory)
                    ))
            }
            for match in findings.matches { take(match, pattern) }
        }
        return result
    }

    /// For one stanza: what is known by then counts.
    private var finder: LogFinder {
        LogFinder(cache: cache, isKnown: { self.claimed[$0] != nil || self.state.lastRotated[$0] != nil })
    }

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
    func isWanted(_ path: Path) -> Bool {
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
}
