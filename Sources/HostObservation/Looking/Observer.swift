package import LinuxSystem
package import RotationCore
import SystemPackage

/// Looks at the disk once and turns what is there into values.
package final class Observer {
    package let cache: DirectoryCache
    let state: RotationState
    private let only: [GlobPattern]
    private let onlyTexts: [Path]
    /// Which stanza has which log.
    var claims: LogClaims
    /// Stanzas whose logs may be named again.
    private var ignoring: [Int] = []
    /// Which of the claimed logs has a file first.
    private var files = FileIdentityIndex()
    /// A log that was looked at in the directory that was looked into last, and that directory.
    private var neighbour: LogObservation?
    private var lastDirectory: Directory?

    /// All logs of all stanzas, once they have been looked at.
    lazy var allLogs = Set(claims.paths)
    lazy var allLogNames = Set(claims.paths.map(\.name))

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
        claims = LogClaims(known: state.lastRotated)
        // About as many as last time.
        files.reserveCapacity(state.lastRotated.count)
        self.only = only.map { GlobPattern($0, hidesDotFiles: false) }
    }

    /// The logs of a stanza. A log that an earlier stanza has claimed is that one's.
    package func observe(_ stanza: Stanza, index: Int, reportsDuplicates: Bool) -> StanzaObservation {
        var result = StanzaObservation(patterns: stanza.patterns)
        // logrotate forgets a stanza with errors: its logs may be another's.
        if stanza.isBroken, reportsDuplicates { return result }
        if stanza.settings.ignoresDuplicates { ignoring.append(index) }
        let (states, isForAll) = (state.lastRotated, only.isEmpty)
        func take(_ found: LogFinder.Match, _ pattern: LogPattern) {
            var match = found
            var lastRotated: CivilTime?
            let known = states.position(of: match.path)
            // A hundred thousand paths need not be there twice.
            if let known { (match.path, lastRotated) = states[known] }
            let (owner, number) = claims.claim(match.path, at: known, for: index)
            if let owner {
                if owner != index { result.duplicates.append((match.path, pattern.location)) }
                if owner != index || match.isLiteral, reportsDuplicates, !ignoring.contains(owner),
                    !ignoring.contains(index),
                    isWanted(match.path)
                {
                    let message = "\(pattern.location): duplicate log entry for \(match.path)"
                    result.problems.append((match.path, message, .duplicate(match.path, pattern.location)))
                }
                return
            }
            // `--only` limits what is done, not what belongs to whom: the other logs are nobody's archives.
            if isForAll || isWanted(match.path) {
                result.logs.append(observe(match, number, lastRotated))
            } else {
                result.otherClaims.append(match.path)
            }
        }
        lazy var finder = self.finder
        for pattern in stanza.patterns {
            guard GlobPattern.isPattern(pattern.text) else {
                take(LogFinder.Match(path: pattern.text, isLiteral: true), pattern)
                continue
            }
            let place = result.problems.count
            var isAnyThere = false
            let findings = finder.find(pattern, in: stanza) { match in
                isAnyThere = true
                take(match, pattern)
            }
            // What could not be looked into comes first.
            result.problems.insert(contentsOf: findings.problems.map { ($0.path, $0.message, nil) }, at: place)
            result.foundDirectories += findings.directories
            if !isAnyThere, findings.problems.isEmpty, !stanza.settings.missingOK, isForAll {
                let isDirectoryThere = (try? cache.directory(pattern.text.directory)) != nil
                let isNamed = isDirectoryThere || GlobPattern.isPattern(pattern.text.directory)
                result.unmatched.append(
                    (
                        pattern.text, "\(pattern.location): no log matches \(pattern.text); missingok allows that",
                        .missing(isNamed ? pattern.text : pattern.text.directory), result.logs.count
                    ))
            }
        }
        return result
    }

    /// For one stanza: what is known by then counts.
    private var finder: LogFinder {
        LogFinder(cache: cache, isKnown: { self.claims.isKnown($0) })
    }

    /// `--only`: a pattern with a slash is for the whole path, another one for the name.
    func isWanted(_ path: Path) -> Bool {
        guard !only.isEmpty else { return true }
        return zip(onlyTexts, only).contains { text, pattern in
            text.bytes.contains(UInt8(ascii: "/"))
                ? GlobPattern.matches(path: path, pattern: text) : pattern.matches(path.name)
        }
    }

    private func observe(_ match: LogFinder.Match, _ number: Int32, _ lastRotated: CivilTime?) -> LogObservation {
        let path = match.path
        let directory: Directory
        do throws(WalkError) {
            directory = try cache.directory(of: path)
        } catch {
            return observation(match, lastRotated, Self.finding(error))
        }
        if lastDirectory !== directory {
            lastDirectory = directory
            neighbour = nil
        }
        let finding: LogObservation.Finding
        var cutEnd: Int64 = 0
        var sameFile: Path?
        do throws(SystemError) {
            if let status = try directory.status(of: path) {
                finding = .present(status)
                if !ledger.cuts.isEmpty, let cut = ledger.cuts[path], cut.isOf(status) { cutEnd = cut.end }
                if status.kind == .regular {
                    let first = files.first(status.identity, number)
                    if first != number { sameFile = claims.path(numbered: first) }
                }
            } else {
                finding = .missing
            }
        } catch {
            finding = Self.finding(.system(error))
        }
        let log = observation(match, lastRotated, finding, directory, cutEnd: cutEnd, sameFile: sameFile)
        if neighbour == nil { neighbour = log }
        return log
    }

    private func observation(
        _ match: LogFinder.Match, _ lastRotated: CivilTime?, _ finding: LogObservation.Finding,
        _ directory: Directory? = nil, cutEnd: Int64 = 0, sameFile: Path? = nil
    ) -> LogObservation {
        LogObservation(
            path: match.path, finding: finding, beside: directory == nil ? nil : neighbour,
            directory: directory?.status, lastRotated: lastRotated, isLiteral: match.isLiteral,
            sameFile: sameFile, cutEnd: cutEnd,
            isUnresolved: !unresolved.isEmpty && unresolved.contains(match.path))
    }

    private static func finding(_ error: WalkError) -> LogObservation.Finding {
        let isMissing = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
        return isMissing ? .missing : .unreadable(error.description)
    }
}
