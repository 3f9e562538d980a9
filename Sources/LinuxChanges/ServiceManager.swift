import CLinux
import Glibc
import LinuxSystem

/// Whoever has started this process as a service and listens: systemd, sd_notify(3).
public struct ServiceManager: Sendable {
    private let socket: String
    /// How often it wants to hear that all is well, in seconds; nil: not at all. Half the time after which it gives up.
    public let watchdogSeconds: Double?

    /// nil where nobody listens.
    public init?() {
        guard let socket = Environment.value("NOTIFY_SOCKET"), socket.hasPrefix("/") || socket.hasPrefix("@") else {
            return nil
        }
        self.socket = "\(socket)"
        // Both are inherited by programs that a service starts, and meant for the service alone.
        let isMeant = Environment.value("WATCHDOG_PID").map { $0 == Path("\(getpid())") } ?? true
        let microseconds = Environment.value("WATCHDOG_USEC").flatMap { Double("\($0)") }
        watchdogSeconds = isMeant ? microseconds.map { max(0.1, $0 / 2_000_000) } : nil
    }

    /// This process does its work from now on.
    public func ready() { send("READY=1") }

    /// This process ends.
    public func stopping() { send("STOPPING=1") }

    /// What `systemctl status` shows, in one line.
    public func status(_ line: String) {
        send("STATUS=\(line.split(separator: "\n", maxSplits: 1).first ?? "")")
    }

    /// This process is not stuck.
    public func alive() { send("WATCHDOG=1") }

    /// That nobody hears it is no error of ours.
    private func send(_ text: String) { _ = spillway_notify(socket, text) }
}
