/// A piece of the input with the 32 KiB before it, and what became of it.
///
/// It belongs to one thread at a time: to the compressor that fills it, from its submission on to the threads, from its
/// result on to the compressor again. The queue's lock is between them.
final class Block: @unchecked Sendable {
    /// Every block but the last has this length, whatever the pieces that the input comes in: the same input gives the same
    /// output. Smaller ones would cost more than 1 % on a flood of identical lines, which deflate brings down to a
    /// 300th: each block begins with Huffman tables of its own.
    static let lengthBytes = 1 << 20
    /// As far as deflate looks back.
    static let dictionaryBytes = 32 << 10
    /// So much of a block tells how hard the next ones are to be looked through.
    static let sampleBytes = 96 << 10
    /// Room for what encloses a gzip member, so that a small log needs one write.
    static let headerBytes = 10, trailerBytes = 8
    /// Incompressible input grows by 5 bytes in 16 KiB, and by the marker at the end of a block.
    static let outputBytes = lengthBytes + lengthBytes >> 8 + 1024

    enum State {
        case filling, queued, running, done
        case failed(GzipError)
    }

    /// Read and written under the queue's lock once the block has been submitted.
    var state = State.filling
    var level = GzipCompressor.defaultLevel
    /// How it is compressed; nil: as is standard for its level.
    var tuning: DeflateTuning?
    /// Whether it ends the stream.
    var isLast = false
    var dictionaryCount = 0
    var inputCount = 0
    /// Of the input, without the dictionary.
    var checksum: UInt = 0
    var outputCount = 0

    // Pages that are not written to take no memory, so these are as large as they can be needed.
    private let memory = UnsafeMutableRawPointer.allocate(
        byteCount: dictionaryBytes + lengthBytes + headerBytes + outputBytes + trailerBytes, alignment: 64)

    deinit {
        memory.deallocate()
    }

    var input: UnsafeMutableRawPointer { memory + Self.dictionaryBytes }
    var dictionary: UnsafeMutableRawPointer { input - dictionaryCount }
    /// Where the compressed bytes begin; `headerBytes` before it and `trailerBytes` behind them are free.
    var output: UnsafeMutableRawPointer { input + Self.lengthBytes + Self.headerBytes }
    /// What can still be put in.
    var freeInput: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: input + inputCount, count: Self.lengthBytes - inputCount)
    }
    var isFull: Bool { inputCount == Self.lengthBytes }

    /// Makes it the successor of a full block, or with nil the first one.
    func begin(after previous: Block?, level: Int) {
        state = .filling
        self.level = level
        tuning = previous?.tuning
        isLast = false
        inputCount = 0
        outputCount = 0
        dictionaryCount = 0
        guard let previous else { return }
        dictionaryCount = Self.dictionaryBytes
        dictionary.copyMemory(
            from: previous.input + (previous.inputCount - Self.dictionaryBytes), byteCount: Self.dictionaryBytes)
    }
}
