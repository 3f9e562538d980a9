import Foundation
import Glibc
import Testing

/// What the sweep of `FaultTests` has found, each by itself.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct FaultFindingTests {
    private func run(_ sandbox: Sandbox, injecting options: [String], forced: Bool = true) throws -> Finished {
        try sandbox.run(
            "/usr/bin/strace",
            ["-f", "-qq", "-o", sandbox.path("trace")] + options + [Sandbox.spillway] + (forced ? ["-f"] : []) + [
                "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
    }

    /// The journal names a log that was archived and not cut. A run that cannot read it may not archive that once more.
    @Test func aJournalThatCannotBeReadKeepsItsLogsFromBeingArchivedTwice() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nnotifempty\n}\n")
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        defer { held.letGo() }
        held.write("first\n")
        let killed = try run(
            sandbox, injecting: ["-e", "trace=fallocate", "-e", "inject=fallocate:error=EIO:signal=SIGKILL:when=1"])
        #expect(killed.status != 0)
        try sandbox.write("log/b.log", "other\n")
        let blind = try run(
            sandbox, injecting: ["-P", sandbox.path("state/journal"), "-e", "inject=pread64:error=EIO:when=1"])
        #expect(blind.status == 1 && blind.error.contains("in the middle of \(sandbox.path("log/a.log"))"), "\(blind)")
        // Others are not kept.
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log", "b.log.1.gz"])
        held.write("second\n")
        let next = try sandbox.spillway(["-f"])
        #expect(next.status == 0 && next.error == "", "\(next)")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz", "b.log", "b.log.1.gz"])
        #expect(try [2, 1].map { try sandbox.content("log/a.log.\($0).gz") } == ["first\n", "second\n"])
    }

    /// One removal fails half-way, others of the same directory do not.
    @Test func aRemovalThatFailedHalfWayIsFinishedByTheNextRun() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("space LOG {\nbudget 300K\npurge old-*\n}\nLOG/*.log {\n}\n")
        for number in 1...4 { try sandbox.fill("log/old-\(number)", kibibytes: 200, ageDays: Double(number)) }
        let failed = try run(sandbox, injecting: ["-e", "trace=ftruncate", "-e", "inject=ftruncate:error=EIO:when=1"])
        #expect(failed.status == 1 && failed.error.contains("old-4"), "\(failed)")
        #expect(try sandbox.names().contains { $0.hasPrefix(".spillway-gone-") })
        let next = try sandbox.spillway()
        #expect(next.status == 0 && next.error == "", "\(next)")
        #expect(try sandbox.names().filter { $0.hasPrefix(".") } == [])
    }

    /// The directory cannot be synced, or the plain archive not be removed: there are not two of one for all that.
    @Test(arguments: [
        ("fsync", "create\ndelaycompress"), ("renameat2", "create\ndelaycompress"), ("fsync", "renamecopy"),
        ("renameat2", "renamecopy"), ("renameat2", "renamecopy\nnocompress"), ("ftruncate", "renamecopy"),
        ("unlinkat", "renamecopy\ndelaycompress"),
    ])
    func whatCouldNotBeCompressedIsNotThereTwice(_ call: String, _ directives: String) throws {
        for number in 1...6 {
            let sandbox = try Sandbox()
            try sandbox.configure("LOG/a.log {\n\(directives)\nnotifempty\n}\n")
            try sandbox.write("log/a.log", "first\n")
            try sandbox.spillway(["-f"])
            try sandbox.write("log/a.log", "second\n")
            _ = try run(
                sandbox, injecting: ["-e", "trace=\(call)", "-e", "inject=\(call):error=EIO:when=\(number)"])
            for _ in 1...2 { #expect(try sandbox.spillway(["-f"]).status == 0) }
            let history = try sandbox.names().map { try sandbox.content("log/\($0)") }.filter { !$0.isEmpty }.sorted()
            #expect(history == ["first\n", "second\n"], "\(call) \(number)")
        }
    }

    /// What `renamecopy` has copied and cannot remove, run after run, is there once, and goes when it can. What is written to it
    /// meanwhile is no copy of anything.
    @Test(
        arguments: [
            "", "nocompress", "delaycompress", "olddir LOG/old", "compresscmd /bin/cat\ncompressext .same",
        ],
        [false, true])
    func whatRenamecopyCannotRemoveIsNotCopiedAgain(_ directives: String, isWritten: Bool) throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("log/old")
        try sandbox.configure("LOG/a.log {\nrenamecopy\n\(directives)\nnotifempty\n}\n")
        try sandbox.write("log/a.log", "first\n")
        func failing(_ when: String) -> [String] {
            ["-e", "trace=renameat2", "-e", "inject=renameat2:error=EPERM:when=\(when)"]
        }
        // Of renames the first is the journal's, the second the log's own. What another program compresses waits too: its
        // archive would be another file than the one that the ledger knows.
        let first = try run(sandbox, injecting: failing("3"))
        #expect(first.status == 1 && first.error.contains("a.log.tmp"), "\(first)")
        func history() throws -> [String] {
            let old = try sandbox.names("log/old").map { "old/\($0)" }
            let names = try sandbox.names().filter { $0 != "old" && $0 != "a.log" } + old
            return try names.map { try sandbox.content("log/\($0)") }.filter { !$0.isEmpty }.sorted()
        }
        #expect(try history() == ["first\n", "first\n"])
        for _ in 1...3 {
            #expect(try run(sandbox, injecting: failing("1+"), forced: false).status == 1)
            #expect(try history() == ["first\n", "first\n"])
        }
        if isWritten { try sandbox.append("log/a.log.tmp", "second\n") }
        let last = try sandbox.spillway()
        #expect(last.status == 0, "\(last)")
        #expect(!sandbox.exists("log/a.log.tmp"))
        #expect(try history() == (isWritten ? ["first\n", "first\nsecond\n"] : ["first\n"]))
    }

    /// What cannot be done, and not be taken back either, is said both.
    @Test func whatIsNotTakenBackIsSaid() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ncreate\nnotifempty\n}\n")
        try sandbox.write("log/a.log", "first\n")
        // Of renames the first is the journal's, the second the log's own; then the plain archive cannot go, nor its compressed form.
        let failed = try run(
            sandbox, injecting: ["-e", "trace=renameat2", "-e", "inject=renameat2:error=EPERM:when=3+"])
        #expect(failed.status == 1, "\(failed)")
        #expect(failed.error.contains("a.log.1.gz was made in vain and could not be taken back: "), "\(failed)")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    /// Its private name cannot be removed: that is an error, and not a file that somebody has open.
    @Test func aPrivateNameThatStaysIsAnError() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate 1\n}\n")
        for round in 1...2 {
            try sandbox.write("log/a.log", "\(round)\n")
            guard round == 2 else {
                try sandbox.spillway(["-f"])
                continue
            }
            let run = try run(sandbox, injecting: ["-e", "trace=unlinkat", "-e", "inject=unlinkat:error=EIO"])
            #expect(run.status == 1 && run.error.contains("cannot remove"), "\(run)")
        }
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    /// Wherever reading fails: a line that cannot be read is no line that is not finished.
    @Test func aLogThatCannotBeReadIsAnError() throws {
        for number in 1...4 {
            let sandbox = try Sandbox()
            try sandbox.configure("LOG/a.log {\nnotifempty\n}\n")
            let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
            defer { held.letGo() }
            held.write("first\n")
            let failed = try run(
                sandbox, injecting: ["-P", sandbox.path("log/a.log"), "-e", "inject=pread64:error=EIO:when=\(number)"])
            let isDone = try sandbox.names().contains("a.log.1.gz")
            #expect(failed.status == (isDone ? 0 : 1), "\(number): \(failed)")
            #expect(isDone || failed.error.contains("log/a.log"), "\(number): \(failed)")
            #expect(try sandbox.spillway(["-f"]).status == 0)
            #expect(try sandbox.content("log/a.log.1.gz") == "first\n")
        }
    }

    @Test func aSignalThatCannotBeSentNamesTheLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ncreate\nsignal HUP\nsignalwait 0s\n}\n")
        let writer = try sandbox.start(
            "/bin/sh", ["-c", "trap : HUP; exec 3>> log/a.log; echo x >&3; touch open; while :; do sleep 0.05; done"])
        defer { kill(writer.processIdentifier, SIGKILL) }
        try sandbox.wait { sandbox.exists("open") }
        let calls = "pidfd_send_signal,kill"
        let run = try run(sandbox, injecting: ["-e", "trace=\(calls)", "-e", "inject=\(calls):error=EPERM"])
        #expect(
            run.status == 1 && run.error.contains("log/a.log.1: its writer is not told: cannot signal process"),
            "\(run)")
        #expect(!run.error.contains("lsattr"))
    }
}
