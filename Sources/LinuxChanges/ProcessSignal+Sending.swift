import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

/// What became of a signal.
public enum SignalOutcome: Hashable, Sendable {
    /// The process has it.
    case sent
    /// The process has ended, or its number is another's by now.
    case gone
    /// The process does not catch it: it would end, or notice nothing. It was not sent.
    case notCaught
}

/// Sends signals to processes that catch them, and to nobody else.
extension ProcessSignal {
    /// Sends a signal to the process that a holder belongs to.
    ///
    /// The process is held by a pidfd while it is looked at again, so that its number cannot become another's. Kernels
    /// before 5.3 have none: then the time between the look and the signal is what is left.
    public static func send(_ number: CInt, to holder: Holder) throws(SystemError) -> SignalOutcome {
        let handle = spillway_pidfd_open(holder.process)
        defer { if handle >= 0 { close(handle) } }
        guard let identity = try HolderTable.identity(of: holder.process), identity.startTicks == holder.startTicks
        else {
            return .gone
        }
        guard try catches(number, holder.process) else { return .notCaught }
        do throws(SystemError) {
            try call("signal process \(holder.process)") {
                guard handle >= 0 else { return kill(holder.process, number) }
                let answer = spillway_pidfd_send_signal(handle, number)
                return answer == -1 && Glibc.errno == ENOSYS ? kill(holder.process, number) : answer
            }
            return .sent
        } catch {
            if error.errno == .noSuchProcess { return .gone }
            throw error
        }
    }
}
