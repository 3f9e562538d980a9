import Glibc

/// Blocks on their way to threads and back, and blocks to be used again.
final class BlockQueue: @unchecked Sendable {
    typealias Compression = @Sendable (Block, BlockDeflater) throws(GzipError) -> Void

    /// Blocks that may be in use: one each that is compressed, one that waits for each thread, and one that is filled and
    /// one that is written. Each is at most 2.1 MiB.
    let blockLimit: Int

    private let threadLimit: Int
    private let onThreadStart: (@Sendable () -> Void)?
    private let compress: Compression
    private let monitor = Monitor()

    // Under the monitor's lock.
    private var waiting: [Block] = []
    private var unused: [Block] = []
    private var unusedDeflaters: [BlockDeflater] = []
    private var blocksInUse = 0
    private var threads: [pthread_t] = []
    private var idleThreads = 0
    private var isEnding = false

    init(threadLimit: Int, onThreadStart: (@Sendable () -> Void)?, compress: @escaping Compression) {
        self.threadLimit = threadLimit
        self.onThreadStart = onThreadStart
        self.compress = compress
        blockLimit = min(2 * threadLimit + 2, 20)
    }

    var threadCount: Int { monitor.locked { threads.count } }

    /// Whether who needs a block should wait for one of his own to come back first.
    var isExhausted: Bool { usedBlockCount >= blockLimit }

    var usedBlockCount: Int { monitor.locked { blocksInUse } }

    func take() -> Block {
        monitor.locked {
            blocksInUse += 1
            return unused.popLast() ?? Block()
        }
    }

    func giveBack(_ block: Block) {
        monitor.locked {
            blocksInUse -= 1
            unused.append(block)
        }
    }

    /// Does something on the caller's thread with what compresses there: its tables are made once for all streams
    /// that share these threads.
    func withDeflater<Result>(
        _ body: (BlockDeflater) throws(GzipError) -> Result
    ) throws(GzipError) -> Result {
        let deflater = monitor.locked { unusedDeflaters.popLast() } ?? BlockDeflater()
        defer { monitor.locked { unusedDeflaters.append(deflater) } }
        return try body(deflater)
    }

    /// Hands a block to a thread; false where there is none, and none can be started.
    func submit(_ block: Block) -> Bool {
        monitor.locked {
            if idleThreads <= waiting.count, threads.count < threadLimit { startThread() }
            guard !threads.isEmpty else { return false }
            block.state = .queued
            waiting.append(block)
            monitor.wakeOne(.work)
            return true
        }
    }

    /// What a submitted block has become; nil while it is on its way.
    func result(of block: Block) -> Result<Void, GzipError>? {
        monitor.locked { resultUnlocked(of: block) }
    }

    /// Waits until a submitted block is compressed, or one of its successors has failed.
    func wait(for blocks: [Block]) throws(GzipError) {
        let result: Result<Void, GzipError> = monitor.locked {
            while true {
                for block in blocks {
                    if case .failed(let error) = block.state { return .failure(error) }
                }
                guard let first = blocks.first, resultUnlocked(of: first) == nil else { return .success(()) }
                monitor.wait(for: .result)
            }
        }
        try result.get()
    }

    private func resultUnlocked(of block: Block) -> Result<Void, GzipError>? {
        switch block.state {
        case .filling, .queued, .running: nil
        case .done: .success(())
        case .failed(let error): .failure(error)
        }
    }

    /// Takes blocks back whose result nobody wants. What is being compressed right now is waited for: milliseconds.
    func abandon(_ blocks: [Block]) {
        monitor.locked {
            waiting.removeAll { candidate in blocks.contains { $0 === candidate } }
            for block in blocks {
                while case .running = block.state { monitor.wait(for: .result) }
            }
            blocksInUse -= blocks.count
            unused += blocks
        }
    }

    /// Ends the threads and waits for them.
    func end() {
        let ending = monitor.locked {
            isEnding = true
            monitor.wakeAll(.work)
            defer { threads = [] }
            return threads
        }
        for thread in ending { pthread_join(thread, nil) }
    }

    private func startThread() {
        var thread = pthread_t()
        var all = sigset_t(), before = sigset_t()
        sigfillset(&all)
        // A thread inherits the mask.
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let this = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<BlockQueue>.fromOpaque(argument).takeRetainedValue().serve() }
                return nil
            }, this.toOpaque())
        if status == 0 { threads.append(thread) } else { this.release() }
    }

    private func serve() {
        onThreadStart?()
        let deflater = BlockDeflater()
        while let block = next() {
            let state: Block.State
            do throws(GzipError) {
                try compress(block, deflater)
                state = .done
            } catch {
                state = .failed(error)
            }
            monitor.locked {
                block.state = state
                monitor.wakeAll(.result)
            }
        }
    }

    private func next() -> Block? {
        monitor.locked {
            while waiting.isEmpty {
                if isEnding { return nil }
                idleThreads += 1
                monitor.wait(for: .work)
                idleThreads -= 1
            }
            let block = waiting.removeFirst()
            block.state = .running
            return block
        }
    }
}
