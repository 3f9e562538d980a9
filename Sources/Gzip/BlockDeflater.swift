import CZlib

/// Compresses one block after the other with libdeflate, and reads each back with zlib. It belongs to one thread.
final class BlockDeflater {
    /// Makes a whole deflate stream of some bytes at a level, in the room there is; how many bytes it has.
    typealias Deflate =
        (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer, _ level: Int) throws(GzipError) -> Int

    private let deflate: Deflate
    private var readBack: ReadBack?

    convenience init() {
        self.init(deflate: DeflateCompressors().compress)
    }

    /// For tests: with another compressor in place of libdeflate.
    init(deflate: @escaping Deflate) {
        self.deflate = deflate
    }

    /// Fills the block's output, count and checksum. Throws `.outOfMemory`, or `.failed` if neither library does what it
    /// should.
    func compress(_ block: Block) throws(GzipError) {
        block.outputCount = 0
        let output = UnsafeMutableRawBufferPointer(start: block.output, count: Block.outputBytes - Self.markerBytes)
        let input = block.input
        var count = try deflate(input, output, block.deflateLevel)
        var places = try places(of: output, count, saying: input)
        if places == nil {
            // A log that cannot be compressed would fill the disk, and what did not work once will not work again.
            count = try ZlibDeflater(level: block.deflateLevel).compress(input, to: output)
            places = try self.places(of: output, count, saying: input)
        }
        guard let places else { throw .failed }
        block.outputCount = block.isLast ? count : Self.continued(block.output, places)
        // Nobody reads this one back: it comes from those who will compare it.
        block.checksum = UInt(crc32(0, input.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(input.count)))
    }

    private func places(
        of output: UnsafeMutableRawBufferPointer, _ count: Int, saying input: UnsafeRawBufferPointer
    ) throws(GzipError) -> ReadBack.Places? {
        let reader: ReadBack
        if let readBack { reader = readBack } else { reader = try ReadBack() }
        readBack = reader
        return reader.places(of: UnsafeRawBufferPointer(rebasing: output[..<count]), saying: input)
    }

    /// What `continued` adds at most.
    private static let markerBytes = 5

    /// Makes a whole stream one that another can follow: its last block is no longer the last, and an empty one that ends at
    /// a whole byte comes behind it, as zlib's Z_SYNC_FLUSH has it. How many bytes it is then.
    private static func continued(_ output: UnsafeMutableRawPointer, _ places: ReadBack.Places) -> Int {
        let bytes = output.assumingMemoryBound(to: UInt8.self)
        bytes[places.lastBlock >> 3] &= ~(1 << UInt8(places.lastBlock & 7))
        var count = (places.end + 7) >> 3
        let unused = count * 8 - places.end
        if unused > 0 { bytes[count - 1] &= 0xff >> UInt8(unused) }
        // Three bits that are 0: a stored block, which is not the last.
        if unused < 3 {
            bytes[count] = 0
            count += 1
        }
        // Its length, 0, and the complement of it.
        for (place, byte) in ([0, 0, 0xff, 0xff] as [UInt8]).enumerated() { bytes[count + place] = byte }
        return count + 4
    }

    // Behind as much as deflate looks back at, so much of a block tells how hard the next ones are to be looked through: as
    // much as pigz compresses at a time.
    private static let sampleBytes = 128 << 10

    /// The least effort that makes blocks like this full one no larger than pigz makes them at a level.
    ///
    /// What the block is to be compressed to is written over.
    func effort(for block: Block, level: Int) throws(GzipError) -> Effort {
        let output = UnsafeMutableRawBufferPointer(start: block.output, count: Block.outputBytes)
        let first = UnsafeRawBufferPointer(rebasing: block.input.prefix(ZlibDeflater.windowBytes))
        let both = UnsafeRawBufferPointer(rebasing: block.input.prefix(ZlibDeflater.windowBytes + Self.sampleBytes))
        guard both.count == ZlibDeflater.windowBytes + Self.sampleBytes else { return Effort(level: level) }
        let sample = UnsafeRawBufferPointer(rebasing: both[ZlibDeflater.windowBytes...])
        let pigzs = try ZlibDeflater(level: level).compress(sample, to: output, behind: first.baseAddress)
        return try .least(level, within: pigzs * (Block.lengthBytes / Self.sampleBytes)) {
            candidate throws(GzipError) in
            let cold = try deflate(first, output, candidate)
            let whole = try deflate(both, output, candidate)
            // Our blocks have nothing before them, and what is true of the sample is true of the rest.
            return cold + (whole - cold) * (Block.lengthBytes - first.count) / Self.sampleBytes
        }
    }
}
