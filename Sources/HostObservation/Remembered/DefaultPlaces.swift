public import LinuxSystem
import RotationCore

/// Where spillway keeps what it remembers, unless it is told otherwise: root's places, and an ordinary user's.
public enum DefaultPlaces {
    /// The journal, with the ledger beside it.
    public static var journal: Path { directory.appending("journal") }
    /// The journal of a state: each has one of its own, so that runs with different states work side by side.
    ///
    /// - Parameter state: the state's path; nil for the default one, whose journal is ``journal``.
    public static func journal(of state: Path?) -> Path {
        guard let state else { return journal }
        let path = state.resolved(against: Environment.workingDirectory)
        guard path != self.state else { return journal }
        let number = String(Checksum.crc32(path.bytes), radix: 16)
        return directory.appending(Path(bytes: Array("journal-\(number)-".utf8) + path.name.bytes.prefix(64)))
    }

    /// Journals of other states than the one whose journal this is, in the same directory.
    package static func otherJournals(than own: Path) -> [Path] {
        guard own.directory == directory, let names = try? Directory.open(directory).sortedNames() else { return [] }
        return names.filter { name in
            name != own.name && (name == journal.name || name.hasPrefix(journal.name + "-"))
                && ![".ledger", ".new", ".history"].contains { name.hasSuffix($0) }
        }.map { directory.appending($0) }
    }

    /// The state: when each log was last rotated.
    public static var state: Path { directory.appending("state") }
    /// Where logrotate's state is on Debian and on Red Hat: taken over on the first run.
    static let predecessors: [Path] = ["/var/lib/logrotate/status", "/var/lib/logrotate/logrotate.status"]

    private static var directory: Path {
        if Accounts.effectiveUser == 0 { return "/var/lib/spillway" }
        let base = Environment.value("XDG_STATE_HOME") ?? (Accounts.home ?? "/").appending(".local/state")
        return base.appending("spillway")
    }
}
