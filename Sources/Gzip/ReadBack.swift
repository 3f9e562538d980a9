import CZlib
import Glibc

/// Reads with zlib what was made of a block, before anybody relies on it. It belongs to one thread.
final class ReadBack {
    /// Where something begins or ends in a deflate stream, in bits.
    struct Places {
        /// The header of the last of its blocks, whose first bit says that it is the last.
        var lastBlock = 0
        /// The end of that block.
        var end = 0
    }

    private static let bufferBytes = 128 << 10

    // zlib remembers where its stream is.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 64)

    /// Throws `.outOfMemory` where zlib has none; the buffer itself is not counted on to fail.
    init() throws(GzipError) {
        stream.initialize(to: z_stream())
        // -15: a deflate stream without header or checksum.
        guard spillway_inflateInit2(stream, -15) == Z_OK else {
            // `deinit` runs even so: ending what was not begun does nothing.
            throw .outOfMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        buffer.deallocate()
    }

    /// The places of a whole stream that says exactly this; nil where it says something else, or is damaged.
    func places(of compressed: UnsafeRawBufferPointer, saying content: UnsafeRawBufferPointer) -> Places? {
        guard inflateReset(stream) == Z_OK, let start = compressed.baseAddress, let expected = content.baseAddress,
            let out = buffer.baseAddress
        else { return nil }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = uInt(compressed.count)
        var places = Places()
        var read = 0
        while true {
            stream.pointee.next_out = out.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = uInt(Self.bufferBytes)
            // It comes back at the end of each block.
            let status = inflate(stream, Z_BLOCK)
            let count = Self.bufferBytes - Int(stream.pointee.avail_out)
            guard count <= content.count - read, memcmp(out, expected + read, count) == 0 else { return nil }
            read += count
            if status == Z_STREAM_END { break }
            guard status == Z_OK else { return nil }
            let type = stream.pointee.data_type
            guard type & 128 != 0 else { continue }
            // Of the byte that was read last, so many bits belong to what follows.
            let place = (compressed.count - Int(stream.pointee.avail_in)) * 8 - Int(type & 7)
            if type & 64 != 0 { places.end = place } else { places.lastBlock = place }
        }
        guard read == content.count, stream.pointee.avail_in == 0, places.end > places.lastBlock else { return nil }
        return places
    }
}
