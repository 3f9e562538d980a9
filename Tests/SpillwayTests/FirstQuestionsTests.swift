import Foundation
import Testing

/// What somebody asks who never saw this program before, at three o'clock, and the command that answers it.
struct FirstQuestionsTests {
    /// A flood beside a quiet log, and a budget that is too small for both.
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "space LOG {\n budget 750k\n}\nLOG/flood.log {\n size 100k\n}\nLOG/quiet.log {\n size 10M\n}\n")
        for number in 1...4 {
            try sandbox.shell("head -c 200000 /dev/urandom > log/flood.log.\(number).gz")
        }
        try sandbox.shell("seq 60000 > log/flood.log; seq 100 > log/quiet.log")
        return sandbox
    }

    private func ask(_ sandbox: Sandbox, _ command: String, _ arguments: [String]) throws -> Finished {
        let journal = ["--journal", sandbox.path("state/journal")]
        let state = command == "history" ? [] : ["-s", sandbox.path("state/state")]
        return try sandbox.run(Sandbox.spillway, [command] + state + journal + arguments)
    }

    @Test func whatFillsTheDisk() throws {
        let sandbox = try sandbox()
        let lines = try ask(sandbox, "status", [sandbox.path("conf")]).output.split(separator: "\n")
        let heading = try #require(lines.firstIndex { $0.hasPrefix("LOG ") })
        #expect(lines[heading + 1].hasPrefix("\(sandbox.path("log"))/flood.log "), "\(lines)")
        #expect(lines[0].contains("\(sandbox.path("log"))") && !lines[0].contains("all well"), "the budget is not met")
    }

    @Test func whyALogWasNotRotated() throws {
        let sandbox = try sandbox()
        let run = try ask(sandbox, "explain", [sandbox.path("log/quiet.log"), sandbox.path("conf")])
        #expect(run.status == 0 && run.output.contains("10 MiB"), "\(run.output)")
        let other = try sandbox.spillway(["-nv", "--only", "quiet.log"])
        #expect(other.output.hasPrefix("\(sandbox.path("log"))/quiet.log: not due: it has 292 B of 10 MiB\n"))
    }

    /// What is foretold is what happens, and what is remembered.
    @Test func whatTheBudgetWouldTakeTonightAndWhatItTookLastNight() throws {
        let sandbox = try sandbox()
        let plan = try sandbox.spillway(["-n"]).output.split(separator: "\n")
        let foretold = plan.filter { $0.hasPrefix("  remove ") && $0.contains(" for the budget of 750 KiB") }
            .map { String($0.split(separator: " ")[1]) }
        #expect(!foretold.isEmpty)
        #expect(plan.contains { $0.contains("flood.log ") && $0.contains(" \(foretold.count) with ") }, "\(plan)")
        #expect(try ask(sandbox, "history", ["--kind", "evict"]).output == "")
        #expect(try sandbox.spillway().status == 0)
        let history = try ask(sandbox, "history", ["--since", "12h", "--kind", "evict", "--json"]).output
        struct Record: Decodable {
            var path: String
            var rule: String
        }
        let taken = try history.split(separator: "\n").map {
            try JSONDecoder().decode(Record.self, from: Data($0.utf8))
        }
        #expect(taken.map(\.path) == foretold && taken.allSatisfy { $0.rule == "budget" }, "\(history)")
    }

    @Test func whatIsWrongWithTheConfigurationAndWhatWouldBeDone() throws {
        let sandbox = try sandbox()
        #expect(try sandbox.run(Sandbox.spillway, ["check", "--strict", sandbox.path("conf")]).status == 0)
        let before = try sandbox.names()
        #expect(try sandbox.spillway(["-n"]).output.hasSuffix("2 logs, 1 would be rotated\n"))
        #expect(try sandbox.names() == before)
    }
}
