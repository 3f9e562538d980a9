import CLinux
import Glibc
import SystemPackage

/// The processes of this machine, and looks into them side by side.
enum ProcessList {
    private static let limitOfThreads = 8
    /// So many are looked into in the time that a thread takes to start.
    private static let processesWorthAThread = 100

    /// The numbers of all processes that /proc shows, without this one.
    static func others() throws(SystemError) -> [Int32] {
        let number = try call("open", "/proc") {
            spillway_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        let proc = Descriptor(number: number, path: "/proc")
        let own = getpid()
        var processes: [Int32] = []
        try EntryList().forEach(in: proc.number, "/proc") { name, _ in
            // Numbers are processes, all else in /proc is not.
            guard name[0] >= 48, name[0] <= 57, let process = Int32(String(cString: name)), process != own else {
                return
            }
            processes.append(process)
        }
        return processes
    }

    /// Hands the processes to as many threads as are worth it; their results are in no order.
    static func look<Result: Sendable>(
        into processes: [Int32], _ body: @escaping @Sendable (_ part: [Int32]) -> Result
    ) -> [Result] {
        let count = min(Threads.available, limitOfThreads, 1 + processes.count / processesWorthAThread)
        return Threads.run(count) { part in
            body(stride(from: part, to: processes.count, by: count).map { processes[$0] })
        }
    }

    /// Opens something below /proc/PID.
    static func open(_ process: Int32, _ name: String, _ flags: CInt = 0) throws(SystemError) -> Descriptor {
        let path = "/proc/\(process)/\(name)"
        let number = try call("open", Path(path)) { spillway_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | flags, 0) }
        return Descriptor(number: number, path: "/proc")
    }
}
