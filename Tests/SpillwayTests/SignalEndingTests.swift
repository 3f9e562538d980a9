import Foundation
import Glibc
import Testing

/// Programs that catch a signal and end, or need it twice: models, and daemons as they come from Debian.
struct SignalEndingTests {
    private static let noise = String(repeating: "x", count: 99) + "\n"

    /// A name that no table has: the first run learns it, and says it once.
    @Test(arguments: ["", "create"])
    func whoEndsIsSaidOnceAndNeverSignalledAgain(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\nsignalwait 20s\n\(directives)\n}\n")
        let log = sandbox.path("log/a.log")
        let first = try LogWriterProcess("exit", sandbox, log: log, id: "one", options: ["--count", "500"])
        try first.wait(for: 500)
        let pid = first.process.processIdentifier
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1, "\(run)")
        #expect(
            run.error.contains("conf:2:1: LogWriter (pid \(pid)) ended after it was sent SIGHUP for \(log)"), "\(run)")
        #expect(try sandbox.read("state/journal.ledger").contains("ends 1 /LogWriter\n"))
        first.process.waitUntilExit()
        let second = try LogWriterProcess("exit", sandbox, log: log, id: "two", options: ["--rate", "20000"])
        for _ in 1...3 {
            usleep(50_000)
            let run = try sandbox.spillway(["-fv"])
            #expect(run.status == 0 && run.error == "" && run.output.contains("emptied in place"), "\(run)")
            #expect(run.output.contains("LogWriter (pid \(second.process.processIdentifier)) ends on SIGHUP"), "\(run)")
        }
        try second.stop()
        let files = try LineCount.history(of: "a.log", in: sandbox.path("log"))
        let count = try LineCount(sandbox, files, expecting: [first.expectation, second.expectation])
        #expect(["lost", "doubled", "broken", "unsent", "others", "nuls"].allSatisfy { count[$0] == 0 }, "\(count)")
    }

    private func start(_ sandbox: Sandbox, _ program: String, _ arguments: [String]) throws -> Process {
        let process = try sandbox.start("/usr/bin/env", ["--default-signal", program] + arguments)
        try sandbox.wait {
            guard process.isRunning else { throw SandboxError("\(program) ended at once") }
            return try sandbox.exists("log/a.log") && !sandbox.read("log/a.log").isEmpty
        }
        return process
    }

    private func end(_ process: Process) {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    private func holders(of name: String) -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int($0) != nil } ?? []
        return processes.filter { process in
            let place = "/proc/\(process)/fd"
            return ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(place)/\($0)"))?.hasPrefix(name) == true
            }
        }
    }

    @Test(
        .enabled(if: hasProgram("/usr/sbin/chronyd") && geteuid() == 0, "chronyd is missing: apt-get install chrony"),
        arguments: ["", "create"])
    func chronydOutlivesARun(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\n\(directives)\n}\n")
        try sandbox.write(
            "chrony.conf", "port 0\ncmdport 0\npidfile \(sandbox.root)/pid\n")
        let daemon = try start(
            sandbox, "/usr/sbin/chronyd",
            ["-d", "-x", "-U", "-l", sandbox.path("log/a.log"), "-f", sandbox.path("chrony.conf")])
        defer { end(daemon) }
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "" && run.output.contains("emptied in place"), "\(run)")
        #expect(run.output.contains("chronyd (pid \(daemon.processIdentifier)) ends on SIGHUP, and is not sent it"))
        #expect(daemon.isRunning)
        let check = try sandbox.run(Sandbox.spillway, ["check", sandbox.path("conf")])
        #expect(
            check.output.contains("conf:2:1: warning: signal HUP: chronyd (pid \(daemon.processIdentifier)) ends"),
            "\(check)")
    }

    /// It does not append either: what it writes after the cut must not meet a log that was made small.
    @Test(
        .enabled(if: hasProgram("/usr/sbin/slapd") && geteuid() == 0, "slapd is missing: apt-get install slapd"),
        arguments: ["", "create"])
    func slapdOutlivesARun(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\n\(directives)\n}\n")
        try sandbox.makeDirectory("data")
        try sandbox.write(
            "slapd.conf",
            """
            include /etc/ldap/schema/core.schema
            logfile \(sandbox.path("log/a.log"))
            loglevel stats
            pidfile \(sandbox.root)/pid
            database ldif
            directory \(sandbox.root)/data
            suffix "dc=x"

            """)
        let socket = sandbox.path("socket").replacingOccurrences(of: "/", with: "%2F")
        let daemon = try start(
            sandbox, "/usr/sbin/slapd", ["-d", "stats", "-h", "ldapi://\(socket)", "-f", sandbox.path("slapd.conf")])
        defer { end(daemon) }
        try sandbox.wait { try sandbox.read("log/a.log").contains("slapd starting\n") }
        let before = try sandbox.read("log/a.log")
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "" && run.output.contains("emptied in place"), "\(run)")
        #expect(
            run.output.contains("slapd (pid \(daemon.processIdentifier)) ends on SIGHUP, and is not sent it"), "\(run)")
        #expect(daemon.isRunning)
        kill(daemon.processIdentifier, SIGTERM)
        daemon.waitUntilExit()
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let history = try ["log/a.log.2.gz", "log/a.log.1.gz"].map(sandbox.content).joined()
        #expect(
            history.hasPrefix(before) && history.hasSuffix("slapd stopped.\n") && !history.contains("\0"), "\(history)")
    }

    /// A model with the name of nsd's first process, which may need the signal twice, or not: this one always does.
    @Test func whoLetsGoOnTheSecondSignalGetsIt() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\ncreate\nsignalwait 20s\n}\n")
        let program = sandbox.path("nsd: main")
        try sandbox.shell("cp '\(LogWriterProcess.program)' '\(program)'")
        let log = sandbox.path("log/a.log")
        let writer = try LogWriterProcess("second", sandbox, log: log, options: ["--rate", "20000"], program: program)
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        // Released: compressed in the same run.
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"], "\(run)")
        #expect(holders(of: log + ".1") == [])
        try writer.stop()
        let files = try LineCount.history(of: "a.log", in: sandbox.path("log"))
        let count = try LineCount(sandbox, files, expecting: [writer.expectation])
        #expect(["lost", "doubled", "broken", "unsent", "others", "nuls"].allSatisfy { count[$0] == 0 }, "\(count)")
    }

    @Test(.enabled(if: hasProgram("/usr/sbin/nsd") && geteuid() == 0, "nsd is missing: apt-get install nsd"))
    func nobodyOfNsdHoldsTheRenamedLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\ncreate\nsignalwait 20s\n}\n")
        try sandbox.write(
            "nsd.conf",
            """
            server:
              ip-address: 127.0.0.1@53535
              logfile: \(sandbox.path("log/a.log"))
              pidfile: \(sandbox.root)/pid
              username: ""
              zonesdir: \(sandbox.root)
              database: ""
              verbosity: 2
              zonelistfile: \(sandbox.root)/zones
              xfrdfile: \(sandbox.root)/transfers
            remote-control:
              control-enable: no

            """)
        let daemon = try start(sandbox, "/usr/sbin/nsd", ["-d", "-c", sandbox.path("nsd.conf")])
        defer {
            // Its first process ends the others.
            kill(daemon.processIdentifier, SIGTERM)
            daemon.waitUntilExit()
        }
        try sandbox.wait { holders(of: sandbox.path("log/a.log")).count == 3 }
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(holders(of: sandbox.path("log/a.log.1")) == [])
        #expect(heldDeletedFiles(below: sandbox.path("log")) == [])
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(daemon.isRunning)
    }
}
