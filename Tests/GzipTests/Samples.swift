import Foundation
import Testing

@testable import Gzip

/// Input that is the same in every run, and the plain ways to compress and expand it.
enum Samples {
    /// A mixed log of exactly this many bytes. It repeats itself, farther apart than deflate looks back, and out of step
    /// with the blocks.
    static func log(bytes count: Int) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count { text += someLines.prefix(count - text.count) }
        return text
    }

    private static let someLines: [UInt8] = {
        var random = Random(seed: 42)
        return (0..<8000).flatMap { number in
            Array(
                """
                Nov 22 10:\(number / 600):\(number / 10 % 60) host daemon[\(random.next(4096))]: \
                request \(random.next(1 << 20)) of user\(random.next(200)) took \(random.next(900)) ms\n
                """.utf8)
        }
    }()

    /// Bytes that cannot be compressed.
    static func noise(bytes count: Int) -> [UInt8] {
        var random = Random(seed: 7)
        return (0..<count).map { _ in UInt8(random.next(256)) }
    }

    /// What logs are like, from one extreme to the other.
    static let kinds: [(name: String, content: [UInt8])] = [
        ("a mixed log", log(bytes: 3 << 20)),
        ("a flood of one line", repeated("Jun  1 00:00:00 host tapdisk[2345]: watchdog timeout: pending\n", 50000)),
        ("noise", noise(bytes: 1 << 20)),
    ]

    private static func repeated(_ line: String, _ count: Int) -> [UInt8] {
        Array(String(repeating: line, count: count).utf8)
    }

    static func compress(
        _ input: [UInt8], level: Int = 6, pieceBytes: Int = 1 << 16, workers: GzipWorkers?
    ) throws -> [UInt8] {
        let compressor = try GzipCompressor(level: level, workers: workers)
        var output: [UInt8] = []
        try input.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + pieceBytes, bytes.count)])
                try compressor.append(piece) { output += $0 }
            }
        }
        try compressor.finish { output += $0 }
        return output
    }

    static func expand(_ input: [UInt8], sourcePiece: Int = 1000, bufferBytes: Int = 4096) throws -> [UInt8] {
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
}

/// A generator whose numbers never change (xorshift64).
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 20) % UInt64(limit))
    }
}

/// The program that was built with the tests.
let gzipMeasure: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("GzipMeasure").path
}()

/// That two contents are the same, without printing megabytes where they are not.
func expectSame(
    _ first: [UInt8], _ second: [UInt8], _ what: Comment = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let isSame = first == second
    #expect(isSame, what, sourceLocation: sourceLocation)
}

/// Counts on any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    @discardableResult func add() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }

    var value: Int { lock.withLock { count } }
}

/// The threads of this process that have entered themselves.
final class ThreadList: @unchecked Sendable {
    private let lock = NSLock()
    private var tasks: [String] = []

    func add() {
        let task = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        lock.withLock { tasks.append("/proc/" + (task ?? "unknown")) }
    }

    func alive() -> Int { lock.withLock { tasks.filter(FileManager.default.fileExists).count } }

    /// Some have been there, and all have ended. The kernel clears a thread up just after the end that one can wait for.
    func allGone() -> Bool {
        guard lock.withLock({ !tasks.isEmpty }) else { return false }
        for _ in 0..<500 {
            if alive() == 0 { return true }
            usleep(10000)
        }
        return false
    }
}

/// Hands a file with this content to `body`, and removes it.
func withFile<Result>(_ content: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString).gz")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(content).write(to: file)
    return try body(file.path)
}

struct Answer {
    var status: Int32
    var output: [UInt8]
    var errors: String
}

func run(_ program: String, _ arguments: String..., discardingOutput: Bool = false) throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let output = Pipe(), errors = Pipe()
    process.standardOutput = discardingOutput ? FileHandle.nullDevice : output
    process.standardError = errors
    try process.run()
    let bytes = discardingOutput ? Data() : output.fileHandleForReading.readDataToEndOfFile()
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Answer(
        status: process.terminationStatus, output: Array(bytes), errors: String(decoding: text, as: UTF8.self))
}
