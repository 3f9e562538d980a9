import Foundation
import Testing

/// What spillway did last night.
struct HistoryTests {
    private func history(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> Finished {
        let run = try sandbox.run(
            Sandbox.spillway, ["history", "--journal", sandbox.path("state/journal")] + arguments,
            environment: ["TZ": "UTC"])
        return Finished(
            status: run.status, output: run.output.replacingOccurrences(of: sandbox.root, with: "ROOT"),
            error: run.error.replacingOccurrences(of: sandbox.root, with: "ROOT"))
    }

    private func records(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> [[String: Any]] {
        try history(sandbox, ["--json"] + arguments).output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func rotationsAndExpiriesAreRecordedOnce() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\nrotate 1\n}\n")
        for _ in 1...2 {
            try sandbox.write("log/a.log", "one\ntwo\n")
            try sandbox.spillway(["-f"])
        }
        // A run that does nothing leaves nothing.
        let size = try sandbox.read("state/journal.history").count
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.read("state/journal.history").count == size)
        let records = try records(sandbox)
        #expect(records.map { $0["kind"] as? String } == ["rotate", "run", "rotate", "expire", "run"], "\(records)")
        #expect(
            records[0]["path"] as? String == "ROOT/log/a.log" && records[0]["to"] as? String == "ROOT/log/a.log.1.gz")
        #expect(records[0]["bytes"] as? Int == 8)
        #expect(records[3]["rule"] as? String == "rotate" && records[3]["log"] as? String == "ROOT/log/a.log")
        #expect(
            records[4]["reason"] as? String == "1 log, 1 rotated"
                || (records[4]["reason"] as? String)?.hasPrefix("1 log, 1 rotated") == true)
        let text = try history(sandbox).output.split(separator: "\n")
        #expect(text.count == 5 && text[0].contains("  rotated    ROOT/log/a.log to a.log.1.gz, 8 B; "), "\(text)")
        #expect(text[3].contains("  expired    ROOT/log/a.log.2.gz") && text[3].hasSuffix("rotate 1 keeps no more"))
    }

    /// The question of the morning: what did the budget take.
    @Test func anEvictionHasItsLimitAndItsBytes() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\nmaxtotal 40k\nnocompress\n}\n")
        for _ in 1...4 {
            try sandbox.write("log/a.log", String(repeating: "a line of a log\n", count: 1000))
            try sandbox.spillway(["-f"])
        }
        let evictions = try records(sandbox, ["--kind", "evict"])
        #expect(!evictions.isEmpty)
        #expect(evictions.allSatisfy { $0["rule"] as? String == "maxtotal" && ($0["bytes"] as? Int ?? 0) > 8000 })
        #expect(evictions.allSatisfy { ($0["reason"] as? String)?.contains("maxtotal 40 KiB") == true }, "\(evictions)")
        #expect(try records(sandbox, ["--log", sandbox.path("log/b.log")]).isEmpty)
        #expect(try records(sandbox, ["--log", sandbox.path("log/a.log"), "--kind", "rotate"]).count == 4)
        #expect(try records(sandbox, ["--since", "1h"]).count > 4)
        #expect(try records(sandbox, ["--since", "2099-01-01"]).isEmpty)
        #expect(try history(sandbox, ["--kind", "nonsense"]).status == 64)
    }

    @Test func errorsAreRecordedWhenTheyAreTold() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\nprerotate\nexit 3\nendscript\n}\n")
        try sandbox.write("log/a.log", "one\n", ageSeconds: 200_000)
        for _ in 1...3 { _ = try sandbox.spillway(["-f"]) }
        let errors = try records(sandbox, ["--kind", "error"])
        #expect(errors.count == 1, "\(errors)")
        #expect((errors[0]["reason"] as? String)?.contains("prerotate script") == true)
    }

    @Test func aDryRunLeavesNothing() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", "one\n")
        try sandbox.spillway(["-n", "-f"])
        #expect(!sandbox.exists("state/journal.history"))
        #expect(try history(sandbox).status == 0)
    }

    /// Two halves: the older one goes when the newer one is full.
    @Test func itIsBounded() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\nrotate 2\n}\n")
        try sandbox.write("log/a.log", "one\n")
        try sandbox.spillway(["-f"])
        let line = try sandbox.read("state/journal.history").split(separator: "\n")[0]
        try sandbox.write(
            "state/journal.history", String(repeating: line + "\n", count: (2 << 20) / (line.utf8.count + 1)))
        try sandbox.write("log/a.log", "two\n")
        try sandbox.spillway(["-f"])
        let half = try sandbox.read("state/journal.history.1")
        #expect(half.utf8.count <= 2 << 20 && half.utf8.count > (2 << 20) - 1000)
        #expect(try sandbox.read("state/journal.history").utf8.count < 2000)
        #expect(try records(sandbox).last?["kind"] as? String == "run")
    }

    /// A disk that is full, or a file that is none: the run goes on, and a line that was cut off costs itself alone.
    @Test func itIsNeverInTheWay() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", "one\n")
        try sandbox.write("state/journal.history", "{\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"rot")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try records(sandbox).map { $0["kind"] as? String } == ["rotate", "run"])
        try FileManager.default.removeItem(atPath: sandbox.path("state/journal.history"))
        try sandbox.makeDirectory("state/journal.history")
        try sandbox.write("log/a.log", "two\n")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(sandbox.exists("log/a.log.2.gz"))
    }
}
