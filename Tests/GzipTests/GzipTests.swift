import Foundation
import Testing

@testable import Gzip

struct GzipTests {
    private func compress(_ input: [UInt8], level: Int = 6, pieceBytes: Int = 1 << 16) throws -> [UInt8] {
        let compressor = try GzipCompressor(level: level)
        var output: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: pieceBytes) {
            Array(input[start..<min(start + pieceBytes, input.count)]).withUnsafeBytes { bytes in
                compressor.append(bytes) { output += $0 }
            }
        }
        compressor.finish { output += $0 }
        return output
    }

    private func expand(_ input: [UInt8], sourcePiece: Int = 1000, bufferBytes: Int = 4096) throws -> [UInt8] {
        var rest = input[...]
        let reader = try GzipReader { buffer in
            let piece = rest.prefix(min(buffer.count, sourcePiece))
            buffer.copyBytes(from: piece)
            rest = rest.dropFirst(piece.count)
            return piece.count
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: bufferBytes)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
            if count == 0 { return output }
            output += buffer[..<count]
        }
    }

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
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString).gz")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(try compress(input)).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(Array(output) == input)
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
