import CZlib

/// Reads gzip streams of any number of members, piece by piece.
public final class GzipReader {
    private var stream = z_stream()
    private var input: [UInt8]
    private var insideMember = false
    private var ended = false
    private let source: (UnsafeMutableRawBufferPointer) throws -> Int

    /// A reader of what `source` delivers: it fills a buffer and says how many bytes it put there, 0 at the end.
    public init(_ source: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) throws(GzipError) {
        self.source = source
        input = [UInt8](repeating: 0, count: 128 << 10)
        // +16: gzip only.
        guard spillway_inflateInit2(&stream, 15 + 16) == Z_OK else { throw .outOfMemory }
    }

    deinit {
        inflateEnd(&stream)
    }

    /// Fills a buffer with what was compressed; how many bytes, 0 at the end.
    ///
    /// Throws `GzipError`, or what the source throws, when all that came before the fault has been read.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let fault { throw fault }
        var filled = 0
        do {
            try fill(buffer, &filled)
        } catch {
            guard filled > 0 else { throw error }
            fault = error
        }
        return filled
    }

    private var fault: (any Error)?

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, _ filled: inout Int) throws {
        while filled < buffer.count, !ended {
            if pending == 0 {
                try refill()
                if pending == 0 {
                    if insideMember { throw GzipError.truncated }
                    ended = true
                    break
                }
            }
            filled += try inflateStep(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        }
    }

    private var consumed = 0
    private var available = 0
    private var pending: Int { available - consumed }

    private func refill() throws {
        consumed = 0
        available = try input.withUnsafeMutableBytes { try source($0) }
    }

    private func inflateStep(_ output: UnsafeMutableRawBufferPointer) throws(GzipError) -> Int {
        let first = consumed
        let count = pending
        let (produced, used, status) = input.withUnsafeMutableBufferPointer { bytes -> (Int, Int, CInt) in
            stream.next_in = bytes.baseAddress.map { $0 + first }
            stream.avail_in = uInt(count)
            stream.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
            stream.avail_out = uInt(min(output.count, 1 << 30))
            let room = Int(stream.avail_out)
            let status = inflate(&stream, Z_NO_FLUSH)
            return (room - Int(stream.avail_out), count - Int(stream.avail_in), status)
        }
        insideMember = true
        consumed += used
        switch status {
        case Z_OK: break
        // No progress was possible: more input is needed.
        case Z_BUF_ERROR: if pending > 0 { throw .corrupt("no progress") }
        case Z_STREAM_END:
            insideMember = false
            inflateReset(&stream)
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw .corrupt(stream.msg.map { String(cString: $0) } ?? "zlib error \(status)")
        }
        return produced
    }
}
