import CLinux
import Glibc
import Synchronization
import SystemPackage

/// The processes that /proc shows but this one, handed out one by one, so that several threads look into them side by side.
///
/// /proc is read on while the first processes are looked into already.
final class ProcessList: Sendable {
    private static let limitOfThreads = 8
    /// So many are looked into in the time that a thread takes to start.
    private static let processesWorthAThread = 100
    /// Room for as many entries as are looked into in a few milliseconds.
    private static let entriesBytes = 4 << 10

    private struct Rest {
        let entries = EntryList(sizeBytes: ProcessList.entriesBytes)
        /// In reverse.
        var listed: [Int32] = []
        var isComplete = false
        var failure: SystemError?
    }

    private let proc: Descriptor
    private let own = getpid()
    private let rest = Mutex(Rest())

    private init() throws(SystemError) {
        let number = try call("open", "/proc") {
            spillway_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        proc = Descriptor(number: number, path: "/proc")
    }

    /// Calls `body` on as many threads as are worth it; their results are in no order. Each asks for the next process until
    /// there is none.
    ///
    /// - Throws: where /proc cannot be read.
    static func look<Result: Sendable>(
        _ body: @escaping @Sendable (ProcessList) -> Result
    ) throws(SystemError) -> [Result] {
        let list = try ProcessList()
        // Its links are a directory for each process and a few more.
        let processes = Int(clamping: try list.proc.status().linkCount)
        let count = min(Threads.available, limitOfThreads, 1 + processes / processesWorthAThread)
        let results = Threads.run(count) { _ in body(list) }
        if let failure = list.rest.withLock({ $0.failure }) { throw failure }
        return results
    }

    /// The number of a process that nobody has looked into yet; nil: there is none any more.
    func next() -> Int32? {
        rest.withLock { rest in
            while rest.listed.isEmpty, !rest.isComplete {
                do throws(SystemError) {
                    try list(into: &rest)
                } catch {
                    rest.failure = error
                    rest.isComplete = true
                }
            }
            return rest.listed.popLast()
        }
    }

    private func list(into rest: inout Rest) throws(SystemError) {
        var listed: [Int32] = []
        let count = try rest.entries.next(in: proc.number, "/proc") { name, _ in
            // Numbers are processes, all else in /proc is not.
            guard name[0] >= 48, name[0] <= 57, let process = Int32(String(cString: name)), process != own else {
                return
            }
            listed.append(process)
        }
        rest.isComplete = count == nil
        rest.listed = listed.reversed()
    }

    /// Opens something below /proc/PID.
    func open(_ process: Int32, _ name: String, _ flags: CInt = 0) throws(SystemError) -> Descriptor {
        let number = try call("open", Path("/proc/\(process)/\(name)")) {
            spillway_open_of_process(proc.number, process, name, O_RDONLY | O_CLOEXEC | flags)
        }
        return Descriptor(number: number, path: "/proc")
    }
}
