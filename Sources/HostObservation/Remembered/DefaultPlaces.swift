public import LinuxSystem

/// Where spillway keeps what it remembers, unless it is told otherwise: root's places, and an ordinary user's.
public enum DefaultPlaces {
    /// The journal, with the ledger beside it.
    public static var journal: Path { directory.appending("journal") }
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
