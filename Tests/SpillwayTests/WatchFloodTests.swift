import Foundation
import Testing

/// Programs that have gone wild, on a file system of 600 MB with a floor of a tenth, for some seconds each; for a minute each, and
/// beside others, in Tests/Benchmarks/watch.
@Suite(.serialized, .enabled(if: FileSystem.ext4.missing == nil))
struct WatchFloodTests {
    struct Flood: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var count = 1
        var options: [String]
        var hasText = true
    }

    static let floods = [
        Flood(testDescription: "text at 40 MB a second", options: ["--rate", "40"]),
        Flood(testDescription: "one line at 80 MB a second", options: ["--rate", "80"], hasText: false),
        Flood(testDescription: "a writer that does not append", options: ["--rate", "40", "--mode", "offset"]),
        Flood(testDescription: "twenty at once", count: 20, options: ["--rate", "2"]),
    ]

    @Test(arguments: floods)
    func theDiskNeverBecomesFullAndNoLineIsLost(flood: Flood) throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4, megabytes: 600, making: ["-m", "0"])
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/*.log {\ndaily\nmaxsize 100M\n}\nspace LOG {\nminfree 10%\n}\n")
        try sandbox.write("text", Self.text())
        let watch = try WatchProcess(sandbox)
        try watch.waitForStart()
        let writers = try (0..<flood.count).map { index in
            try sandbox.start(
                LogWriterProcess.program,
                ["flood", "--file", sandbox.path("log/\(index).log"), "--report", sandbox.path("capture/\(index)")]
                    + ["--seconds", "12"] + flood.options + (flood.hasText ? ["--text", sandbox.path("text")] : []))
        }
        for writer in writers { writer.waitUntilExit() }
        #expect(watch.end() < 1)
        // The run that it left ends at its next safe point.
        try sandbox.wait { try sandbox.spillway(["--only", "none"]).status == 0 }
        for index in 0..<flood.count {
            let report = Self.figures(try sandbox.read("capture/\(index)"))
            #expect(report["enospc"] == 0)
            #expect(Double(report["leastfree"] ?? 0) >= 0.02 * Double(report["total"] ?? 0), "\(report)")
            // A machine that is busy may not let it write so much; with less there would be nothing to see.
            #expect((report["bytes"] ?? 0) * flood.count > 200_000_000, "\(report)")
            guard flood.hasText else { continue }
            let count = Self.figures(
                try sandbox.shell(
                    "\(Sandbox.spillway) cat -s state/state --journal state/journal log/\(index).log conf | \(LogWriterProcess.program) floodcount"
                ).output)
            #expect(count["lines"] == report["lines"], "\(count)")
            #expect(count["missing"] == 0 && count["doubled"] == 0 && count["broken"] == 0, "\(count)")
        }
        // It was needed: without it there would be more than fits.
        #expect(try sandbox.names().contains { $0.hasSuffix(".gz") } || flood.count > 1)
    }

    /// What a web server writes: hosts, times and paths that come again and again, and numbers that do not.
    private static func text() -> String {
        var state: UInt64 = 7
        func number(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        return (0..<40_000).map { line in
            "10.\(number(4)).\(number(256)).\(number(256)) - - [29/Nov/2026:10:\(line / 4000 % 60):\(line / 100 % 60) +0000] \"GET /shop/item/\(number(9000))?session=\(String(number(1 << 31), radix: 16)) HTTP/1.1\" 200 \(number(40_000)) \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n"
        }.joined()
    }

    private static func figures(_ text: String) -> [String: Int] {
        Dictionary(
            text.split { $0 == " " || $0 == "\n" }.compactMap { pair in
                let parts = pair.split(separator: "=")
                return parts.count == 2 ? Int(parts[1]).map { (String(parts[0]), $0) } : nil
            }, uniquingKeysWith: { first, _ in first })
    }
}
