import HostObservation
import LinuxSystem
import RotationCore

/// One line and an exit status for Nagios, Icinga and whatever runs their plugins: the Monitoring Plugins' guidelines.
struct NagiosCheck {
    /// What the exit status says.
    enum State: Int32 {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    let overview: Overview
    let troubles: [Trouble]
    let now: Timestamp
    let staleSeconds: Int64
    let staleCriticalSeconds: Int64
    let heldBytes: Int64
    let heldCriticalBytes: Int64

    /// How bad it is.
    var state: State {
        // A configuration that cannot be read says nothing about logs.
        if overview.stanzaCount == 0, overview.problems.contains(where: \.isError) { return .unknown }
        return troubles.map(state).max { $0.rawValue < $1.rawValue } ?? .ok
    }

    private func state(_ trouble: Trouble) -> State {
        switch trouble {
        case .stale(let age): age > staleCriticalSeconds ? .critical : .warning
        case .held(_, let bytes): bytes >= heldCriticalBytes ? .critical : .warning
        default: trouble.isCritical ? .critical : .warning
        }
    }

    /// `SPILLWAY WARNING: the last run was 12 min ago | age=720s;300;3600;0 ...`.
    var line: String {
        let worst = troubles.max { (state($0).rawValue, -$0.rank) < (state($1).rawValue, -$1.rank) }
        var text = worst.map(TroubleText.describe) ?? "all well, \(overview.logs.count { $0.status != nil }) logs"
        if troubles.count > 1 { text += " (and \(troubles.count - 1) more)" }
        // A bar begins the performance data, a line break ends the line.
        let plain = text.replacing("|", with: "/").replacing("\n", with: " ")
        return "SPILLWAY \(state.word): \(plain) | \(performance.joined(separator: " "))"
    }

    private var performance: [String] {
        var data: [String] = []
        if let run = overview.lastRun {
            data.append("age=\(max(0, now.seconds(since: run.at)))s;\(staleSeconds);\(staleCriticalSeconds);0")
        }
        data.append("pending=\(overview.logs.reduce(0) { $0 + $1.pendingBytes })B;;;0")
        data.append("archived=\(overview.logs.reduce(0) { $0 + $1.archivedBytes })B;;;0")
        data.append("held=\(overview.held?.totalBytes ?? 0)B;\(heldBytes);\(heldCriticalBytes);0")
        data.append("unresolved=\(overview.unresolved.count);;0;0")
        for space in overview.spaces {
            let limits = space.figures.limits
            let label = space.figures.path.description.replacing("'", with: "''").replacing("=", with: "_")
            let budget = limits.budgetBytes.map(String.init) ?? ""
            data.append("'used \(label)'=\(space.figures.usedBytes)B;\(budget);;0")
            let floor = limits.minimumFreeBytes.map { "\($0):" } ?? ""
            data.append("'free \(label)'=\(limits.freeBytes)B;;\(floor);0;\(limits.totalBytes)")
        }
        return data
    }
}
