import Foundation
import Testing

/// What is printed, where, and with which exit status.
struct OutputTests {
    /// A tree in which much is to do.
    private func busySandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure(
            """
            size 2
            LOG/a.log {
              rotate 2
            }
            LOG/b.log {
              create
              rotate 3
              delaycompress
              prerotate
                true
              endscript
              postrotate
                true
              endscript
            }
            LOG/c.log {
              dateext
              maxage 10
            }
            LOG/d.log {
              size 1M
            }
            """)
        for name in ["a", "b", "c", "d"] { try sandbox.write("log/\(name).log", "some\nlines\n") }
        for name in ["a.log.1.gz", "a.log.2.gz", "b.log.2.gz", "c.log-20250101.gz"] {
            try sandbox.write("log/\(name)", "x", ageSeconds: 20 * 86400)
        }
        try sandbox.write("log/b.log.1", "plain\n", ageSeconds: 86400)
        return sandbox
    }

    private func snapshot(_ sandbox: Sandbox) throws -> String {
        try sandbox.shell("find log state -printf '%p %i %s %m %T@ %C@\\n' | sort; sha256sum log/*").output
    }

    @Test func aDryRunChangesNothing() throws {
        let sandbox = try busySandbox()
        let before = try snapshot(sandbox)
        for option in ["-n", "-d", "-nv", "-dv"] {
            let run = try sandbox.spillway([option])
            #expect(run.status == 0)
            #expect(try snapshot(sandbox) == before, "\(option)")
        }
    }

    @Test func aDryRunPrintsThePlanThatTheRunCarriesOut() throws {
        let sandbox = try busySandbox()
        // What comes of a step stands below it, further to the right.
        func steps(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("    ") }
        }
        let planned = steps(try sandbox.spillway(["-n"]).output)
        let exactly = steps(try sandbox.spillway(["-nvv"]).output)
        let done = steps(try sandbox.spillway(["-v"]).output)
        // New numbers are one line for a log, and a line each in the run.
        func others(_ steps: [Substring]) -> [Substring] {
            steps.filter { !$0.hasPrefix("  renumber ") && !$0.hasSuffix(" (its number is needed)") }
        }
        #expect(others(planned) == others(done))
        func numbers(_ steps: [Substring]) -> [Substring] { steps.filter { $0.hasSuffix(" (its number is needed)") } }
        #expect(numbers(exactly) == numbers(done) && numbers(done).count == 4)
        #expect(planned.count > 10)
        let log = sandbox.path("log")
        for line in [
            "  renumber 2 archives, \(log)/a.log.1.gz ... a.log.2.gz",
            "  archive \(log)/a.log to \(log)/a.log.1.gz, compressed; emptied in place",
            "  remove \(log)/a.log.3.gz (rotate 2 keeps no more)",
            "  run the prerotate script for \(log)/b.log",
            "  compress \(log)/b.log.2 to b.log.2.gz (it is not compressed yet)",
            "  remove \(log)/c.log-20250101.gz (it is 20 days old, maxage is 10 days)",
        ] {
            #expect(planned.contains(Substring(line)), "\(line)")
        }
        // And right after it there is nothing to do.
        let again = try sandbox.spillway(["-n"])
        #expect(again.output == "4 logs, 0 would be rotated\n")
    }

    @Test func jsonTellsTheSame() throws {
        let sandbox = try busySandbox()
        struct Report: Decodable {
            struct Step: Decodable {
                var kind: String
                var path: String
                var to: String?
                var bytes: Int64?
                var reason: String
                var result: String
                var technique: String?
                var shrink: String?
                var detail: String?
                var due: String?
            }
            struct Problem: Decodable {
                var path: String
                var message: String
            }
            var steps: [Step]
            var freed: Int64
            var errors: [Problem]
        }
        func report(_ arguments: [String]) throws -> Report {
            try JSONDecoder().decode(Report.self, from: Data(try sandbox.spillway(arguments).output.utf8))
        }
        let planned = try report(["-n", "--json"])
        let done = try report(["--json"])
        #expect(planned.steps.map(\.kind) == done.steps.map(\.kind))
        #expect(planned.steps.allSatisfy { $0.result == "planned" })
        #expect(done.steps.allSatisfy { $0.result == "done" })
        #expect(done.errors.isEmpty && done.freed >= 0)
        #expect(
            done.steps.contains {
                $0.kind == "cut" && $0.to == sandbox.path("log/a.log.1.gz") && ($0.bytes ?? 0) > 0
                    && $0.technique == "punch" && $0.shrink == "truncate"
                    && $0.detail?.hasSuffix("archived; cut by punch; shrunk by truncate") == true
            })
        #expect(done.steps.contains { $0.kind == "remove" && $0.reason == "expired" })
        #expect(done.steps.filter { $0.kind == "cut" }.allSatisfy { $0.due?.hasPrefix("due: ") == true })
    }

    @Test func anUnchangedErrorIsPrintedOnceAnHour() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nnomissingok\n}\n")
        let first = try sandbox.spillway()
        #expect(first.status == 1)
        #expect(first.error == "spillway: \(sandbox.path("log"))/a.log does not exist; missingok allows that\n")
        let second = try sandbox.spillway()
        #expect(second.status == 1 && second.error == "")
        #expect(try sandbox.spillway(["-v"]).error == first.error)
        try sandbox.write("log/a.log", "")
        #expect(try sandbox.spillway().status == 0)
        try sandbox.shell("rm log/a.log")
        #expect(try sandbox.spillway().error == first.error)
    }

    @Test func metricsAreReplacedAtOnceAndReadableByAll() throws {
        let sandbox = try busySandbox()
        let file = sandbox.path("spillway.prom")
        try sandbox.spillway(["--metrics", file])
        let text = try sandbox.read("spillway.prom")
        #expect(text.contains("# TYPE spillway_last_run_rotated gauge\nspillway_last_run_rotated 3\n"))
        #expect(text.contains("spillway_last_run_exit_status 0\n"))
        #expect(text.contains("spillway_last_run_logs 4\n"))
        #expect(try sandbox.shell("stat -c %a spillway.prom").output == "644\n")
        #expect(!sandbox.exists("spillway.prom.new"))
    }

    @Test func metricsThatCannotBeWrittenAreAnErrorLikeOthers() throws {
        let sandbox = try busySandbox()
        let file = sandbox.path("missing/spillway.prom")
        let first = try sandbox.spillway(["--metrics", file])
        #expect(
            first.status == 1 && first.error.contains("\(file) is not written: cannot open \(sandbox.path("missing"))"))
        let second = try sandbox.spillway(["--metrics", file])
        #expect(second.status == 1 && second.error == "")
        #expect(!sandbox.exists("missing"))
    }

    @Test func wrongUsageIs64() throws {
        let sandbox = try Sandbox()
        #expect(try sandbox.run(Sandbox.spillway, ["--no-such-option"]).status == 64)
        #expect(try sandbox.run(Sandbox.spillway, ["--version"]).output == "spillway 0.1.0\n")
        #expect(try sandbox.run(Sandbox.spillway, ["--help"]).output.contains("spillway [OPTIONS] [CONFIG...]"))
    }

    @Test func aMissingConfigurationIsNamed() throws {
        let sandbox = try Sandbox()
        let run = try sandbox.spillway(configuration: "nowhere")
        #expect(run.status == 1)
        #expect(
            run.error
                == "spillway: \(sandbox.path("nowhere")): error: cannot open \(sandbox.path("nowhere")): No such file or directory\n"
        )
    }

    @Test func aDirectoryAsConfigurationIsEveryFileInIt() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("conf.d")
        for name in ["a", "b"] {
            try sandbox.configure("LOG/\(name).log {\n}\n", "conf.d/\(name)")
            try sandbox.write("log/\(name).log", "x\n")
        }
        #expect(try sandbox.spillway(["-f"], configuration: "conf.d").status == 0)
        #expect(try sandbox.names().count == 4)
    }

    @Test func onlyLimitsTheRunToSomeLogs() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\n}\n")
        for name in ["a", "b", "c"] { try sandbox.write("log/\(name).log", "x\n") }
        try sandbox.spillway(["-f", "--only", "a.*", "--only", "\(sandbox.path("log"))/c.log"])
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log", "c.log", "c.log.1.gz"])
    }

    @Test func calledAsLogrotateItIsLogrotate() throws {
        let sandbox = try Sandbox()
        try sandbox.shell("ln -s \(Sandbox.spillway) logrotate")
        try sandbox.configure("LOG/a.log {\nrotate 1\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let common = ["-s", sandbox.path("state/s"), "--journal", sandbox.path("state/j")]
        let run = try sandbox.run(sandbox.path("logrotate"), ["-vf"] + common + [sandbox.path("conf")])
        #expect(run.status == 0)
        #expect(
            run.error.contains("rotating pattern: \(sandbox.path("log"))/a.log  forced from command line (1 rotations)")
        )
        #expect(run.error.contains("considering log \(sandbox.path("log"))/a.log"))
        #expect(run.error.contains("renaming \(sandbox.path("log"))/a.log to \(sandbox.path("log"))/a.log.1"))
        #expect(try sandbox.names() == ["a.log.1"])
        let usage = try sandbox.run(sandbox.path("logrotate"), common)
        #expect(usage.status == 1 && usage.error.contains("Usage: logrotate [-dfv?]"))
    }
}
