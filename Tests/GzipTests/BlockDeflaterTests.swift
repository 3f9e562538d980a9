import Testing

@testable import Gzip

/// What becomes of single blocks: how they are joined, read back, and how hard they are looked through.
struct BlockDeflaterTests {
    private func block(_ content: [UInt8], isLast: Bool = false) -> Block {
        let block = Block()
        block.begin()
        block.freeInput.copyBytes(from: content)
        block.inputCount = content.count
        block.isLast = isLast
        return block
    }

    private func output(_ block: Block) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: block.output, count: block.outputCount))
    }

    /// One member of these blocks, as a compressor joins them.
    private func expand(_ blocks: [Block]) throws -> [UInt8] {
        let reader = try ReadBack()
        let joined = blocks.flatMap(output), content = blocks.flatMap { Array($0.input) }
        let places = joined.withUnsafeBytes { joined in
            content.withUnsafeBytes { reader.places(of: joined, saying: $0) }
        }
        return places == nil ? [] : content
    }

    @Test func blocksAreJoinedAtWhateverBitTheyEnd() throws {
        let deflater = BlockDeflater(), reader = try ReadBack()
        let text = Samples.log(bytes: 100_000), noise = Samples.noise(bytes: 40_000)
        var ends: Set<Int> = [], blocks: [Block] = []
        for length in (1...120).map({ $0 * $0 }) + [99_999, 100_000] {
            for content in [Array(text.prefix(length)), Array(noise.prefix(length))] {
                let block = block(content)
                let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: 200_000, alignment: 1)
                defer { whole.deallocate() }
                let count = try DeflateCompressors().compress(block.input, whole, 6)
                let stream = UnsafeRawBufferPointer(rebasing: whole[..<count])
                ends.insert(try #require(reader.places(of: stream, saying: block.input)).end % 8)
                try deflater.compress(block)
                blocks.append(block)
                // Each is followed by an end, and by all others.
                let last = self.block([10], isLast: true)
                try deflater.compress(last)
                #expect(try expand([block, last]) == Array(block.input) + [10])
            }
        }
        #expect(ends == Set(0..<8))
        let last = block(Array(text.prefix(1000)), isLast: true)
        try deflater.compress(last)
        #expect(try expand(blocks + [last]).count == blocks.reduce(1000) { $0 + $1.inputCount })
    }

    @Test func whatIsReadBackOtherwiseIsCompressedAgain() throws {
        let content = Samples.log(bytes: 300_000)
        let damages: [(String, (UnsafeMutableRawBufferPointer, Int) -> Int)] = [
            (
                "a byte is another",
                { output, count in
                    output[count / 2] ^= 4; return count
                }
            ),
            ("its end is missing", { _, count in count - 1 }),
            (
                "there is more of it",
                { output, count in
                    output[count] = 0; return count + 1
                }
            ),
            ("there is none", { _, _ in 0 }),
        ]
        for (name, damage) in damages {
            let compressors = DeflateCompressors()
            let deflater = BlockDeflater { input, output, level throws(GzipError) in
                damage(output, try compressors.compress(input, output, level))
            }
            let first = block(content), last = block(Array(content.reversed()), isLast: true)
            try deflater.compress(first)
            try deflater.compress(last)
            #expect(try expand([first, last]) == content + content.reversed(), "\(name)")
        }
        // Whole, and of something else.
        let deflater = BlockDeflater { input, output, level throws(GzipError) in
            try DeflateCompressors().compress(UnsafeRawBufferPointer(rebasing: input.dropLast()), output, level)
        }
        let last = block(content, isLast: true)
        try deflater.compress(last)
        #expect(try expand([last]) == content)
    }

    /// What zlib makes of a full block of noise has room, too.
    @Test func noiseIsCompressedAgain() throws {
        let noise = Samples.noise(bytes: Block.lengthBytes)
        let deflater = BlockDeflater { _, _, _ throws(GzipError) in 0 }
        let first = block(noise), last = block(noise, isLast: true)
        try deflater.compress(first)
        try deflater.compress(last)
        #expect(try expand([first, last]) == noise + noise)
    }

    @Test func theReaderTellsWholeStreamsOfTheContentFromOthers() throws {
        let reader = try ReadBack()
        let content = Samples.log(bytes: 500_000)
        let last = block(content, isLast: true)
        try BlockDeflater().compress(last)
        let stream = output(last)
        func isRead(_ stream: [UInt8], _ content: [UInt8]) -> Bool {
            stream.withUnsafeBytes { stream in content.withUnsafeBytes { reader.places(of: stream, saying: $0) != nil }
            }
        }
        #expect(isRead(stream, content))
        #expect(!isRead(stream, content + [10]))
        #expect(!isRead(stream, content.dropLast()))
        #expect(!isRead(stream + [0], content))
        #expect(!isRead(stream.dropLast(), content))
        var other = content
        other[499_999] ^= 1
        #expect(!isRead(stream, other))
        #expect(isRead(stream, content))
    }

    @Test func theEffortIsTheLeastThatKeepsWithinTheLimit() throws {
        let sizes = [0, 160, 150, 140, 130, 120, 110, 100, 90, 80]
        func least(_ limit: Int, _ level: Int = 6) throws -> Effort {
            try Effort.least(level, within: limit) { level throws(GzipError) in sizes[level] }
        }
        #expect(try least(130) == Effort(level: 4))
        #expect(try least(1000) == Effort(level: 4))
        #expect(try least(120) == Effort(level: 5))
        // Half of the way, and hardly any of it.
        #expect(try least(115) == Effort(level: 5, harder: 8))
        #expect(try least(129) == Effort(level: 4, harder: 2))
        #expect(try least(111) == Effort(level: 5, harder: 15))
        // No level makes it so small.
        #expect(try least(79) == Effort(level: 9))
        #expect(try least(150, 2) == Effort(level: 2))
        for limit in 80...160 {
            let effort = try least(limit, 1)
            let total = (0..<Effort.period).reduce(0) { $0 + sizes[effort.level(ofBlock: $1)] }
            #expect(total <= limit * Effort.period, "\(limit)")
        }
    }

    @Test func whatIsHarderIsSpreadEvenly() {
        let effort = Effort(level: 5, harder: 4)
        #expect((0..<32).filter { effort.level(ofBlock: $0) == 6 } == [3, 7, 11, 15, 19, 23, 27, 31])
        #expect((0..<32).allSatisfy { Effort(level: 5).level(ofBlock: $0) == 5 })
    }

    @Test func aFloodIsLookedThroughLessThanTraces() throws {
        let deflater = BlockDeflater()
        let flood = String(repeating: "Jun  1 00:00:00 host tapdisk[2345]: timeout\n", count: 30_000).utf8
        let easy = try deflater.effort(for: block(Array(flood.prefix(Block.lengthBytes))), level: 6)
        let hard = try deflater.effort(for: block(traces(bytes: Block.lengthBytes)), level: 6)
        #expect(easy.level < 6)
        #expect(hard.level >= 6)
        // There is too little of it to say.
        #expect(try deflater.effort(for: block([10]), level: 7) == Effort(level: 7))
    }

    /// Stacks of the same functions, in an order of their own each time.
    private func traces(bytes count: Int) -> [UInt8] {
        var random = Random(seed: 3), text: [UInt8] = []
        while text.count < count {
            text += "2026-11-30 10:00:00,\(random.next(1000)) ERROR request \(random.next(1 << 30)) failed\n".utf8
            for _ in 0..<20 {
                let name = random.next(300)
                text +=
                    "\tat com.example.app.service\(name % 17).Handler\(name).call(Handler\(name).java:\(name * 7))\n"
                    .utf8
            }
        }
        return Array(text.prefix(count))
    }
}
