import CLinux

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
}
