import Foundation
import Testing

/// Which threads compress, and what share of the machine they get.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct CompressionThreadTests {
    /// The calls of a run that makes one archive of a log of several blocks, that start threads or lower them.
    private func trace(_ directives: String, sandbox: Sandbox) throws -> [Substring]? {
        try sandbox.configure("\(directives)LOG/a.log {\nrotate 3\n}\n")
        let line = "Nov 25 10:00:00 host daemon[4711]: event number NNN took 17 ms, user alice, status ok\n"
        try sandbox.write("log/a.log", String(repeating: line, count: 60_000))
        let trace = sandbox.path("trace")
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", trace, "-e", "trace=clone,clone3,setpriority,ioprio_set", Sandbox.spillway, "-f", "-s",
                sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
        guard run.status == 0 else {
            Issue.record("strace cannot trace here: \(run.error)")
            return nil
        }
        #expect(try sandbox.content("log/a.log.1.gz").utf8.count == 60_000 * line.utf8.count)
        return try sandbox.read("trace").split(separator: "\n")
    }

    @Test func theyAreNiceAndIdleByDefault() throws {
        guard let calls = try trace("", sandbox: try Sandbox()) else { return }
        // strace cuts a call in two where threads take turns: its end may be in another line.
        let started = calls.filter { $0.contains("clone") && $0.contains("CLONE_THREAD") }
        #expect(!started.isEmpty)
        #expect(calls.contains { $0.contains("setpriority(PRIO_PROCESS, 0, 10") })
        #expect(calls.contains { $0.contains("ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE") })
    }

    @Test func niceAndIoclassSayOtherwise() throws {
        guard let calls = try trace("nice 3\nioclass best-effort\n", sandbox: try Sandbox()) else { return }
        #expect(calls.contains { $0.contains("setpriority(PRIO_PROCESS, 0, 3") })
        #expect(!calls.contains { $0.contains("PRIO_PROCESS, 0, 10") || $0.contains("IOPRIO_CLASS_IDLE") })
        #expect(calls.contains { $0.contains("IOPRIO_CLASS_BE, 7") })
    }

    @Test func oneWorkerIsTheRunItself() throws {
        guard let calls = try trace("workers 1\n", sandbox: try Sandbox()) else { return }
        #expect(
            !calls.contains { $0.contains("CLONE_THREAD") || $0.contains("setpriority") || $0.contains("ioprio_set") })
    }

    @Test func smallLogsOfABatchBecomeWholeArchivesSideBySide() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nrotate 3\n}\n")
        let contents = (0..<150).map { number in
            String(repeating: "log \(number) says the same again and again\n", count: 1 + number * 40)
        }
        for (number, content) in contents.enumerated() { try sandbox.write("log/\(number).log", content) }
        #expect(try sandbox.spillway(["-f"]).status == 0)
        for (number, content) in contents.enumerated() {
            #expect(try sandbox.content("log/\(number).log.1.gz") == content)
            #expect(try sandbox.read("log/\(number).log").isEmpty)
        }
    }
}
