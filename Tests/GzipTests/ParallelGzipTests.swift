import Foundation
import Testing

@testable import Gzip

/// Several threads, several blocks: what a reader of the archive gets.
struct ParallelGzipTests {
    private static let block = Block.lengthBytes

    @Test(arguments: [0, 1, block - 1, block, block + 1, 2 * block, 3 * block + 4711])
    func gzipAndPythonReadOneMember(_ length: Int) throws {
        let input = Array(Samples.log(bytes: length))
        let output = try Samples.compress(input, workers: GzipWorkers(count: 3))
        let gzip = try withFile(output) { path in
            #expect(try run("/bin/gzip", "-t", path).status == 0)
            return try run("/bin/zcat", path)
        }
        expectSame(gzip.output, input)
        // zlib's object ends at the end of the member: nothing may be behind it.
        let script = """
            import sys, zlib
            reader = zlib.decompressobj(31)
            sys.stdout.buffer.write(reader.decompress(open(sys.argv[1], 'rb').read()))
            sys.exit(0 if reader.eof and not reader.unused_data else 1)
            """
        let answer = try withFile(output) { try run("/usr/bin/env", "python3", "-c", script, $0) }
        if answer.status == 127 { return print("no python3 here: gzip alone has read it") }
        #expect(answer.status == 0)
        expectSame(answer.output, input)
    }

    @Test(arguments: 1...9)
    func everyLevelComesBackAndIsNoLargerThanGzips(_ level: Int) throws {
        for (kind, input) in Samples.kinds {
            let output = try Samples.compress(input, level: level, workers: GzipWorkers(count: 2))
            expectSame(try withFile(output) { try run("/bin/zcat", $0).output }, input, "\(kind)")
            let gzips = try withFile(input) { try run("/bin/gzip", "-\(level)", "-c", $0).output.count }
            // Each block has tables of its own, which are all there is of a flood.
            let tables = 100 * (input.count / Self.block + 1)
            #expect(output.count < gzips * 101 / 100 + tables, "\(kind): \(output.count), gzip \(gzips)")
        }
    }

    @Test func neitherThreadsNorPiecesChangeTheBytes() throws {
        let input = Samples.log(bytes: 6 * Self.block + 12345)
        let expected = try Samples.compress(input, workers: nil)
        for count in [1, 2, 7, 100] {
            let workers = GzipWorkers(count: count)
            for pieceBytes in [1000, 65537, Self.block, input.count] {
                expectSame(try Samples.compress(input, pieceBytes: pieceBytes, workers: workers), expected)
            }
        }
    }

    /// From the fourth block on a log is looked through as hard as it has to be, and no less.
    @Test(arguments: [6, 20])
    func whatIsLookedThroughLessIsNoLargerThanPigzMakesIt(_ blocks: Int) throws {
        let input = Samples.log(bytes: blocks * Self.block + 77)
        let output = try Samples.compress(input, workers: GzipWorkers(count: 2))
        expectSame(try withFile(output) { try run("/bin/zcat", $0).output }, input)
        let gzips = try withFile(input) { try run("/bin/gzip", "-6", "-c", $0).output.count }
        #expect(output.count <= gzips * 1005 / 1000, "\(output.count), gzip \(gzips)")
    }

    @Test func aSourceFillsTheBlocksItself() throws {
        let input = Samples.log(bytes: 3 * Self.block + 99)
        let compressor = try GzipCompressor(workers: GzipWorkers(count: 2))
        var output: [UInt8] = [], taken = 0, lengths = [70_000, 1, 3 << 20].makeIterator()
        while taken < input.count {
            let length = lengths.next() ?? 300_000
            taken += try compressor.append(upTo: length, to: { output += $0 }) { buffer in
                #expect(buffer.count <= length)
                buffer.copyBytes(from: input[taken..<min(taken + buffer.count, input.count)])
                return min(buffer.count, input.count - taken)
            }
        }
        try compressor.finish { output += $0 }
        expectSame(output, try Samples.compress(input, workers: nil))
    }

    @Test func noThreadIsStartedUntilASecondBlockIsFull() throws {
        let workers = GzipWorkers(count: 4)
        for length in [0, 1, Self.block, 2 * Self.block - 1] {
            _ = try Samples.compress(Samples.log(bytes: length), workers: workers)
            #expect(workers.threadCount == 0, "\(length) bytes")
        }
        _ = try Samples.compress(Samples.log(bytes: 2 * Self.block), workers: workers)
        #expect(workers.threadCount > 0)
    }

    @Test func eachThreadRunsItsHookOnce() throws {
        let threads = ThreadList()
        let workers = GzipWorkers(count: 2) { threads.add() }
        for _ in 0..<3 { _ = try Samples.compress(Samples.log(bytes: 5 * Self.block), workers: workers) }
        #expect(workers.threadCount == 2)
        #expect(threads.alive() == 2)
    }

    @Test func withoutThreadsTheCallerDoesTheWorkInTheSameMemory() throws {
        let workers = GzipWorkers(limit: 0) { _, _ throws(GzipError) in throw .failed }
        let input = Samples.log(bytes: 6 * Self.block + 1)
        let compressor = try GzipCompressor(workers: workers)
        var output: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: Self.block) {
            let piece = Array(input[start..<min(start + Self.block, input.count)])
            try piece.withUnsafeBytes { try compressor.append($0) { output += $0 } }
            #expect(workers.queue.usedBlockCount <= 2)
        }
        try compressor.finish { output += $0 }
        expectSame(output, try Samples.compress(input, workers: nil))
        var batch: [UInt8] = []
        try workers.compress(sources: 3) { _, _ in
            0
        } write: { _, piece in
            batch += piece
        } finished: { _, error in
            #expect(error == nil)
        }
        expectSame(batch, Array(repeating: try Samples.compress([], workers: nil), count: 3).flatMap { $0 })
    }

    @Test func aSinkThatThrowsLeavesNoThreadBehind() throws {
        struct DiskFull: Error {}
        let input = Samples.log(bytes: 8 * Self.block)
        let expected = try Samples.compress(input, workers: nil)
        for allowed in 0...8 {
            let threads = ThreadList()
            do {
                let workers = GzipWorkers(count: 2) { threads.add() }
                let compressor = try GzipCompressor(workers: workers)
                var pieces = 0
                let sink: (UnsafeRawBufferPointer) throws -> Void = { _ in
                    if pieces == allowed { throw DiskFull() }
                    pieces += 1
                }
                #expect(throws: DiskFull.self) {
                    try input.withUnsafeBytes { try compressor.append($0, to: sink) }
                    try compressor.finish(to: sink)
                }
                // What is on its way is nobody's; nothing comes any more.
                #expect(throws: GzipError.ended) { try compressor.finish { _ in Issue.record("a piece came") } }
                #expect(throws: GzipError.ended) { try input.withUnsafeBytes { try compressor.append($0) { _ in } } }
                // The threads are there for the next log.
                expectSame(try Samples.compress(input, workers: workers), expected)
                #expect(workers.queue.usedBlockCount == 0)
            }
            #expect(threads.allGone(), "after \(allowed) pieces")
        }
    }

    @Test func aThreadThatFailsStopsTheOthers() throws {
        let calls = Counter()
        let workers = GzipWorkers(limit: 2) { block, deflater throws(GzipError) in
            if calls.add() == 3 { throw .outOfMemory }
            try deflater.compress(block)
        }
        let input = Samples.log(bytes: 40 * Self.block)
        let compressor = try GzipCompressor(workers: workers)
        #expect(throws: GzipError.outOfMemory) {
            try input.withUnsafeBytes { try compressor.append($0) { _ in } }
            try compressor.finish { _ in }
        }
        #expect(calls.value < 20)
        #expect(throws: GzipError.ended) { try compressor.finish { _ in } }
    }

    @Test func aCompressorThatIsDroppedEndsItsThreads() throws {
        let threads = ThreadList()
        for _ in 0..<20 {
            let compressor = try GzipCompressor(workers: GzipWorkers(count: 4) { threads.add() })
            try Samples.log(bytes: 4 * Self.block).withUnsafeBytes { try compressor.append($0) { _ in } }
        }
        #expect(threads.allGone())
    }

    @Test func aCompressorThatIsDroppedLeavesItsBlocksToOthers() throws {
        let workers = GzipWorkers(count: 2)
        for length in [1, Self.block, 4 * Self.block + 1] {
            do {
                let compressor = try GzipCompressor(workers: workers)
                try Samples.log(bytes: length).withUnsafeBytes { try compressor.append($0) { _ in } }
                #expect(workers.queue.usedBlockCount > 0)
            }
            #expect(workers.queue.usedBlockCount == 0, "\(length) bytes")
        }
    }

    @Test func manySmallSourcesAreCompressedSideBySide() throws {
        struct Unreadable: Error {}
        let inputs = (0..<60).map { Samples.log(bytes: $0 % 7 == 3 ? 3 * Self.block + $0 : $0 * 997) }
        var offsets = inputs.map { _ in 0 }
        var outputs = inputs.map { _ in [UInt8]() }
        var order: [Int] = [], failed: [Int] = []
        let workers = GzipWorkers(count: 3)
        try workers.compress(sources: inputs.count) { source, buffer in
            if source == 17 { throw Unreadable() }
            let count = min(buffer.count, inputs[source].count - offsets[source])
            buffer.copyBytes(from: inputs[source][offsets[source]..<offsets[source] + count])
            offsets[source] += count
            return count
        } write: { source, piece in
            outputs[source] += piece
        } finished: { source, error in
            order.append(source)
            if error != nil { failed.append(source) }
        }
        #expect(order == Array(0..<60))
        #expect(failed == [17])
        for source in inputs.indices where source != 17 {
            expectSame(outputs[source], try Samples.compress(inputs[source], workers: nil), "source \(source)")
        }
        #expect(workers.queue.usedBlockCount == 0)
    }

    @Test func aBatchThatIsStoppedStops() throws {
        struct Stopped: Error {}
        var finished = 0
        #expect(throws: Stopped.self) {
            try GzipWorkers(count: 2).compress(sources: 1000) { _, _ in
                0
            } write: { _, _ in
            } finished: { _, _ in
                finished += 1
                if finished == 3 { throw Stopped() }
            }
        }
        #expect(finished == 3)
    }

    /// Waking a thread takes longer than compressing a few KiB.
    @Test func whatIsTinyStartsNoThread() throws {
        for (length, threads) in [(1, 0), (8192, 0), (8193, 1)] {
            let input = Samples.log(bytes: length)
            let workers = GzipWorkers(count: 2)
            let compressor = try GzipCompressor(workers: workers)
            try input.withUnsafeBytes { try compressor.append($0) { _ in Issue.record("a piece came early") } }
            compressor.endInput()
            #expect(workers.threadCount == threads, "\(length) bytes")
            if threads == 0 { #expect(compressor.isReady) }
            var output: [UInt8] = []
            try compressor.finish { output += $0 }
            #expect(output == (try Samples.compress(input, workers: nil)))
            #expect(workers.queue.usedBlockCount == 0)
        }
    }

    @Test func memoryIsBoundedWhateverTheLength() throws {
        // Incompressible, and more threads than any machine has: the most there can be. And half a gibibyte of log.
        for (input, level, threads, times) in [
            (Samples.noise(bytes: 1 << 20), "1", "1000", "64"), (Samples.noise(bytes: 1 << 20), "6", "1000", "64"),
            (Samples.log(bytes: 8 << 20), "6", "2", "64"),
        ] {
            let answer = try withFile(input) { try run(gzipMeasure, $0, level, threads, times, discardingOutput: true) }
            let kibibytes = try #require(Int(answer.errors.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(answer.status == 0)
            #expect(kibibytes < 64 << 10, "\(kibibytes) KiB")
            // It has really been measured.
            #expect(kibibytes > 4 << 10)
        }
    }
}
