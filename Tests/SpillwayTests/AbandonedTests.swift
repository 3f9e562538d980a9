import Foundation
import Testing

/// Logs with a process's number in their names, whose process is gone.
struct AbandonedTests {
    private func sandbox(_ directives: String = "signal HUP\nnocreate") throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/t.*.log {\nsize 1M\nabandoned 7d\n\(directives)\n}\n")
        return sandbox
    }

    private func abandon(_ sandbox: Sandbox, _ name: String, _ content: String, days: Double = 8) throws {
        try sandbox.write("log/\(name)", content, ageSeconds: days * 86400)
    }

    @Test func itIsArchivedWholeAndRemovedOneRunLater() throws {
        let sandbox = try sandbox()
        // Its last line is not finished.
        try abandon(sandbox, "t.1.log", "one\ntwo\nthr")
        try abandon(sandbox, "t.2.log", "young\n", days: 6)
        try abandon(sandbox, "t.3.log", "")
        let plan = try sandbox.spillway(["-n"])
        #expect(
            plan.output.contains(
                "t.1.log: due: nobody has it open, and nobody wrote to it for 8 days; abandoned is 7 days"))
        let first = try sandbox.spillway()
        #expect(first.status == 0 && first.error == "", "\(first.error)")
        // What never held anything goes at once.
        #expect(try sandbox.names() == ["t.1.log", "t.1.log.1.gz", "t.2.log"])
        #expect(try sandbox.content("log/t.1.log.1.gz") == "one\ntwo\nthr")
        #expect(try sandbox.size(sandbox.path("log/t.1.log")) == 0)
        let second = try sandbox.spillway()
        #expect(second.status == 0 && second.error == "")
        #expect(try sandbox.names() == ["t.1.log.1.gz", "t.2.log"])
        #expect(try sandbox.steps(try sandbox.spillway(["--json"])).isEmpty)
    }

    @Test func aNumberThatIsUsedAgainMakesNoCollision() throws {
        let sandbox = try sandbox()
        for round in 1...3 {
            try abandon(sandbox, "t.1.log", "round \(round)\n")
            for _ in 1...2 { #expect(try sandbox.spillway().status == 0) }
        }
        #expect(try sandbox.names() == ["t.1.log.1.gz", "t.1.log.2.gz", "t.1.log.3.gz"])
        for number in 1...3 {
            #expect(try sandbox.content("log/t.1.log.\(number).gz") == "round \(4 - number)\n")
        }
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func whatCannotBeAskedStaysAndIsNamed() throws {
        let sandbox = try sandbox()
        try abandon(sandbox, "t.1.log", "one\n")
        let run = try sandbox.run(
            "/usr/bin/strace",
            ["-f", "-qq", "-o", "/dev/null", "-P", "t.1.log", "-e", "inject=openat:error=EIO"]
                + [Sandbox.spillway, "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal")]
                + [sandbox.path("conf")])
        #expect(run.status == 1)
        #expect(
            run.error.contains("log/t.1.log may be abandoned, and is left alone: it cannot be asked who has it open: "))
        #expect(run.error.contains("Input/output error"), "\(run.error)")
        #expect(try sandbox.names() == ["t.1.log"])
        // The next run can.
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["t.1.log", "t.1.log.1.gz"])
    }

    @Test func itStaysWhileSomebodyHasItOpen() throws {
        let sandbox = try sandbox()
        try abandon(sandbox, "t.1.log", "one\n")
        let held = open(sandbox.path("log/t.1.log"), O_WRONLY | O_CLOEXEC)
        try #require(held >= 0)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["t.1.log"])
        close(held)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["t.1.log", "t.1.log.1.gz"])
        // Somebody opens it between the two runs.
        let again = open(sandbox.path("log/t.1.log"), O_WRONLY | O_CLOEXEC)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["t.1.log", "t.1.log.1.gz"])
        close(again)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["t.1.log.1.gz"])
    }

    @Test func whoeverWritesToItAgainKeepsIt() throws {
        let sandbox = try sandbox("copytruncate")
        try abandon(sandbox, "t.1.log", "one\n")
        #expect(try sandbox.spillway().status == 0)
        try sandbox.append("log/t.1.log", "two\n")
        for _ in 1...3 { #expect(try sandbox.spillway().status == 0) }
        #expect(try sandbox.content("log/t.1.log") == "two\n")
        // It is not removed when it is empty for another reason either.
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["t.1.log", "t.1.log.1.gz", "t.1.log.2.gz"])
    }

    /// Somebody who opens the log for each line comes back at any moment: before the archive, before the removal, during
    /// both.
    @Test(.enabled(if: hasProgram("/usr/bin/perl"), "perl is missing: apt-get install perl-base"))
    func noLineIsLostWhoeverComesBack() throws {
        let sandbox = try sandbox("copytruncate\ncompresslevel 1")
        let script = """
            for my $n (1 .. 120) {
                open(my $log, ">>", "log/t.1.log") or die; syswrite($log, "record $n\\n"); close $log;
                select(undef, undef, undef, rand() < 0.25 ? rand(0.6) : rand(0.05));
            }
            """
        try sandbox.write("comer.pl", script)
        let writer = try sandbox.start("/usr/bin/perl", ["comer.pl"])
        var removed = 0
        while writer.isRunning {
            try sandbox.shell("test ! -e log/t.1.log || touch -d '9 days ago' log/t.1.log")
            let run = try sandbox.spillway(["-v"])
            #expect(run.status == 0, "\(run.error)")
            if run.output.contains("remove \(sandbox.path("log"))/t.1.log (it is empty") { removed += 1 }
        }
        let archives = try sandbox.names().filter { $0.hasPrefix("t.1.log.") }
        let texts = try archives.map { try sandbox.content("log/\($0)") }
        let live = sandbox.exists("log/t.1.log") ? try sandbox.read("log/t.1.log") : ""
        #expect(records(texts.joined() + live).sorted() == Array(1...120))
        #expect(archives.count > 3 && removed > 0, "\(archives.count) archives, removed \(removed) times")
        #expect(heldDeletedFiles(below: sandbox.path("log")) == [])
    }

    @Test func itsArchivesExpireByTheStanzasRules() throws {
        let sandbox = try sandbox("maxage 30d")
        try abandon(sandbox, "t.1.log", "one\n", days: 40)
        for _ in 1...2 { #expect(try sandbox.spillway().status == 0) }
        // The archive has the log's time.
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == [])
    }

    /// A hundred logs of processes that are gone would outvote a quiet log.
    @Test func allLogsOfTheStanzaCountAsOne() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "minkeep 0\nspace LOG {\nbudget 1M\n}\nLOG/t.*.log {\nsize 1M\nabandoned 7d\n}\nLOG/quiet.log {\nsize 1M\n}\n"
        )
        for number in 1...40 { try sandbox.fill("log/t.\(number).log.1.gz", kibibytes: 40, ageDays: 1) }
        for number in 1...4 { try sandbox.fill("log/quiet.log.\(number).gz", kibibytes: 100, ageDays: 9) }
        try sandbox.write("log/quiet.log", "x\n")
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names().filter { $0.hasPrefix("quiet") }.count == 5)
        #expect(try sandbox.usedKibibytes() <= 1024)
    }
}
