import Foundation
import Testing

/// What scripts are given, and what their errors keep from happening.
struct HookTests {
    private let hooks = ["firstaction", "prerotate", "postrotate", "lastaction", "preremove"]

    private func scripts(_ directory: String) -> String {
        hooks.map { "\($0)\n echo \"\($0)|$0|$#|$1|$2\" >> \(directory)/trace\nendscript" }.joined(separator: "\n")
    }

    @Test func eachScriptGetsLogrotatesArguments() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("rotate 0\ncreate\nLOG/*.log {\n\(scripts(sandbox.root))\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "")
        let log = sandbox.path("log")
        #expect(
            try sandbox.read("trace") == """
                firstaction|logrotate_script|1|\(log)/*.log|
                prerotate|logrotate_script|1|\(log)/a.log|
                postrotate|logrotate_script|2|\(log)/a.log|\(log)/a.log.1
                preremove|logrotate_script|1|\(log)/a.log.1|
                prerotate|logrotate_script|1|\(log)/b.log|
                postrotate|logrotate_script|2|\(log)/b.log|\(log)/b.log.1
                preremove|logrotate_script|1|\(log)/b.log.1|
                lastaction|logrotate_script|1|\(log)/*.log|

                """)
    }

    @Test func sharedScriptsGetThePatternsAndRunOnce() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("rotate 1\ncreate\nLOG/a.log LOG/b.log {\nsharedscripts\n\(scripts(sandbox.root))\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let patterns = "\(sandbox.path("log"))/a.log \(sandbox.path("log"))/b.log"
        #expect(
            try sandbox.read("trace") == hooks.dropLast().map { "\($0)|logrotate_script|1|\(patterns)|\n" }.joined())
    }

    @Test func noScriptRunsWhereNothingIsDue() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\n\(scripts(sandbox.root))\n}\n")
        try sandbox.write("log/a.log", "x\n")
        #expect(try sandbox.spillway().status == 0)
        #expect(!sandbox.exists("trace"))
    }

    @Test(arguments: [
        ("prerotate", false, ["a.log", "b.log", "b.log.1.gz"]),
        ("prerotate", true, ["a.log", "b.log"]),
        ("postrotate", false, ["a.log", "a.log.1", "b.log", "b.log.1.gz"]),
        ("postrotate", true, ["a.log", "a.log.1", "b.log", "b.log.1"]),
        ("firstaction", false, ["a.log", "b.log"]),
        ("lastaction", false, ["a.log", "a.log.1.gz", "b.log", "b.log.1.gz"]),
    ])
    func anErrorKeepsTheRestFromHappening(_ hook: String, _ shared: Bool, _ expected: [String]) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "create\nrotate 2\nLOG/*.log {\n\(shared ? "sharedscripts" : "nosharedscripts")\n\(hook)\n case \"$1\" in *b.log) exit 0;; esac; exit 3\nendscript\n}\nLOG/other {\n}\n"
        )
        for name in ["a.log", "b.log", "other"] { try sandbox.write("log/\(name)", "x\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(run.error.contains("conf:5:1: the \(hook) script for \(sandbox.path("log"))/"))
        #expect(run.error.contains("ended with status 3"))
        // One bad stanza does not stop the next.
        #expect(try sandbox.names() == expected + ["other", "other.1.gz"])
    }

    @Test func aScriptHasALimitedTime() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "hooktimeout 1s\nLOG/a.log {\npostrotate\n sleep 60 & sleep 60\nendscript\n}\nLOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let started = Date()
        let run = try sandbox.spillway(["-f"])
        #expect(Date().timeIntervalSince(started) < 20)
        #expect(run.status == 1)
        #expect(
            run.error.contains(
                "the postrotate script for \(sandbox.path("log"))/a.log did not end in time and was ended (hooktimeout 1s;"
            ))
        #expect(try sandbox.names().contains("b.log.1.gz"))
    }

    @Test func scriptsInheritOutputEnvironmentAndDirectoryAndNoInput() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\npostrotate\n echo out; echo err >&2; echo $MARK; pwd; cat; echo to the log >&3\nendscript\n}\n"
        )
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.spillway(["-f", "-l", sandbox.path("verbose")], environment: ["MARK": "here"])
        #expect(run.output == "out\nhere\n\(sandbox.root)\n")
        #expect(run.error == "err\n")
        #expect(try sandbox.read("verbose").contains("to the log\n"))
        #expect(try sandbox.read("verbose").contains("a.log: rotated because --force asks for it"))
    }

    @Test func aSignalStopsTheRunAndItsScript() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\nprerotate\n touch \(sandbox.root)/begun; sleep 60\nendscript\n}\nLOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let process = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                "exec \(Sandbox.spillway) -f -s \(sandbox.path("state/s")) --journal \(sandbox.path("state/j")) conf 2> err",
            ])
        try sandbox.wait { sandbox.exists("begun") }
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(try sandbox.names() == ["a.log", "b.log"])
        #expect(try sandbox.read("err").contains("stopped by a signal; the next run goes on"))
        // And nothing stays locked.
        #expect(try sandbox.spillway(["-f", "--only", "b.log"]).status == 0)
    }

    @Test func compressionWaitsForTheWriter() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("create\nrotate 3\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "first\n")
        // It has the renamed log open for half a second, writes, and lets go.
        let writer = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                "exec 3>> log/a.log; touch open; while [ ! -e log/a.log.1 ]; do sleep 0.01; done; sleep 0.5; echo last >&3",
            ])
        try sandbox.wait { sandbox.exists("open") }
        let run = try sandbox.spillway(["-f"])
        writer.waitUntilExit()
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "first\nlast\n")
    }

    @Test func whatIsStillWrittenIsCompressedLater() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("create\nrotate 3\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "first\n")
        let writer = try sandbox.start(
            "/bin/sh",
            ["-c", "exec 3>> log/a.log; touch open; while [ ! -e stop ]; do sleep 0.05; done; echo last >&3"])
        try sandbox.wait { sandbox.exists("open") }
        let run = try sandbox.spillway(["-f", "-v"])
        #expect(run.status == 0)
        #expect(run.output.contains(") still writes to it; it is compressed when nobody writes to it any more"))
        #expect(try sandbox.names() == ["a.log", "a.log.1"])
        try sandbox.write("stop", "")
        writer.waitUntilExit()
        try sandbox.spillway(["-f"])
        #expect(try sandbox.content("log/a.log.2.gz") == "first\nlast\n")
    }
}
