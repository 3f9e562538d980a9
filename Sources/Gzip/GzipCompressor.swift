import CZlib

/// Compresses a stream to one gzip member (RFC 1952), piece by piece, in memory that does not grow with its length.
///
/// The input is cut into blocks that are compressed side by side, each by itself, and joined in order. libdeflate
/// compresses; zlib, an independent implementation, reads every block back before it is handed out. The same input gives
/// the same bytes, whatever the pieces it comes in and the number of threads; the header holds no time and no name.
///
/// It belongs to one thread, and hands out what is ready on that thread only, in order. It runs ahead of its sink as far
/// as there are blocks (`GzipWorkers`). One that is dropped without `finish` leaves nothing behind.
public final class GzipCompressor {
    /// zlib's own default, and that of gzip(1).
    public static let defaultLevel = 6

    private let level: Int
    private var effort: Effort
    /// They live as long as somebody has this object.
    private let workers: GzipWorkers?
    private let queue: BlockQueue

    private var state = State.open
    private var filling: Block?
    /// Oldest first. Until the second is full none is submitted: small logs need no thread.
    private var full: [Block] = []
    private var submittedCount = 0
    private var fullCount = 0
    private var headerIsOut = false
    private var checksum: UInt = 0
    private var lengthBytes: UInt64 = 0

    private static let tinyBytes = 8 << 10

    private enum State { case open, inputEnded, ended }

    /// - Parameters:
    ///   - level: from 1 (fast) to 9 (small).
    ///   - workers: the threads to use from the second full block on; nil compresses on the caller's.
    public init(level: Int = GzipCompressor.defaultLevel, workers: GzipWorkers? = nil) throws(GzipError) {
        guard (1...9).contains(level) else { throw .invalidLevel(level) }
        self.level = level
        effort = Effort(level: level)
        self.workers = workers
        queue =
            workers?.queue
            ?? BlockQueue(threadLimit: 0, onThreadStart: nil) { _, _ throws(GzipError) in throw .failed }
    }

    deinit {
        cancel()
    }

    /// Takes the next piece and hands what is ready to `sink`.
    ///
    /// Throws what the sink throws, or a `GzipError`; nothing can be appended afterwards.
    public func append(_ input: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = input[...]
        while !rest.isEmpty {
            let count = try append(upTo: rest.count, to: sink) { free in
                free.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(free.count)))
                return free.count
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Takes what `source` puts into a buffer of `limitBytes` or less, and hands what is ready to `sink`; how many bytes
    /// that were. The source is called once, and says how many bytes it put there.
    ///
    /// Throws what source or sink throw, or a `GzipError`; nothing can be appended afterwards.
    @discardableResult
    public func append(
        upTo limitBytes: Int, to sink: (UnsafeRawBufferPointer) throws -> Void,
        from source: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> Int {
        try guarded {
            guard state == .open else { throw GzipError.ended }
            let block = try filling ?? takeBlock(sink)
            filling = block
            let free = UnsafeMutableRawBufferPointer(rebasing: block.freeInput.prefix(max(0, limitBytes)))
            let count = max(0, min(try source(free), free.count))
            block.inputCount += count
            if block.isFull { try pass(block, sink) }
            return count
        }
    }

    /// Nothing will be appended any more: what is left goes to the threads, without waiting for it. `finish` fetches it, and
    /// compresses what is too little for a thread.
    ///
    /// This is how many small streams are compressed side by side: end the input of several, then finish each.
    public func endInput() {
        guard state == .open, workers != nil else { return }
        state = .inputEnded
        if let last = filling, last.inputCount > 0 {
            filling = nil
            end(last)
            // Waking a thread takes longer than compressing that.
            if full.count == 1, last.inputCount <= Self.tinyBytes { return }
        }
        submit()
    }

    /// Whether `finish` would not have to wait.
    public var isReady: Bool {
        full[..<submittedCount].allSatisfy { queue.result(of: $0) != nil }
    }

    /// Ends the member and hands the rest to `sink`. Nothing may be appended afterwards.
    ///
    /// Throws what the sink throws, or a `GzipError`.
    public func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try guarded {
            guard state != .ended else { throw GzipError.ended }
            if let last = filling, last.inputCount > 0 {
                filling = nil
                end(last)
                if submittedCount > 0 { submit() }
            }
            let endsWithBlock = full.last?.isLast ?? false
            while !full.isEmpty { try handOutFirst(sink) }
            if !endsWithBlock { try handOutEnd(sink) }
        }
        cancel()
    }

    /// Ends it without a result, and takes back what the threads have of it.
    public func cancel() {
        state = .ended
        queue.abandon(full + (filling.map { [$0] } ?? []))
        full = []
        submittedCount = 0
        filling = nil
    }

    /// After an error nothing is left on its way, and nothing more is taken.
    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            cancel()
            throw error
        }
    }
}

extension GzipCompressor {
    /// A block to be filled. While all are in use, what is ready is handed out first, if there is something of this stream.
    private func takeBlock(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Block {
        while submittedCount > 0, queue.isExhausted { try handOutFirst(sink) }
        let block = queue.take()
        block.begin()
        return block
    }

    /// From so many full blocks on it is worth while to try how hard they are to be looked through, and so often again. What
    /// comes of it depends on the input alone.
    private static let firstTried = 3
    private static let triedEvery = 2 * Effort.period

    private func pass(_ block: Block, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        // At level 1 nothing is faster.
        if level > 1, fullCount % Self.triedEvery == Self.firstTried,
            // Where that is not possible, as without memory, what was good enough before is.
            let tried = try? queue.withDeflater({ deflater throws(GzipError) in
                try deflater.effort(for: block, level: level)
            })
        {
            effort = tried
        }
        block.deflateLevel = effort.level(ofBlock: fullCount)
        full.append(block)
        filling = nil
        fullCount += 1
        guard workers != nil else { return try handOutFirst(sink) }
        // Threads that there are cost nothing.
        if fullCount > 1 || queue.threadCount > 0 { submit() }
        // Where no thread can be started, this one does the work.
        while fullCount > 1, submittedCount == 0, !full.isEmpty { try handOutFirst(sink) }
        while submittedCount > 0, let first = full.first, queue.isExhausted || queue.result(of: first) != nil {
            try handOutFirst(sink)
        }
    }

    private func end(_ block: Block) {
        block.isLast = true
        block.deflateLevel = effort.level(ofBlock: fullCount)
        full.append(block)
    }

    /// Whatever is full and has not been handed to the threads goes there.
    private func submit() {
        while submittedCount < full.count, queue.submit(full[submittedCount]) { submittedCount += 1 }
    }

    private func handOutFirst(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let block = full.first else { return }
        if submittedCount > 0 {
            try queue.wait(for: Array(full[..<submittedCount]))
            submittedCount -= 1
        } else {
            try queue.withDeflater { deflater throws(GzipError) in try deflater.compress(block) }
        }
        full.removeFirst()
        defer { queue.giveBack(block) }
        lengthBytes += UInt64(block.inputCount)
        checksum = UInt(crc32_combine(uLong(checksum), uLong(block.checksum), block.inputCount))
        var piece = UnsafeMutableRawBufferPointer(start: block.output, count: block.outputCount)
        if !headerIsOut {
            headerIsOut = true
            piece = UnsafeMutableRawBufferPointer(
                start: block.output - Block.headerBytes, count: Block.headerBytes + piece.count)
            piece.copyBytes(from: header)
        }
        if block.isLast {
            piece = UnsafeMutableRawBufferPointer(
                start: piece.baseAddress, count: piece.count + Block.trailerBytes)
            UnsafeMutableRawBufferPointer(rebasing: piece.suffix(Block.trailerBytes)).copyBytes(from: trailer)
        }
        try sink(UnsafeRawBufferPointer(piece))
    }

    /// An end without a block: the input was empty, or ended with a full one.
    private func handOutEnd(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        // Deflate's shortest last block: fixed codes, and the code for the end.
        let end = (headerIsOut ? [] : header) + [3, 0] + trailer
        headerIsOut = true
        try end.withUnsafeBytes { try sink($0) }
    }

    private var header: [UInt8] {
        // What gzip(1) says of its two extremes; 3 is Unix.
        let extra: UInt8 = level == 9 ? 2 : level == 1 ? 4 : 0
        return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra, 3]
    }

    private var trailer: [UInt8] {
        // The length modulo 2^32, as RFC 1952 has it.
        [UInt64(checksum), lengthBytes].flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
    }
}
