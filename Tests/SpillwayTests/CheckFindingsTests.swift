import Foundation
import Testing

/// What `check` finds that is allowed, and hardly meant; and how it shows it.
struct CheckFindingsTests {
    private func check(_ text: String, _ options: [String] = []) throws -> Finished {
        let sandbox = try Sandbox()
        try sandbox.configure(text)
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.run(Sandbox.spillway, ["check"] + options + [sandbox.path("conf")])
        return Finished(
            status: run.status, output: run.output.replacingOccurrences(of: sandbox.root, with: "ROOT"),
            error: run.error)
    }

    @Test func theLineIsShownWithAMarkUnderItsColumn() throws {
        let run = try check("LOG/a.log {\n\t\u{1b}x\n}\n")
        #expect(run.status == 1)
        #expect(run.output.contains("ROOT/conf:2:2: error: "))
        // A tab is one column here, and nothing is obeyed by a terminal.
        #expect(run.output.contains("    2 |  ?x\n      |  ^\n"), "\(run.output)")
    }

    @Test(arguments: [
        ("daily\nsize 10M", 2, "daily has no effect, because size in line 3 takes its place: maxsize beside a time"),
        ("size 10M\ndaily", 2, "size has no effect, because daily in line 3 takes its place: maxsize beside a time"),
        ("daily\nweekly", 2, "daily has no effect, because weekly in line 3 takes its place: remove one of them"),
    ])
    func aTimeBesideASizeIsDead(_ directives: String, _ line: Int, _ message: String) throws {
        let run = try check("LOG/a.log {\n\(directives)\n}\n", ["--strict"])
        #expect(run.status == 2 && run.output.contains("conf:\(line):1: warning: \(message)"), "\(run.output)")
    }

    @Test(arguments: [
        // A stanza's own time takes the place of the global one: so it is meant.
        "weekly\nLOG/a.log {\n size 10M\n}\n", "LOG/a.log {\n daily\n maxsize 10M\n}\n",
        "LOG/a.log {\n daily\n}\nLOG/b.log {\n weekly\n}\n",
        "space LOG {\n budget 500M\n minfree 5%\n minfreeinodes 500\n live 36M 12M\n}\n",
        "space LOG {\n budget 524288000\n}\n",
        // What is said to be missing, and may be.
        "LOG/none/*.log {\n missingok\n}\n",
    ])
    func whatIsMeantIsSilent(_ text: String) throws {
        let run = try check(text, ["--strict"])
        #expect(run.status == 0 && run.output == "", "\(run.output)")
    }

    @Test(arguments: [
        ("budget 500", "budget: 500 is read as 500 bytes; in MiB it is 500M"),
        ("minfree 5", "minfree: 5 is read as 5 bytes; in MiB it is 5M"),
        ("live 36 12", "live: 36 is read as 36 bytes; in MiB it is 36M"),
    ])
    func aFewBytesWereHardlyMeant(_ limit: String, _ message: String) throws {
        let run = try check("space LOG {\n \(limit)\n}\n")
        #expect(run.status == 0 && run.output.contains("conf:2:2: warning: \(message)\n"), "\(run.output)")
    }

    @Test func aFloorOfMoreThanHalfTheDisk() throws {
        let run = try check("space LOG {\n minfree 60%\n}\n")
        #expect(
            run.output.contains(
                "warning: space ROOT/log: minfree is 60 % of the file system: archives go until more than half of it is free"
            ), "\(run.output)")
        #expect(try check("space LOG {\n minfree 50%\n}\n").output == "")
    }

    @Test func aDirectoryThatIsNotThere() throws {
        let run = try check("LOG/none/*/a.log\nLOG/b.log {\n}\n")
        #expect(
            run.output.contains(
                "conf:1:1: warning: ROOT/log/none does not exist, so that this names no log; missingok says that this is meant"
            ), "\(run.output)")
        #expect(run.output.components(separatedBy: "warning:").count == 2)
    }

    /// One mistake, one error, where it is.
    @Test(arguments: [
        "LOG/a.log\n daily\n rotate 4\n missingok\n}\n", "LOG/a.log\n daily\n rotate 4\n",
        "LOG/a.log\n daily\n}\nLOG/b.log {\n}\n",
    ])
    func aMissingBraceIsOneError(_ text: String) throws {
        let run = try check(text)
        #expect(run.status == 1)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[1] == "    1 | ROOT/log/a.log", "\(run.output)")
        #expect(
            lines[0].hasPrefix("ROOT/conf:1:") && lines[0].hasSuffix(": error: the { of this stanza is missing here"))
        // The mark is right behind the path, whose column is that of the real one.
        let column = lines[0].split(separator: ":").dropFirst(2).first.flatMap { Int($0) } ?? 0
        #expect(lines[2] == "      | " + String(repeating: " ", count: column - 1) + "^" && column > 20)
    }

    @Test func theBraceOfTheNextStanzaIsNotTaken() throws {
        let run = try check("LOG/a.log\n daily\n rotate 4\nLOG/b.log {\n}\n")
        let errors = run.output.split(separator: "\n").filter { $0.contains(": error: ") }
        #expect(errors.count == 2 && errors[0].contains(": error: the { of this stanza is missing here"))
        #expect(errors[1].contains("this stanza has errors and is skipped"))
    }

    @Test(.enabled(if: hasProgram("/usr/bin/script"), "script is missing: apt-get install bsdutils"))
    func onATerminalItSaysWhatItRead() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("include \(sandbox.path("more"))\nLOG/a.log {\n}\n")
        try sandbox.makeDirectory("more")
        try sandbox.configure("LOG/b*.log {\n}\n", "more/b")
        for name in ["a", "b1", "b2"] { try sandbox.write("log/\(name).log", "x\n") }
        let command = "\(Sandbox.spillway) check \(sandbox.path("conf"))"
        let shown = try sandbox.run("/usr/bin/script", ["-qec", command, "/dev/null"])
        #expect(shown.output == "2 files, 2 stanzas, 3 logs: in order\r\n")
        #expect(try sandbox.run(Sandbox.spillway, ["check", sandbox.path("conf")]).output == "")
    }

    /// No run tells what only somebody who asks wants to know.
    @Test func aRunIsSilentAboutIt() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log LOG/none/a.log {\n daily\n size 10M\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.spillway()
        #expect(run.status == 0 && run.output == "" && run.error == "")
    }
}
