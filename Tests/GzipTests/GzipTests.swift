import Testing

@testable import Gzip

struct GzipTests {
    private func compress(_ input: [UInt8], level: Int = 6, pieceBytes: Int = 1 << 16) throws -> [UInt8] {
        try Samples.compress(input, level: level, pieceBytes: pieceBytes, workers: nil)
    }

    private func expand(_ input: [UInt8]) throws -> [UInt8] { try Samples.expand(input) }

    private func log(lines: Int) -> [UInt8] {
        Array(
            (0..<lines).map { "Nov 22 10:\($0 % 60) host daemon[\($0 * 7919 % 4096)]: event number \($0)\n" }.joined()
                .utf8)
    }

    @Test(arguments: [0, 1, 100, 65536, 300_000])
    func whatIsCompressedComesBack(_ lines: Int) throws {
        let input = log(lines: lines)
        for pieceBytes in [1, 7777, 1 << 20] where pieceBytes > 1 || lines < 1000 {
            #expect(try expand(try compress(input, pieceBytes: pieceBytes)) == input)
        }
    }

    @Test func gzipReadsIt() throws {
        let input = log(lines: 10000)
        let answer = try withFile(try compress(input)) { try run("/bin/gzip", "-dc", $0) }
        #expect(answer.status == 0)
        #expect(answer.output == input)
    }

    @Test func theSameInputGivesTheSameBytes() throws {
        let input = log(lines: 5000)
        #expect(try compress(input, pieceBytes: 100) == (try compress(input, pieceBytes: 1 << 20)))
        // No time in the header.
        #expect(Array(try compress(input)[4..<8]) == [0, 0, 0, 0])
    }

    @Test func levelsTradeSizeForTime() throws {
        let input = log(lines: 50000)
        #expect(try compress(input, level: 9).count < (try compress(input, level: 1).count))
        #expect(throws: GzipError.invalidLevel(0)) { try GzipCompressor(level: 0) }
        #expect(throws: GzipError.invalidLevel(10)) { try GzipCompressor(level: 10) }
    }

    @Test func membersFollowEachOther() throws {
        let first = log(lines: 100), second = log(lines: 50)
        #expect(try expand(try compress(first) + compress(second)) == first + second)
    }

    @Test func aCutOrDamagedStreamIsAnError() throws {
        let whole = try compress(log(lines: 2000))
        for length in [1, 9, 10, 11, whole.count / 2, whole.count - 1] {
            #expect(throws: GzipError.truncated, "\(length) bytes") { try expand(Array(whole[..<length])) }
        }
        var damaged = whole
        damaged[damaged.count - 6] ^= 1
        #expect(throws: GzipError.self) { try expand(damaged) }
        #expect(throws: GzipError.self) { try expand(Array("plain text".utf8)) }
        #expect(try expand([]) == [])
    }
}
