import CLinux
import Glibc

/// Which processors and what share of the machine the work of this process gets.
public enum Priorities {
    /// An I/O class: ioprio_set(2).
    public enum IOClass: Sendable {
        /// Only what nobody else wants.
        case idle
        /// As other processes, at the lowest of eight levels.
        case bestEffort
    }

    /// How many processors this process may run on, at least 1: sched_getaffinity(2).
    public static var processorCount: Int { max(1, Int(spillway_processor_count())) }

    /// Lowers the calling thread, and no other: setpriority(2) and ioprio_set(2), which on Linux mean threads.
    ///
    /// Best effort: where the kernel refuses, the work is done at the priority that there is. Without privileges it cannot
    /// be raised again.
    /// - Parameter nice: from 0 to 19, the lowest.
    public static func lowerThread(nice: Int, ioClass: IOClass) {
        spillway_lower_thread(CInt(clamping: nice), ioClass == .idle)
    }

    /// Does something for which every moment counts before everybody else: sched_setscheduler(2), SCHED_FIFO, for the calling
    /// thread. It must be short, and not compute: nobody else has its processor meanwhile.
    ///
    /// Who waits for a lock in real time is given it next; others see it taken before them for milliseconds. Without the
    /// right to that (CAP_SYS_NICE) it is done as everything is.
    public static func urgently<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let policy = sched_getscheduler(0)
        var lowest = sched_param()
        lowest.sched_priority = 1
        guard policy == SCHED_OTHER, sched_setscheduler(0, SCHED_FIFO, &lowest) == 0 else { return try body() }
        defer {
            var none = sched_param()
            none.sched_priority = 0
            sched_setscheduler(0, policy, &none)
        }
        return try body()
    }
}
