import CZlib

/// zlib's state for compressing one block after the other. It belongs to one thread.
final class BlockDeflater {
    // zlib remembers where its stream is.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var level: Int?

    init() {
        stream.initialize(to: z_stream())
    }

    deinit {
        if level != nil { deflateEnd(stream) }
        stream.deallocate()
    }

    /// Fills the block's output, count and checksum. Throws `.outOfMemory`, or `.failed` if zlib does what it never should.
    func compress(_ block: Block) throws(GzipError) {
        try prepare(level: block.level)
        let input = block.input.assumingMemoryBound(to: UInt8.self)
        if block.dictionaryCount > 0 {
            let dictionary = block.dictionary.assumingMemoryBound(to: UInt8.self)
            guard deflateSetDictionary(stream, dictionary, uInt(block.dictionaryCount)) == Z_OK else { throw .failed }
        }
        stream.pointee.next_in = input
        stream.pointee.avail_in = uInt(block.inputCount)
        stream.pointee.next_out = block.output.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(Block.outputBytes)
        // A flush ends at a whole byte, where the next block can follow.
        let status = deflate(stream, block.isLast ? Z_FINISH : Z_SYNC_FLUSH)
        guard status == (block.isLast ? Z_STREAM_END : Z_OK), stream.pointee.avail_in == 0,
            stream.pointee.avail_out > 0
        else { throw .failed }
        block.outputCount = Block.outputBytes - Int(stream.pointee.avail_out)
        block.checksum = UInt(crc32(0, input, uInt(block.inputCount)))
    }

    private func prepare(level: Int) throws(GzipError) {
        if self.level == level {
            guard deflateReset(stream) == Z_OK else { throw .failed }
        } else {
            if self.level != nil { deflateEnd(stream) }
            self.level = nil
            stream.pointee = z_stream()
            // -15: the largest window, no header. 8 is zlib's default for memory: 9 compresses logs no better, and its
            // tables no longer fit the nearest caches (8 % slower).
            guard spillway_deflateInit2(stream, CInt(level), -15, 8) == Z_OK else { throw .outOfMemory }
            self.level = level
        }
        guard let tuning = Self.tunings[level] else { return }
        // deflateReset(3) forgets it.
        deflateTune(stream, tuning.good, tuning.lazy, tuning.nice, tuning.chain)
    }

    /// Where zlib's parameters for a level are not the best for logs: measured on the kinds of `Tests/Benchmarks/make-log`,
    /// and on changelogs, traces and listings.
    ///
    /// A line of a log is like its neighbours, so there are many matches, and the best one is often found a byte later
    /// (lazy), while the far end of a hash chain finds little. At level 6 this is an eighth faster than zlib's own values
    /// (8, 16, 128, 128), and smaller.
    private static let tunings: [Int: (good: CInt, lazy: CInt, nice: CInt, chain: CInt)] = [
        5: (4, 128, 64, 24),
        6: (4, 128, 128, 72),
        7: (4, 128, 128, 160),
    ]
}
