extension GzipWorkers {
    /// Compresses independent sources side by side, each to a gzip member of its own.
    ///
    /// All closures run on the caller's thread. Sources are read one after the other, while earlier ones are still
    /// compressed; results are finished in the same order, and memory is bounded as for one stream.
    ///
    /// - Parameters:
    ///   - count: how many sources there are; the closures get their numbers from 0 on.
    ///   - level: from 1 (fast) to 9 (small).
    ///   - read: fills a buffer from a source and says how many bytes it put there, 0 at the end.
    ///   - write: takes the next piece of a source's result.
    ///   - finished: called once for each source in order: its archive is complete, or an error of `read`, `write` or
    ///     the compression's ended it (the others go on). What this throws ends the whole batch.
    public func compress(
        sources count: Int, level: Int = GzipCompressor.defaultLevel,
        read: (Int, UnsafeMutableRawBufferPointer) throws -> Int,
        write: (Int, UnsafeRawBufferPointer) throws -> Void,
        finished: (Int, (any Error)?) throws -> Void
    ) throws {
        var open: ArraySlice<(source: Int, result: Result<GzipCompressor, any Error>)> = []
        func finishFirst() throws {
            guard let (source, result) = open.popFirst() else { return }
            let outcome = Result { try result.get().finish { try write(source, $0) } }
            if case .failure(let error) = outcome { return try finished(source, error) }
            try finished(source, nil)
        }
        for source in 0..<count {
            // A source needs a block at least; several may be written to at a time, but not more than there are blocks.
            while isTimeToFinish(open.first?.result, openCount: open.count) { try finishFirst() }
            let result = Result {
                let compressor = try GzipCompressor(level: level, workers: self)
                var taken = 0
                repeat {
                    taken = try compressor.append(upTo: Block.lengthBytes, to: { try write(source, $0) }) {
                        try read(source, $0)
                    }
                } while taken > 0
                // A single one is finished at once.
                if count > 1 { compressor.endInput() }
                return compressor
            }
            open.append((source, result))
        }
        while !open.isEmpty { try finishFirst() }
    }

    /// A source needs a block at least; several may be open at a time, but not more than there are blocks.
    private func isTimeToFinish(_ first: Result<GzipCompressor, any Error>?, openCount: Int) -> Bool {
        guard let first else { return false }
        guard case .success(let compressor) = first else { return true }
        return queue.isExhausted || openCount >= queue.blockLimit || compressor.isReady
    }
}
