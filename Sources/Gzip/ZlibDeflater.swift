import CZlib

/// Deflate as zlib does it: what others are measured by, and who stands in for them. It belongs to one thread.
final class ZlibDeflater {
    /// As far as deflate looks back.
    static let windowBytes = 32 << 10

    // zlib remembers where its stream is.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// - Parameter level: zlib's, from 1 to 9.
    init(level: Int) throws(GzipError) {
        stream.initialize(to: z_stream())
        // -15: the largest window, no header. 8 is zlib's default for memory.
        guard spillway_deflateInit2(stream, CInt(level), -15, 8) == Z_OK else { throw .outOfMemory }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses to a whole deflate stream, or with a dictionary of `windowBytes` before it to a part of one; how many
    /// bytes that is. Throws `.failed` where there is no room for it.
    func compress(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer,
        behind dictionary: UnsafeRawPointer? = nil
    ) throws(GzipError) -> Int {
        guard deflateReset(stream) == Z_OK else { throw .failed }
        if let dictionary {
            let bytes = dictionary.assumingMemoryBound(to: UInt8.self)
            guard deflateSetDictionary(stream, bytes, uInt(Self.windowBytes)) == Z_OK else { throw .failed }
        }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = uInt(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(output.count)
        let status = deflate(stream, dictionary == nil ? Z_FINISH : Z_SYNC_FLUSH)
        guard status == (dictionary == nil ? Z_STREAM_END : Z_OK), stream.pointee.avail_in == 0 else { throw .failed }
        return output.count - Int(stream.pointee.avail_out)
    }
}
