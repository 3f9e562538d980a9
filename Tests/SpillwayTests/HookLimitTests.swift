import Foundation
import Glibc
import Testing

/// Scripts that do what no script should: the run goes on, its end is not theirs, and no line is lost.
struct HookLimitTests {
    private func run(_ script: String, _ directives: String = "") throws -> (Sandbox, Finished, Double) {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "hooktimeout 2s\nLOG/a.log {\n\(directives)\npostrotate\n \(script)\nendscript\n}\nLOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "line of \(name)\n") }
        let begin = Date()
        let run = try sandbox.spillway(["-f"])
        return (sandbox, run, Date().timeIntervalSince(begin))
    }

    private func expectWhole(_ sandbox: Sandbox) throws {
        let next = try sandbox.spillway(["-v"])
        #expect(!next.error.contains("a.log") || next.status == 0, "\(next)")
        for name in ["a", "b"] {
            let archive = try #require(try sandbox.names().first { $0.hasPrefix("\(name).log.1") })
            #expect(try sandbox.content("log/\(archive)") == "line of \(name)\n")
            #expect(try sandbox.read("log/\(name).log") == "")
        }
    }

    /// With the run's output open: whoever waits for its end, as cron does, is not the run.
    @Test(arguments: ["setsid sleep 30 &", "(trap '' HUP TERM; sleep 30) & exit 0"])
    func aScriptMayLeaveAProcess(_ script: String) throws {
        let (sandbox, run, seconds) = try run(script)
        #expect(run.status == 0, "\(run)")
        #expect(seconds < 15)
        try expectWhole(sandbox)
    }

    @Test(arguments: ["trap '' TERM HUP INT; while :; do sleep 1; done", "setsid sleep 60 & wait", "kill -STOP $$"])
    func aScriptMayHang(_ script: String) throws {
        let (sandbox, run, seconds) = try run(script)
        #expect(run.status == 1 && run.error.contains("did not end in time"), "\(run)")
        #expect(seconds < 30)
        try expectWhole(sandbox)
    }

    @Test func aScriptMayPrintWithoutEnd() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "hooktimeout 2s\nLOG/a.log {\npostrotate\n yes 'much to say' >&2\nendscript\n}\nLOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "line of \(name)\n") }
        // Nobody reads it, and there is no room for it.
        let run = try sandbox.run(
            "/bin/sh",
            [
                "-c", "\"$0\" \"$@\" 2>&1 >/dev/null | head -c 1000000 > said; exit 0", Sandbox.spillway, "-f", "-s",
                sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
        #expect(run.status == 0)
        #expect(
            try sandbox.names() == ["a.log", "a.log.1", "b.log", "b.log.1.gz"] || sandbox.names().contains("a.log.1.gz")
        )
        try expectWhole(sandbox)
    }

    /// The next run finds what was done and finishes the rest.
    @Test(arguments: ["KILL", "TERM", "HUP", "INT"])
    func aScriptMayEndTheRun(_ signal: String) throws {
        let (sandbox, run, _) = try run("kill -\(signal) $PPID")
        #expect(run.status != 0, "\(run)")
        for _ in 1...2 {
            let next = try sandbox.spillway(["-f"])
            #expect(next.status != 3, "\(next)")
        }
        for name in ["a", "b"] {
            let archives = try sandbox.names().filter { $0.hasPrefix("\(name).log.") }
            let history = try archives.sorted(by: >).map { try sandbox.content("log/\($0)") }.joined()
            #expect(history + (try sandbox.read("log/\(name).log")) == "line of \(name)\n", "\(archives)")
        }
        #expect(try sandbox.names().filter { $0.hasPrefix(".") } == [])
    }
}
