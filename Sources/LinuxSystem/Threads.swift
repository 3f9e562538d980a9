import CLinux
import Glibc
import Synchronization

/// Work on several threads at once.
package enum Threads {
    /// How many threads can run at the same time on this machine.
    static var available: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    private final class Results<Result: Sendable>: Sendable {
        let values = Mutex<[Result]>([])
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Calls `body` with 0 up to `count`, each on a thread of its own but the last, which is on this one; the results are in
    /// no order. A thread that cannot be made is none: its part is done here.
    package static func run<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
        let results = Results<Result>()
        var threads: [pthread_t] = []
        var attributes = pthread_attr_t()
        let hasAttributes = count > 1 && pthread_attr_init(&attributes) == 0
        if hasAttributes { spillway_start_elsewhere(&attributes) }
        defer { if hasAttributes { pthread_attr_destroy(&attributes) } }
        for index in 0..<count {
            let work = Work {
                let result = body(index)
                results.values.withLock { $0.append(result) }
            }
            var thread = pthread_t()
            let context = Unmanaged.passRetained(work)
            let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
                guard let context else { return nil }
                spillway_run_anywhere()
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }
            if index < count - 1, hasAttributes,
                pthread_create(&thread, &attributes, start, context.toOpaque()) == 0
            {
                threads.append(thread)
            } else {
                context.release()
                work.body()
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return results.values.withLock { $0 }
    }
}
