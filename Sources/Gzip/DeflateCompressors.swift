import CDeflate

/// libdeflate's compressors, one for each of its levels that is in use. They belong to one thread.
final class DeflateCompressors {
    /// A stream uses two levels at most. Each needs two thirds of a MiB (level 1: a fifth).
    private static let limit = 2

    // Those used last come last.
    private var compressors: [(level: Int, pointer: OpaquePointer)] = []

    deinit {
        for compressor in compressors { libdeflate_free_compressor(compressor.pointer) }
    }

    /// Compresses to a deflate stream; how many bytes that is, 0 where there is no room for it.
    func compress(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, _ level: Int
    ) throws(GzipError) -> Int {
        let compressor = try compressor(level)
        return libdeflate_deflate_compress(
            compressor, input.baseAddress, input.count, output.baseAddress, output.count)
    }

    private func compressor(_ level: Int) throws(GzipError) -> OpaquePointer {
        if let known = compressors.firstIndex(where: { $0.level == level }) {
            if known != compressors.count - 1 { compressors.append(compressors.remove(at: known)) }
        } else {
            if compressors.count == Self.limit { libdeflate_free_compressor(compressors.removeFirst().pointer) }
            guard let pointer = libdeflate_alloc_compressor(CInt(level)) else { throw .outOfMemory }
            compressors.append((level, pointer))
        }
        guard let last = compressors.last else { throw .failed }
        return last.pointer
    }
}
