import Foundation
import Glibc
import Testing

/// What an administrator sees at three o'clock.
struct StatusTests {
    private func look(_ sandbox: Sandbox, _ command: String, _ arguments: [String] = [], width: Int? = nil) throws
        -> Finished
    {
        var environment = ["TERM": "dumb", "TZ": "UTC"]
        if let width { environment["COLUMNS"] = String(width) }
        return try sandbox.run(
            Sandbox.spillway,
            [command, "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal")] + arguments
                + [sandbox.path("conf")],
            environment: environment)
    }

    /// A file of the sandbox under a short name: its directory differs in each run.
    private func plain(_ text: String, _ sandbox: Sandbox) -> String {
        text.replacingOccurrences(of: sandbox.root, with: "ROOT")
    }

    private func json(_ sandbox: Sandbox) throws -> [String: Any] {
        let run = try look(sandbox, "status", ["--json"])
        #expect(run.status == 0 && run.error == "")
        return try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }

    private func rotated() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\ndaily\nrotate 7\n}\n")
        for _ in 1...3 {
            // What hardly compresses: numbers that differ.
            try sandbox.write("log/big.log", (1...20_000).map { "\($0 &* 2_654_435_761 % 1_000_003)\n" }.joined())
            try sandbox.write("log/small.log", "one line\n")
            try sandbox.spillway(["-f"])
        }
        try sandbox.append("log/small.log", "pending\n")
        return sandbox
    }

    @Test func theTableIsSortedBySpaceAndFitsItsWidth() throws {
        let sandbox = try rotated()
        let wide = try look(sandbox, "status", width: 100)
        #expect(wide.status == 0 && wide.error == "", "\(wide)")
        let lines = wide.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.allSatisfy { $0.count <= 100 })
        let title = try #require(lines.firstIndex { $0.hasPrefix("LOG") })
        #expect(lines[title].contains("PENDING") && lines[title].contains("FOLLOWED BY"))
        #expect(lines[title + 1].contains("big.log") && lines[title + 2].contains("small.log"))
        #expect(lines[title + 2].contains("8 B") && lines[title + 2].contains("12 KiB in 3"))
        #expect(lines[title + 2].contains("midnight"))
        let narrow = try look(sandbox, "status", width: 60)
        #expect(narrow.output.split(separator: "\n").allSatisfy { $0.count <= 60 || !$0.contains(".log") }, "\(narrow)")
        #expect(!narrow.output.contains("FOLLOWED BY") && narrow.output.contains("DUE"))
        // Nobody looks at a screen: nothing is shortened.
        let piped = try look(sandbox, "status")
        #expect(piped.output.contains(sandbox.path("log/small.log")) && !piped.output.contains("…"))
        #expect(!wide.output.contains("\u{1b}"))
        #expect(wide.output.contains("2 logs and 6 archives") && wide.output.contains("exit 0"))
    }

    /// An administrator's first question: what fills the disk.
    @Test func whatTakesMostComesFirstAndWhoWritesIsNamed() throws {
        let sandbox = try rotated()
        let writer = try sandbox.start("/bin/sh", ["-c", "exec 3>>log/small.log; exec tail -f /dev/null"])
        let follower = try sandbox.start("/bin/sh", ["-c", "exec tail -F log/small.log >/dev/null 2>&1"])
        defer {
            // A thread of the tests may have SIGTERM blocked, and its children with it.
            for process in [writer, follower] { kill(process.processIdentifier, SIGKILL) }
        }
        try sandbox.wait {
            let logs = try json(sandbox)["logs"] as? [[String: Any]] ?? []
            let small = logs.first { ($0["path"] as? String)?.hasSuffix("small.log") == true }
            let writers = small?["writers"] as? [[String: Any]] ?? []
            let followers = small?["followers"] as? [[String: Any]] ?? []
            return writers.count == 1 && writers[0]["append"] as? Bool == true && followers.count == 1
        }
        let run = try look(sandbox, "status", width: 120)
        let line = try #require(run.output.split(separator: "\n").first { $0.contains("small.log") })
        #expect(line.hasSuffix("tail        tail") || line.contains("tail"), "\(line)")
    }

    @Test func jsonHasTheKeysThatScriptsRelyOn() throws {
        let sandbox = try rotated()
        let status = try json(sandbox)
        let keys = Set(status.keys)
        #expect(keys.isSuperset(of: ["logs", "spaces", "held", "unreleased", "unresolved", "lastRun"]))
        let logs = try #require(status["logs"] as? [[String: Any]])
        let small = try #require(logs.first { ($0["path"] as? String)?.hasSuffix("small.log") == true })
        #expect(small["pending"] as? Int == 8)
        #expect(small["stanza"] as? String == "\(sandbox.path("conf")):1")
        #expect(small["due"] is NSNull && small["method"] as? String == "auto")
        #expect((small["archives"] as? [[String: Any]])?.count == 3)
        let last = try #require(status["lastRun"] as? [String: Any])
        #expect(last["exit"] as? Int == 0 && (last["at"] as? String)?.hasSuffix("Z") == true)
    }

    /// It only looks: nothing is changed, no time, no lock, and a log that is due stays as it is.
    @Test func nothingIsChanged() throws {
        let sandbox = try rotated()
        try sandbox.configure("LOG/*.log {\nsize 1\n}\n")
        func everything() throws -> String {
            try sandbox.run("/bin/sh", ["-c", "find log state conf -printf '%p %s %T@ %C@ %i\\n' | sort"]).output
        }
        let before = try everything()
        for command in ["status", "explain", "cat", "history"] {
            switch command {
            case "explain", "cat":
                let run = try sandbox.run(
                    Sandbox.spillway,
                    [
                        command, "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                        sandbox.path("log/small.log"), sandbox.path("conf"),
                    ])
                #expect(run.status == 0, "\(run)")
            case "history":
                let run = try sandbox.run(Sandbox.spillway, [command, "--journal", sandbox.path("state/journal")])
                #expect(run.status == 0, "\(run)")
            default: #expect(try look(sandbox, command).status == 0)
            }
        }
        #expect(try look(sandbox, "status").output.contains("now"))
        #expect(try everything() == before)
    }

    @Test func theWorstComesFirstWithWhatMendsIt() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 1k\n}\nLOG/a.log {\ndaily\nnomissingok\n}\n")
        try sandbox.write("log/other", String(repeating: "x", count: 100_000))
        let run = try look(sandbox, "status", width: 100)
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines.first == plain(lines[0], sandbox).replacingOccurrences(of: "ROOT", with: sandbox.root))
        #expect(plain(lines[0], sandbox) == "ROOT/log/a.log does not exist; missingok allows that")
        #expect(lines[1] == "  → spillway check")
        #expect(plain(lines[2], sandbox).hasPrefix("also: ROOT/log has ") && lines[2].hasSuffix("budget is 1 KiB"))
        #expect(run.output.contains("of 1 KiB"))
    }

    @Test func nagiosGetsOneLineAndAStatus() throws {
        let sandbox = try rotated()
        let fine = try look(sandbox, "status", ["--nagios"])
        #expect(fine.status == 0 && fine.output.hasPrefix("SPILLWAY OK: all well, 2 logs | age="), "\(fine)")
        #expect(fine.output.split(separator: "\n").count == 1 && fine.output.contains(" pending=8B;;;0 "))
        try sandbox.configure("space LOG {\nbudget 1k\n}\nLOG/*.log {\ndaily\n}\n")
        let warning = try look(sandbox, "status", ["--nagios"])
        #expect(warning.status == 1 && warning.output.hasPrefix("SPILLWAY WARNING: "), "\(warning)")
        #expect(plain(warning.output, sandbox).contains("'used ROOT/log'="))
        try sandbox.configure("space LOG {\nminfree 99%\n}\nLOG/*.log {\ndaily\n}\n")
        let critical = try look(sandbox, "status", ["--nagios"])
        #expect(critical.status == 2 && critical.output.hasPrefix("SPILLWAY CRITICAL: "), "\(critical)")
        try sandbox.configure("nonsense\n")
        let unknown = try look(sandbox, "status", ["--nagios"])
        #expect(unknown.status == 3 && unknown.output.hasPrefix("SPILLWAY UNKNOWN: "), "\(unknown)")
    }

    @Test func aRunThatFailedIsSeen() throws {
        let sandbox = try rotated()
        try sandbox.configure("LOG/*.log {\ndaily\nprerotate\nexit 1\nendscript\n}\n")
        #expect(try sandbox.spillway(["-f"]).status == 1)
        let last = try #require(try json(sandbox)["lastRun"] as? [String: Any])
        #expect(last["exit"] as? Int == 1)
        #expect(try look(sandbox, "status").output.hasPrefix("the last run ended with 1\n  → spillway -v\n"))
        try sandbox.configure("LOG/*.log {\ndaily\n}\n")
        #expect(try sandbox.spillway().status == 0)
        #expect(try json(sandbox)["lastRun"].map { ($0 as? [String: Any])?["exit"] as? Int } == 0)
    }

    /// Without dates nothing that is said of time is true.
    @Test func aStateThatIsNoneIsSaid() throws {
        let sandbox = try rotated()
        try FileManager.default.removeItem(atPath: sandbox.path("state/state"))
        try sandbox.makeDirectory("state/state")
        let run = try look(sandbox, "status")
        #expect(run.output.contains("dates of rotations are unknown"), "\(run)")
        let nagios = try look(sandbox, "status", ["--nagios"])
        #expect(nagios.status == 2 && nagios.output.hasPrefix("SPILLWAY CRITICAL: "), "\(nagios)")
    }

    /// A run that is at work has its cuts in the journal: they are no trouble. A run that was killed leaves some.
    @Test func whatAKilledRunBeganIsTold() throws {
        let sandbox = try rotated()
        let strace = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=fallocate", "-e", "inject=fallocate:signal=KILL:when=1",
                Sandbox.spillway,
                "-f", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("conf"),
            ])
        #expect(strace.status != 0)
        let unresolved = try #require(try json(sandbox)["unresolved"] as? [[String: Any]])
        guard !unresolved.isEmpty else {
            print("whatAKilledRunBeganIsTold: the run was not killed in a cut here")
            return
        }
        let run = try look(sandbox, "status")
        #expect(run.output.hasPrefix("the cut of ") && run.output.contains("\n  → spillway -v\n"), "\(run)")
    }

    @Test func tenThousandLogsTakeLessThanASecondOfCPU() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\ndaily\n}\n")
        _ = try sandbox.run("/bin/sh", ["-c", "cd log && seq -f '%05g.log' 1 10000 | xargs touch"])
        let run = try look(sandbox, "status")
        #expect(run.status == 0 && run.output.contains("10000 logs"))
    }
}
