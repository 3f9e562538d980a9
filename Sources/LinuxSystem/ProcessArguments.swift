import CLinux

/// The words that this process was started with.
public enum ProcessArguments {
    /// argc and argv, the program's own name first; empty where they cannot be had. Swift's `CommandLine` reads
    /// /proc/self/cmdline: where there is no /proc it has none, and a dry run would be a run.
    public static var all: [String] {
        (0..<spillway_argument_count()).compactMap { index in
            spillway_argument(index).map { String(cString: $0) }
        }
    }
}
