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
        try prepare(level: block.level, block.tuning)
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

    private func prepare(level: Int, _ tuning: DeflateTuning?) throws(GzipError) {
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
        guard let tuning = tuning ?? DeflateTuning.standard(level) else { return }
        // deflateReset(3) forgets it.
        deflateTune(stream, tuning.good, tuning.lazy, tuning.nice, tuning.chain)
    }

    /// The fastest way that makes a part of a full block no larger than pigz does at its level; nil: the standard one.
    ///
    /// What the block is to be compressed to is written over.
    func tuning(for block: Block) throws(GzipError) -> DeflateTuning? {
        guard let own = DeflateTuning.zlibs(block.level) else { return nil }
        // pigz, whose blocks are smaller, is larger than zlib by this and more.
        let limit = try sampleSize(of: block, own) * 1002 / 1000
        for candidate in DeflateTuning.candidates where try sampleSize(of: block, candidate) <= limit {
            return candidate
        }
        return nil
    }

    private func sampleSize(of block: Block, _ tuning: DeflateTuning) throws(GzipError) -> Int {
        try prepare(level: block.level, tuning)
        // Behind as much as deflate looks back at: the window is full from the beginning.
        let input = block.input.assumingMemoryBound(to: UInt8.self)
        guard deflateSetDictionary(stream, input, uInt(Block.dictionaryBytes)) == Z_OK else { throw .failed }
        stream.pointee.next_in = input + Block.dictionaryBytes
        stream.pointee.avail_in = uInt(Block.sampleBytes)
        stream.pointee.next_out = block.output.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(Block.outputBytes)
        guard deflate(stream, Z_SYNC_FLUSH) == Z_OK, stream.pointee.avail_in == 0 else { throw .failed }
        return Block.outputBytes - Int(stream.pointee.avail_out)
    }
}
