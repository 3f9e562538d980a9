import CLinux
import Glibc
import SystemPackage

/// What signals mean to processes.
public enum ProcessSignal {
    /// Whether the process that a holder belongs to has ended: also where nobody has asked for its status yet. One that cannot
    /// be looked at has not.
    public static func hasEnded(_ holder: Holder) -> Bool {
        guard let stat = try? ProcessFile.text(holder.process, "stat"), let close = stat.lastIndex(of: ")") else {
            return kill(holder.process, 0) == -1 && Glibc.errno == ESRCH
        }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19 else { return false }
        return fields[0] == "Z" || fields[0] == "X" || UInt64(fields[19]) != holder.startTicks
    }

    /// The process that started the one a holder belongs to; nil where that cannot be told.
    public static func parent(of holder: Holder) -> Int32? {
        guard let stat = try? ProcessFile.text(holder.process, "stat"), let close = stat.lastIndex(of: ")") else {
            return nil
        }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    /// The number of a signal by its name without SIG.
    public static func number(named name: String) -> CInt? {
        [
            "HUP": SIGHUP, "USR1": SIGUSR1, "USR2": SIGUSR2, "INT": SIGINT, "TERM": SIGTERM, "WINCH": SIGWINCH,
            "ALRM": SIGALRM, "CONT": SIGCONT,
        ][name]
    }

    /// Whether a process has a handler.
    package static func catches(_ number: CInt, _ process: Int32) throws(SystemError) -> Bool {
        try caught(by: process) & (1 << UInt64(number - 1)) != 0
    }

    /// The signals that a process has handlers for: `SigCgt` of /proc/PID/status. None where it is gone.
    static func caught(by process: Int32) throws(SystemError) -> UInt64 {
        guard let status = try ProcessFile.text(process, "status"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") })
        else { return 0 }
        return UInt64(line.dropFirst(7).drop { $0 == "\t" || $0 == " " }, radix: 16) ?? 0
    }
}
