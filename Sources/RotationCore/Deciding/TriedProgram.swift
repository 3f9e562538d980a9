import LinuxSystem

/// A program that was run with a log file, the log renamed, and the signals sent.
struct TriedProgram: Sendable {
    /// Its name in /proc/PID/comm.
    var name: Path
    /// The version that was tried, as Debian numbers it.
    var version: String
    /// What it does on SIGHUP, SIGUSR1 and SIGUSR2; nil where that was not tried, or it does not catch the signal.
    var hangUp: SignalAnswer?
    var user1: SignalAnswer?
    var user2: SignalAnswer?

    private init(
        _ name: Path, _ version: String, HUP hangUp: SignalAnswer? = nil, USR1 user1: SignalAnswer? = nil,
        USR2 user2: SignalAnswer? = nil
    ) {
        self.name = name
        self.version = version
        self.hangUp = hangUp
        self.user1 = user1
        self.user2 = user2
    }

    /// What it does on a signal; nil where that is not known.
    func answer(to signal: CInt) -> SignalAnswer? {
        let answers = ["HUP": hangUp, "USR1": user1, "USR2": user2]
        return answers.first { ProcessSignal.number(named: $0.key) == signal }?.value
    }

    /// The signal on which it opens its log anew; nil where none does.
    var reopeningSignal: String? {
        if hangUp?.letsGo == true { return "HUP" }
        if user1?.letsGo == true { return "USR1" }
        return user2?.letsGo == true ? "USR2" : nil
    }

    /// The program of a name.
    static func named(_ name: Path) -> TriedProgram? { table[name] }

    private static let table = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// Debian 12's packages. nginx' old workers hold the log a moment longer.
    static let all: [TriedProgram] = [
        TriedProgram("chronyd", "4.3", HUP: .ends),
        TriedProgram("dnsmasq", "2.90", HUP: .keeps, USR1: .keeps, USR2: .reopens),
        TriedProgram("mosquitto", "2.0.11", HUP: .reopens, USR1: .keeps, USR2: .keeps),
        TriedProgram("nginx", "1.22.1", USR1: .reopens),
        // nsd's three processes; the first of them may need the signal twice.
        TriedProgram("nsd: main", "4.6.1", HUP: .reopensOnSecond, USR1: .keeps),
        TriedProgram("nsd: server 1", "4.6.1", HUP: .reopensOnSecond, USR1: .keeps),
        TriedProgram("nsd: xfrd", "4.6.1", HUP: .reopensOnSecond, USR1: .keeps),
        TriedProgram("php-fpm8.2", "8.2", USR1: .reopens),
        TriedProgram("rsyslogd", "8.2302", HUP: .reopens),
        TriedProgram("slapd", "2.5.13", HUP: .ends, USR1: .keeps, USR2: .ends),
        TriedProgram("snmpd", "5.9.3", HUP: .reopens, USR1: .keeps),
        TriedProgram("unbound", "1.17.1", HUP: .reopens),
        TriedProgram("zabbix_agentd", "6.0.14", HUP: .ends, USR1: .keeps, USR2: .ends),
    ]
}
