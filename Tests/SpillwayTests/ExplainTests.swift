import Foundation
import Testing

/// Why a log is, or is not, rotated.
struct ExplainTests {
    private func explain(_ sandbox: Sandbox, _ path: String, _ configurations: [String] = ["conf"]) throws -> Finished {
        let run = try sandbox.run(
            Sandbox.spillway,
            [
                "explain", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path(path),
            ] + configurations.map { sandbox.path($0) },
            environment: ["TZ": "UTC"])
        return Finished(
            status: run.status, output: run.output.replacingOccurrences(of: sandbox.root, with: "ROOT"),
            error: run.error.replacingOccurrences(of: sandbox.root, with: "ROOT"))
    }

    @Test func everySentenceHasItsPlace() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            """
            space LOG {
            budget 50M
            }
            LOG/*.log {
                weekly
                rotate 4
                maxsize 10M
            }
            """)
        try sandbox.configure("LOG/a.log {\ndaily\n}\n", "second")
        for _ in 1...2 {
            try sandbox.write("log/a.log", String(repeating: "a line\n", count: 9000))
            try sandbox.spillway(["-f"])
        }
        try sandbox.append("log/a.log", "pending\n")
        let run = try explain(sandbox, "log/a.log", ["conf", "second"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        let lines = run.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines[0] == "ROOT/log/a.log")
        #expect(lines[1] == "governed by ROOT/log/*.log (ROOT/conf:4:1)")
        #expect(lines[2] == "also named at ROOT/second:1:1, which has no say: the first one governs")
        #expect(lines[3] == "has 8 B that are not archived, and occupies 4 KiB")
        #expect(lines[4].hasPrefix("due from ") && lines[4].contains(": weekly on Sunday, last rotated"))
        #expect(lines[4].contains("(ROOT/conf:5:5); as soon as it has more than 10 MiB in any case (ROOT/conf:7:5)"))
        #expect(lines[5] == "nobody has it open" || lines[5].hasPrefix("who has it open is not known"))
        #expect(lines[6].hasPrefix("has 2 archives with ") && lines[6].hasSuffix("; 4 are kept (ROOT/conf:6:5)"))
        #expect(lines[7].hasPrefix("counts for ROOT/log (ROOT/conf:1:1): ") && lines[7].contains("budget 50 MiB"))
        #expect(lines[8].hasPrefix("if that needed room, ROOT/log/a.log.2.gz ") && lines[8].contains("1 would be left"))
        let steps = try #require(lines.firstIndex(of: "a rotation now would:"))
        #expect(lines[(steps + 1)...].contains("rename ROOT/log/a.log.1.gz to a.log.2.gz (its number is needed)"))
        #expect(
            lines.contains {
                $0.hasPrefix("archive ROOT/log/a.log to ROOT/log/a.log.1.gz, compressed; emptied in place")
            })
        #expect(lines.contains { $0.hasPrefix("rotate 4") && $0.hasSuffix("ROOT/conf:6:5") })
    }

    @Test func anArchiveLeadsToItsLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", "one\n")
        try sandbox.spillway(["-f"])
        let run = try explain(sandbox, "log/a.log.1.gz")
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("ROOT/log/a.log.1.gz\n  is an archive of ROOT/log/a.log:\n"), "\(run)")
    }

    @Test func whatComesCloseIsNamed() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/app.log {\ndaily\n}\n/elsewhere/*.txt {\ndaily\n}\n")
        try sandbox.write("log/ap.log", "one\n")
        let near = try explain(sandbox, "log/ap.log")
        #expect(near.status == 1)
        #expect(near.output.contains("ROOT/log/app.log is spelt otherwise (ROOT/conf:1:1)"), "\(near)")
        let other = try explain(sandbox, "log/x.txt")
        #expect(other.output.contains("/elsewhere/*.txt is for another directory (ROOT/conf:4:1)"), "\(other)")
        try sandbox.configure("/nowhere/x {\ndaily\n}\n")
        let far = try explain(sandbox, "log/ap.log")
        #expect(far.output == "ROOT/log/ap.log\n  no stanza names it, and none comes close\n", "\(far)")
    }

    /// The question of every new user: why was it not rotated.
    @Test func whyALogIsNotRotatedIsSaid() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsize 1M\n}\nLOG/b.log {\ndaily\nolddir LOG/missing\n}\n")
        try sandbox.write("log/a.log", "one\n")
        try sandbox.write("log/b.log", "one\n")
        let small = try explain(sandbox, "log/a.log")
        #expect(small.output.contains("due when it has 1 MiB, which is 1024 KiB more"), "\(small)")
        let broken = try explain(sandbox, "log/b.log")
        #expect(broken.output.contains("olddir") && broken.output.contains("createolddir makes it"), "\(broken)")
    }
}
