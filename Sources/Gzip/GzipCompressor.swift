import CZlib

/// Compresses a stream to one gzip member (RFC 1952), piece by piece, in memory that does not grow with its length.
///
/// The header holds no time and no name, so that the same input gives the same bytes.
public final class GzipCompressor {
    /// zlib's own default, and that of gzip(1).
    public static let defaultLevel = 6

    private var stream = z_stream()
    private var output = [UInt8](repeating: 0, count: 128 << 10)

    /// A compressor of a level from 1 (fast) to 9 (small).
    public init(level: Int = GzipCompressor.defaultLevel) throws(GzipError) {
        guard (1...9).contains(level) else { throw .invalidLevel(level) }
        // 15 is the largest window, +16 asks for a gzip header and trailer; 9 is the most memory.
        guard spillway_deflateInit2(&stream, CInt(level), 15 + 16, 9) == Z_OK else { throw .outOfMemory }
    }

    deinit {
        deflateEnd(&stream)
    }

    /// Takes the next piece and hands what is ready to `sink`.
    public func append<Failure: Error>(
        _ input: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try run(input, Z_NO_FLUSH, sink)
    }

    /// Ends the member and hands the rest to `sink`. Nothing may be appended afterwards.
    public func finish<Failure: Error>(to sink: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        try run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, sink)
    }

    private func run<Failure: Error>(
        _ input: UnsafeRawBufferPointer, _ flush: CInt, _ sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        // zlib's counters have 32 bits.
        var rest = input[...]
        repeat {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = rest.dropFirst(piece.count)
            // zlib only reads the input, though its type does not say so.
            stream.next_in = UnsafeMutablePointer(mutating: piece.assumingMemoryBound(to: UInt8.self).baseAddress)
            stream.avail_in = uInt(piece.count)
            var full: Bool
            repeat {
                let produced = deflateStep(flush)
                full = produced == output.count
                if produced > 0 { try emit(produced, sink) }
            } while full
        } while !rest.isEmpty
        stream.next_in = nil
    }

    /// Fills the output once; how many bytes came. deflate(3) only fails for a stream that was overwritten.
    private func deflateStep(_ flush: CInt) -> Int {
        output.withUnsafeMutableBufferPointer { buffer in
            stream.next_out = buffer.baseAddress
            stream.avail_out = uInt(buffer.count)
            _ = deflate(&stream, flush)
            return buffer.count - Int(stream.avail_out)
        }
    }

    private func emit<Failure: Error>(_ count: Int, _ sink: (UnsafeRawBufferPointer) throws(Failure) -> Void)
        throws(Failure)
    {
        try output.withUnsafeBytes { buffer -> Result<Void, Failure> in
            do throws(Failure) {
                return .success(try sink(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
