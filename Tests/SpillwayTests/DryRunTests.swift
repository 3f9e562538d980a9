import Foundation
import Testing

/// What `-n` answers, and in which order.
struct DryRunTests {
    /// Two logs that are due, one with history that goes by `rotate` and by the budget of the tree.
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure(
            """
            size 2
            space LOG {
              budget 600k
            }
            LOG/a.log {
              rotate 5
            }
            LOG/s*.log {
              sharedscripts
              postrotate
                true
              endscript
            }
            LOG/quiet.log {
              size 1M
              maxtotal 20M
            }
            """)
        // Whole days apart, whatever second it is.
        let now = Int(Date().timeIntervalSince1970)
        for number in 1...5 {
            try sandbox.shell("head -c 200000 /dev/urandom > log/a.log.\(number).gz")
            try sandbox.shell("touch -d @\(now - number * 10 * 86400) log/a.log.\(number).gz")
        }
        for name in ["a", "s1", "s2", "quiet"] { try sandbox.write("log/\(name).log", "some\nlines\n") }
        return sandbox
    }

    @Test func theAnswerComesFirst() throws {
        let sandbox = try sandbox()
        let run = try sandbox.spillway(["-n"])
        #expect(run.status == 0 && run.error == "")
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let log = sandbox.path("log")
        func words(_ line: String) -> [String] {
            line.replacingOccurrences(of: "  ", with: "\t").split(separator: "\t").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        #expect(lines[0].hasPrefix("\(log): ") && lines[0].contains(" of 600 KiB used"))
        #expect(words(lines[1]) == ["LOG", "NOW", "AFTER, ABOUT", "ARCHIVES THAT GO", "HISTORY LEFT"])
        // 196 KiB each: three of them and four logs are more than the budget, two are not.
        #expect(words(lines[2]) == ["\(log)/a.log", "984 KiB", "396 KiB", "3 with 588 KiB", "20 days in 3"])
        #expect(words(lines[3]) == ["\(log)/s1.log", "4 KiB", "4 KiB", "-", "a new one"])
        #expect(lines[5] == "frees about 588 KiB; 3 archives with 588 KiB go, and up to 30 days of history")
        #expect(lines[6] == "" && run.output.hasSuffix("4 logs, 3 would be rotated\n"))
        // And it is what happens: the tree is then within its budget, with so many archives.
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names().filter { $0.hasPrefix("a.log.") } == ["a.log.1.gz", "a.log.2.gz", "a.log.3.gz"])
    }

    /// The budget takes from a log that is not due, beside one of the same stanza that is.
    @Test func aLogThatIsNotDuePaysToo() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\n budget 500k\n}\nLOG/*.log {\n size 1k\n}\n")
        try sandbox.write("log/due.log", String(repeating: "line\n", count: 1000))
        try sandbox.write("log/quiet.log", "x\n")
        for number in 1...3 {
            try sandbox.shell("head -c 200000 /dev/urandom > log/quiet.log.\(number).gz")
            try sandbox.shell("touch -d '-\(number * 10) days' log/quiet.log.\(number).gz")
        }
        let lines = try sandbox.spillway(["-n"]).output.split(separator: "\n")
        let row = try #require(lines.first { $0.contains("quiet.log ") })
        #expect(row.contains("592 KiB") && row.contains("1 with 196 KiB") && row.hasSuffix("20 days in 2"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("\(sandbox.path("log"))/quiet.log: not due: ") })
    }

    @Test func linesOfALogStandTogether() throws {
        let sandbox = try sandbox()
        let output = try sandbox.spillway(["-n"]).output
        let log = sandbox.path("log")
        let blocks = output.components(separatedBy: "\n\(log)/a.log: ")
        #expect(blocks.count == 2, "one heading for the log")
        let steps = blocks[1].split(separator: "\n").dropFirst().prefix { $0.hasPrefix("  ") }
        // Numbers, the cut, what rotate does not keep, and what the budget takes.
        #expect(steps.first == "  renumber 5 archives, \(log)/a.log.1.gz ... a.log.5.gz")
        #expect(steps.contains("  remove \(log)/a.log.6.gz (rotate 5 keeps no more)"))
        #expect(steps.count { $0.contains(" for the budget of 600 KiB") } == 2)
        let outside = blocks[0].split(separator: "\n").filter { $0.hasPrefix("  ") && $0.contains("a.log.") }
        #expect(outside.isEmpty)
        #expect(output.contains("\(log)/s*.log: its scripts, once for all its logs\n  run the postrotate script for "))
        #expect(!output.contains("quiet.log"))
    }

    @Test func renumberingIsListedForWhoWantsItExactly() throws {
        let sandbox = try sandbox()
        let output = try sandbox.spillway(["-nvv"]).output
        #expect(output.components(separatedBy: "(its number is needed)").count == 6)
        #expect(!output.contains("renumber"))
    }

    @Test func verboselyLimitsThatAreMetAreNamedToo() throws {
        let sandbox = try sandbox()
        let log = sandbox.path("log")
        let over = try sandbox.spillway(["-nv"]).output
        #expect(over.contains("\(log)/quiet.log: not due: it has 11 B of 1 MiB\n"))
        #expect(over.contains("\(log)/quiet.log: 4 KiB of maxtotal 20 MiB: in order\n"))
        #expect(!over.contains("\(log): 600 KiB used: in order"))
        try sandbox.shell("rm log/a.log.*")
        let met = try sandbox.spillway(["-nv"]).output
        #expect(met.contains(" of 600 KiB used: in order\n"), "\(met)")
        #expect(try !sandbox.spillway(["-n"]).output.contains("in order"))
    }

    @Test func aNarrowScreenLosesColumnsAndNotTheAnswer() throws {
        let sandbox = try sandbox()
        let lines = try sandbox.spillway(["-n"], environment: ["COLUMNS": "60"]).output.split(separator: "\n")
        #expect(lines[1].hasPrefix("LOG ") && lines[1].hasSuffix("AFTER, ABOUT"))
        #expect(lines[1...5].dropLast().allSatisfy { $0.count <= 60 }, "\(lines[1...5])")
    }

    @Test func logrotatesTraceAndTheReportAreAsTheyWere() throws {
        let sandbox = try sandbox()
        for arguments in [["-n", "--logrotate"], ["-d"], ["-n", "--json"]] {
            let run = try sandbox.spillway(arguments)
            #expect(!(run.output + run.error).contains("HISTORY LEFT"), "\(arguments)")
        }
        #expect(try sandbox.spillway(["-d"]).error.contains("considering log \(sandbox.path("log"))/a.log"))
    }
}
