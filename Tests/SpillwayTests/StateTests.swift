import Foundation
import Testing

/// The state file, its lock, and what is taken over from logrotate.
struct StateTests {
    @Test func datesAreTakenOverFromLogrotateOnTheFirstRun() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("weekly\nLOG/a.log LOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        try sandbox.write(
            "predecessor", "logrotate state -- version 2\n\"\(sandbox.path("log"))/a.log\" 2020-1-1-0:0:0\n")
        // The default state, in file systems of this run's own.
        let script = """
            mount -t tmpfs -o mode=755 t /var/lib && mkdir -p /var/lib/logrotate && cp predecessor /var/lib/logrotate/status
            \(Sandbox.spillway) conf; echo $?; \(Sandbox.spillway) conf; echo $?
            stat -c '%a %n' /var/lib/spillway /var/lib/spillway/state; cat /var/lib/spillway/state
            """
        let run = try sandbox.run("/usr/bin/unshare", ["-m", "/bin/sh", "-ec", script])
        guard run.status == 0 else {
            Issue.record(
                "datesAreTakenOverFromLogrotateOnTheFirstRun did not run: it needs a mount namespace: \(run.error)")
            return
        }
        #expect(
            run.output.hasPrefix(
                "0\n0\n700 /var/lib/spillway\n600 /var/lib/spillway/state\nlogrotate state -- version 2\n"))
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log"])
    }

    /// As after a disk error: what is due by its size is rotated all the same, and nothing by its date.
    @Test(.enabled(if: FileSystem.tmpfs.missing == nil, "needs the right to mount"))
    func aStateOnAReadOnlyFileSystemIsRead() throws {
        for isEmpty in [false, true] {
            let mount = try LoopMount(Sandbox(), "state", .tmpfs)
            let sandbox = mount.sandbox
            try sandbox.configure("LOG/a.log {\nsize 1\n}\nLOG/b.log {\ndaily\n}\n")
            for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
            if !isEmpty {
                try sandbox.write(
                    "state/state", "logrotate state -- version 2\n\"\(sandbox.path("log/b.log"))\" 2026-1-1-0:0:0\n")
            }
            try sandbox.shell("mount -o remount,ro state")
            let run = try sandbox.spillway()
            #expect(run.status == 1 && run.error.contains("Read-only file system"), "\(run)")
            #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log"], "\(run)")
            #expect(try sandbox.spillway(["-n"]).output.contains(isEmpty ? "0 would be rotated" : "1 would be rotated"))
            // What was told lies in memory.
            let standIns = try sandbox.standIns(of: "state/journal")
            #expect(standIns.count == 1 && standIns[0].hasSuffix(".journal.ledger"), "\(standIns)")
            for file in standIns { try FileManager.default.removeItem(atPath: file) }
        }
    }

    @Test func anotherRunHoldsTheLock() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\nprerotate\n touch \(sandbox.root)/begun; while [ ! -e \(sandbox.root)/go ]; do sleep 0.02; done\nendscript\n}\n"
        )
        try sandbox.write("log/a.log", "x\n")
        let first = try sandbox.start(
            Sandbox.spillway,
            ["-f", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/j"), sandbox.path("conf")])
        try sandbox.wait { sandbox.exists("begun") }
        let second = try sandbox.spillway(["-f"])
        #expect(second.status == 3 && second.output == "" && second.error == "")
        let loud = try sandbox.spillway(["-fv"])
        #expect(
            loud.status == 3
                && loud.error.contains("another run holds the lock on \(sandbox.path("state/state")); nothing is done"))
        let started = Date()
        #expect(try sandbox.spillway(["-f", "--wait-for-state-lock=1"]).status == 3)
        #expect(Date().timeIntervalSince(started) >= 1)
        // A dry run needs no lock.
        #expect(try sandbox.spillway(["-n"]).status == 0)
        let waiting = try sandbox.start(
            Sandbox.spillway,
            [
                "-f", "--wait-for-state-lock", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/j"),
                sandbox.path("conf"),
            ])
        try sandbox.write("go", "")
        first.waitUntilExit()
        waiting.waitUntilExit()
        #expect(first.terminationStatus == 0 && waiting.terminationStatus == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
    }

    @Test func aBadLineCostsOnlyItself() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("daily\nLOG/a.log LOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let log = sandbox.path("log")
        try sandbox.write(
            "state/state", "logrotate state -- version 2\n\"\(log)/a.log\" nonsense\n\"\(log)/b.log\" 2020-1-1-0:0:0\n",
            mode: 0o600)
        let run = try sandbox.spillway()
        #expect(run.status == 0)
        #expect(
            run.error.contains(
                "state/state:2:1: warning: '\"\(log)/a.log\" nonsense' is no entry of a state file; the others are used"
            ))
        #expect(try sandbox.names() == ["a.log", "b.log", "b.log.1.gz"])
    }

    @Test func anotherFileIsNeitherReplacedNorChanged() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("daily\nLOG/a.log {\n}\nLOG/b.log {\nsize 1\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        try sandbox.write("state/state", "root:x:0:0\n", mode: 0o644)
        let run = try sandbox.spillway()
        #expect(run.status == 1 && run.error.contains("this is no state file of logrotate's version 1 or 2"))
        #expect(try sandbox.read("state/state") == "root:x:0:0\n")
        #expect(try sandbox.shell("stat -c %a state/state").output == "644\n")
    }

    @Test func noStateIsKeptInDevNull() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.run(
            Sandbox.spillway, ["-s", "/dev/null", "--journal", sandbox.path("state/j"), sandbox.path("conf")])
        #expect(run.status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.shell("stat -c %F /dev/null").output == "character special file\n")
    }

    @Test func aLogThatFailedIsTriedAgain() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("daily\nLOG/a.log {\nprerotate\n test -e \(sandbox.root)/ok\nendscript\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.write(
            "state/state", "logrotate state -- version 2\n\"\(sandbox.path("log"))/a.log\" 2020-1-1-0:0:0\n",
            mode: 0o600)
        #expect(try sandbox.spillway().status == 1)
        try sandbox.write("ok", "")
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    @Test func calendarRulesHoldInTheZoneOfTheWall() throws {
        // It is always another day, in some zone, than in the one furthest from it.
        let sandbox = try Sandbox()
        try sandbox.configure("daily\nLOG/a.log {\n}\n")
        let yesterdayInTonga = try sandbox.run(
            "/bin/date", ["-d", "-24 hours", "+%Y-%-m-%-d-%-H:0:0"], environment: ["TZ": "<+13>-13"]
        ).output
        try sandbox.write("log/a.log", "x\n")
        try sandbox.write(
            "state/state", "logrotate state -- version 2\n\"\(sandbox.path("log"))/a.log\" \(yesterdayInTonga)",
            mode: 0o600)
        let run = try sandbox.spillway(["-n"], environment: ["TZ": "<+13>-13"])
        #expect(run.output.contains("due: daily, last rotated"))
        let other = try sandbox.run("/bin/date", ["+%Y-%-m-%-d-%-H:0:0"], environment: ["TZ": "<-12>12"]).output
        try sandbox.write(
            "state/state", "logrotate state -- version 2\n\"\(sandbox.path("log"))/a.log\" \(other)", mode: 0o600)
        #expect(try sandbox.spillway(["-n"], environment: ["TZ": "<-12>12"]).output == "1 log, 0 would be rotated\n")
    }
}
