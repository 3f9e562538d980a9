import Foundation
import Testing

/// What `spillway check` says.
struct CheckTests {
    private func check(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> Finished {
        try sandbox.run(Sandbox.spillway, ["check"] + arguments + [sandbox.path("conf")])
    }

    @Test func aCleanConfigurationIsSilent() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("weekly\nLOG/*.log {\n rotate 4\n}\n")
        let run = try check(sandbox, ["--strict"])
        #expect(run.status == 0 && run.output == "" && run.error == "")
    }

    @Test func errorsHaveFileLineAndColumn() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n  notifempti\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 1)
        #expect(
            run.output == """
                \(sandbox.path("conf")):2:3: error: unknown directive 'notifempti'; did you mean 'notifempty'?
                    2 |   notifempti
                      |   ^
                \(sandbox.path("conf")):1:1: error: this stanza has errors and is skipped: \(sandbox.path("log"))/a.log
                    1 | \(sandbox.path("log"))/a.log {
                      | ^

                """)
    }

    @Test func archivesOfTheSameNameAreAnError() throws {
        let sandbox = try Sandbox()
        for name in ["one", "two", "old"] { try sandbox.makeDirectory("log/\(name)") }
        for name in ["one", "two"] { try sandbox.write("log/\(name)/a.log", "x\n") }
        try sandbox.configure("LOG/*/a.log {\n olddir \(sandbox.path("log/old"))\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 1)
        #expect(
            run.output.contains(
                "two/a.log is skipped: its archives in \(sandbox.path("log/old")) would have the names"), "\(run)")
    }

    @Test func whatIsTakenForANameIsAWarning() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log, LOG/b.log {\n}\nspace LOG {\n reclaimheld\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 0)
        for text in ["the comma is a part of the name", "reclaimheld has no effect"] {
            #expect(run.output.contains(text), "\(run)")
        }
    }

    @Test func warningsAreOneWithStrict() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            """
            LOG/a* {
              postrotate
                killall -HUP tapdisk
              endscript
            }
            LOG/*.log {
            }
            """)
        for name in ["a.log", "b.log"] { try sandbox.write("log/\(name)", "x\n") }
        let run = try check(sandbox)
        #expect(run.status == 0)
        // Each with its line and a mark.
        #expect(run.output.split(separator: "\n").count == 9)
        let lines = run.output.split(separator: "\n").filter { $0.contains("warning:") }
        #expect(lines.count == 3)
        #expect(
            lines.contains {
                $0.contains("conf:1:1: warning:") && $0.contains("a* matches its own archives (such as ax.1.gz)")
            })
        #expect(
            lines.contains {
                $0.contains(
                    "conf:2:3: warning: this postrotate script signals every process of a name (killall -HUP tapdisk)")
            })
        #expect(
            lines.contains {
                $0.contains("conf:6:1: warning: \(sandbox.path("log"))/a.log is governed by the stanza at")
            })
        #expect(try check(sandbox, ["--strict"]).status == 2)
    }

    @Test func budgetsThatCannotBeMet() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\n budget 9000T\n minfree 5%\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 0)
        #expect(
            run.output.contains(
                "warning: space \(sandbox.path("log")): budget and minfree together are more than the file system's"))
    }
}
