/// Threads that compress, shared by as many compressors as one likes.
///
/// A thread is started when there is work and none is idle. They end with the last owner of this object. They take no
/// signals, so that handlers run on the threads of the caller.
public final class GzipWorkers: Sendable {
    /// More threads are never used: all blocks have 40 MiB, and what compresses them 25 MiB, of which not all is ever touched.
    public static let mostThreads = 16

    /// How many threads there can be.
    public let limit: Int

    let queue: BlockQueue

    /// - Parameters:
    ///   - count: threads at most, at least 1; what is over `mostThreads` changes nothing. None is started yet.
    ///   - onThreadStart: what each thread does first, such as lowering its own priority.
    public convenience init(count: Int, onThreadStart: (@Sendable () -> Void)? = nil) {
        self.init(limit: max(1, min(count, Self.mostThreads)), onThreadStart: onThreadStart) {
            block, deflater throws(GzipError) in
            try deflater.compress(block)
        }
    }

    /// For tests: no threads at all, as where the system refuses one, or a compression that fails.
    init(limit: Int, onThreadStart: (@Sendable () -> Void)? = nil, compress: @escaping BlockQueue.Compression) {
        self.limit = limit
        queue = BlockQueue(threadLimit: limit, onThreadStart: onThreadStart, compress: compress)
    }

    deinit {
        queue.end()
    }

    /// How many threads there are.
    public var threadCount: Int { queue.threadCount }
}
