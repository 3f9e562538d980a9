/// A piece of the input, and what became of it.
///
/// It belongs to one thread at a time: to the compressor that fills it, from its submission on to the threads, from its
/// result on to the compressor again. The queue's lock is between them.
final class Block: @unchecked Sendable {
    /// Every block but the last has this length, whatever the pieces that the input comes in: the same input gives the same
    /// output. A block knows nothing of the one before it, which costs the first 32 KiB of it some of their matches: smaller
    /// ones would cost more than 1 %.
    static let lengthBytes = 1 << 20
    /// Room for what encloses a gzip member, so that a small log needs one write.
    static let headerBytes = 10, trailerBytes = 8
    /// Incompressible input grows by 5 bytes in some thousand, and by the marker at the end of a block.
    static let outputBytes = lengthBytes + lengthBytes >> 8 + 1024

    enum State {
        case filling, queued, running, done
        case failed(GzipError)
    }

    /// Read and written under the queue's lock once the block has been submitted.
    var state = State.filling
    /// How hard it is looked through: libdeflate's level.
    var deflateLevel = GzipCompressor.defaultLevel
    /// Whether it ends the stream.
    var isLast = false
    var inputCount = 0
    /// Of the input.
    var checksum: UInt = 0
    var outputCount = 0

    // Pages that are not written to take no memory, so these are as large as they can be needed.
    private let memory = UnsafeMutableRawPointer.allocate(
        byteCount: lengthBytes + headerBytes + outputBytes + trailerBytes, alignment: 64)

    deinit {
        memory.deallocate()
    }

    /// Where the compressed bytes begin; `headerBytes` before it and `trailerBytes` behind them are free.
    var output: UnsafeMutableRawPointer { memory + Self.lengthBytes + Self.headerBytes }
    var input: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: inputCount) }
    /// What can still be put in.
    var freeInput: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory + inputCount, count: Self.lengthBytes - inputCount)
    }
    var isFull: Bool { inputCount == Self.lengthBytes }

    /// Makes it an empty one.
    func begin() {
        state = .filling
        isLast = false
        inputCount = 0
        outputCount = 0
    }
}
