import Foundation
import Testing

/// When something around a rotation goes wrong, nothing is lost by it.
struct TroubleTests {
    /// Mounts a small file system of memory; false where that is not allowed.
    private func mount(_ sandbox: Sandbox, _ name: String, _ options: String, _ test: String = #function) throws -> Bool
    {
        let done =
            try sandbox.run("/bin/mount", ["-t", "tmpfs", "-o", "\(options),mode=700", "tmpfs", sandbox.path(name)])
            .status == 0
        if !done { Issue.record("\(test) did not run: it needs the right to mount") }
        return done
    }

    private func unmount(_ sandbox: Sandbox, _ name: String) {
        _ = try? sandbox.run("/bin/umount", ["-l", sandbox.path(name)])
    }

    @Test func historyOutlivesAStateThatCannotBeWritten() throws {
        let sandbox = try Sandbox()
        guard try mount(sandbox, "state", "size=16k") else { return }
        defer { unmount(sandbox, "state") }
        try sandbox.configure("rotate 3\nnocompress\ncreate\nLOG/a.log {\ndaily\n}\nLOG/b.log {\nsize 1\n}\n")
        try sandbox.write(
            "state/state", "logrotate state -- version 2\n\"\(sandbox.path("log"))/a.log\" 2020-1-1-0:0:0\n",
            mode: 0o600)
        for name in ["a.log", "a.log.1", "a.log.2", "a.log.3", "b.log"] {
            try sandbox.write("log/\(name)", "\(name)\n")
        }
        try sandbox.shell("cat /dev/zero > state/fill 2>/dev/null || true")
        // With a directory in memory that nothing can be written to either.
        func run() throws -> Finished {
            try sandbox.run(
                "/usr/bin/unshare",
                [
                    "-m", "/bin/sh", "-c", "mount -t tmpfs -o ro tmpfs /run; exec \"$@\"", "sh", Sandbox.spillway, "-s",
                    sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
                ])
        }
        for _ in 0..<5 {
            let run = try run()
            #expect(run.status == 1)
            // It gets worse with every run, so it is always said.
            #expect(
                run.error.contains(
                    "the state cannot be written: cannot write \(sandbox.path("state"))/state.new: No space left on device; nothing is rotated by its date"
                ), "\(run)")
        }
        #expect(
            try ["a.log", "a.log.1", "a.log.2", "a.log.3"].map { try sandbox.read("log/\($0)") } == [
                "a.log\n", "a.log.1\n", "a.log.2\n", "a.log.3\n",
            ])
        // What is due by its size says so itself.
        #expect(try sandbox.read("log/b.log.1") == "b.log\n")
        // Otherwise the state waits there, and the log is rotated once.
        for _ in 0..<3 {
            let run = try sandbox.spillway()
            #expect(run.status == 0, "\(run)")
            #expect(try sandbox.read("log/a.log.1") == "a.log\n")
        }
        #expect(try !sandbox.standIns(of: "state/journal").isEmpty)
        try sandbox.shell("rm state/fill")
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.read("state/state").contains("a.log"))
        #expect(try sandbox.standIns(of: "state/journal") == [])
    }

    @Test func anyTimeOfAFileIsATime() throws {
        let sandbox = try Sandbox()
        guard try mount(sandbox, "log", "size=1m") else { return }
        defer { unmount(sandbox, "log") }
        try sandbox.configure("LOG/*.log {\ndaily\nmaxage 1\nminage 1\n}\n")
        for name in ["a.log", "b.log", "a.log.1.gz", "a.log.2.gz"] { try sandbox.write("log/\(name)", "x") }
        try sandbox.shell(
            "touch -d @-9223372036854775808 log/a.log log/a.log.1.gz; touch -d @9223372036854775807 log/b.log log/a.log.2.gz"
        )
        for arguments in [["-v"], ["-fv"], ["-nf"]] { #expect(try sandbox.spillway(arguments).status == 0) }
        #expect(try !sandbox.names().contains { try sandbox.read("log/\($0)").isEmpty && $0.hasSuffix(".gz") })
    }

    @Test func aLogThatCannotBeCreatedAnewHasItsNameBack() throws {
        let sandbox = try Sandbox()
        guard try mount(sandbox, "log", "size=1m,nr_inodes=2") else { return }
        defer { unmount(sandbox, "log") }
        try sandbox.configure("LOG/a.log {\ncreate\nnocompress\npostrotate\ntouch \(sandbox.root)/told\nendscript\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(run.error.contains("No space left on device; the log has its name back, and the next run tries again"))
        #expect(try sandbox.names() == ["a.log"])
        #expect(!sandbox.exists("told"))
    }

    @Test func aScriptThatHasToTellTheWritersRunsThoughTheRunIsStopped() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "create\nLOG/*.log {\npostrotate\n kill -TERM $PPID; sleep 0.3; echo $1 >> \(sandbox.root)/told\nendscript\n}\n"
        )
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1 && run.error.contains("stopped by a signal; the next run goes on"))
        #expect(try sandbox.read("told") == "\(sandbox.path("log"))/a.log\n")
        #expect(try sandbox.names() == ["a.log", "a.log.1", "b.log"])
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func whatIsNotCutIsNotArchivedTwice() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        func run(failing call: String, _ options: [String]) throws -> Finished {
            try sandbox.run(
                "/usr/bin/strace",
                ["-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):error=EIO", Sandbox.spillway]
                    + options + [
                        "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                        sandbox.path("conf"),
                    ])
        }
        let first = try run(failing: "fallocate", ["-f"])
        #expect(first.status == 1 && first.error.contains("a.log: Input/output error"))
        // What the disk has done nobody knows: the log is left alone, until it can be compared with its archive.
        #expect(try sandbox.content("log/a.log.1.gz") == "x\n")
        let second = try run(failing: "fallocate", ["-fv"])
        #expect(second.status == 1 && second.error.contains("an earlier run was interrupted in the middle of"))
        #expect(second.output.contains("left alone: the cut of an earlier run is not finished"))
        try sandbox.append("log/a.log", "y\n")
        let third = try sandbox.spillway(["-v"])
        #expect(third.status == 0 && third.output.contains("finish the cut of"))
        #expect(try sandbox.read("log/a.log") == "\0\0y\n")
        // The apparent size is of no importance.
        let fourth = try run(failing: "ftruncate", ["-fv"])
        #expect(fourth.status == 0 && fourth.output.contains("kept its size: cannot truncate"))
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "y\n")
        #expect(try sandbox.content("log/a.log.2.gz") == "x\n")
        #expect(try sandbox.spillway(["-n"]).output.hasSuffix("1 log, 0 would be rotated\n"))
    }

    /// A forced run that is held up at a call, so that somebody else can come in between.
    private func rotate(_ sandbox: Sandbox, heldUpAt call: String, _ delay: String) throws -> Finished {
        try sandbox.run(
            "/usr/bin/strace",
            ["-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):\(delay)", Sandbox.spillway]
                + ["-f", "-s", "/dev/null", "--journal", sandbox.path("state/j"), sandbox.path("conf")])
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func whatSomebodyElseTruncatedIsKeptInItsArchive() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "only copy\n")
        // As soon as the archive has its name the log is emptied, while spillway is held up for half a second.
        let other = try sandbox.start(
            "/bin/sh", ["-c", "timeout 30 sh -c 'until [ -e log/a.log.1.gz ]; do :; done'; : > log/a.log"])
        let run = try rotate(sandbox, heldUpAt: "linkat", "delay_exit=500000")
        other.waitUntilExit()
        #expect(
            run.status == 1
                && run.error.contains("truncated by somebody else while it was archived; its archive is kept"))
        #expect(try sandbox.content("log/a.log.1.gz") == "only copy\n")
    }

    @Test(
        .enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"),
        arguments: ["", "copy\n", "nocompress\n"])
    func whatWasReadBeforeSomebodyElseTruncatedIsKept(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n\(directives)}\n")
        let lines = (0..<100_000).map { "line \($0) with something behind it\n" }.joined()
        try sandbox.write("log/a.log", lines)
        // Reading takes a while for each MiB; after the first the log is emptied.
        let script = """
            until n=$(pgrep -f '^[^ ]*/spillway .*\(sandbox.path("conf"))') && [ "$(awk '/rchar/ { print $2 }' /proc/$n/io)" -gt 1000000 ]
            do sleep 0.02; done; : > log/a.log; echo new >> log/a.log
            """
        let other = try sandbox.start("/bin/sh", ["-c", "timeout 60 sh -c \"$1\"", "sh", script])
        let run = try rotate(sandbox, heldUpAt: "pread64", "delay_enter=400000")
        other.waitUntilExit()
        #expect(
            run.status == 1
                && run.error.contains("truncated by somebody else while it was archived; its archive is kept"),
            "\(run.error)")
        let archive = try #require(try sandbox.names().first { $0 != "a.log" })
        let kept = try sandbox.content("log/\(archive)")
        #expect(kept.utf8.count >= 1 << 20 && lines.hasPrefix(kept))
        #expect(try sandbox.read("log/a.log") == "new\n")
    }

    /// What the next run does is what a dry run says.
    @Test(
        .enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"),
        arguments: ["daily", "size 1"])
    func aDryRunKnowsWhatAnInterruptedRunDid(_ schedule: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n\(schedule)\nnotifempty\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.spillway()
        try sandbox.append("log/a.log", "y\n")
        let killed = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "inject=fallocate:signal=KILL:when=1", Sandbox.spillway, "-f", "-s",
                sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
        #expect(killed.status != 0)
        let dry = try sandbox.spillway(["-n"])
        #expect(dry.output.contains("finish the cut of") && dry.output.contains("1 log, 0 would be rotated"), "\(dry)")
        let run = try sandbox.spillway(["-v"])
        #expect(run.output.contains("finish the cut of") && run.output.contains("1 log, 0 rotated"), "\(run)")
    }

    /// As on FAT: without holes a log becomes empty only by being made small, whoever has it open.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func losslessWithoutHolesEmptiesNothing() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nlossless\n}\n")
        func run() throws -> Finished {
            try sandbox.run(
                "/usr/bin/strace",
                [
                    "-f", "-o", "/dev/null", "-e", "trace=fallocate", "-e", "inject=fallocate:error=EOPNOTSUPP",
                    Sandbox.spillway, "-fv", "-s", sandbox.path("state/state"), "--journal",
                    sandbox.path("state/journal"),
                    sandbox.path("conf"),
                ])
        }
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        held.write("x\n")
        let refused = try run()
        #expect(refused.status == 1 && refused.error.contains("lossless forbids to make it smaller"), "\(refused)")
        held.letGo()
        #expect(try run().status == 1)
        #expect(try sandbox.names() == ["a.log"])
        #expect(try sandbox.read("log/a.log") == "x\n")
        try sandbox.configure("LOG/a.log {\n}\n")
        let done = try run()
        #expect(done.status == 0 && done.output.contains("truncate"), "\(done)")
        #expect(try sandbox.read("log/a.log") == "")
        #expect(try sandbox.content("log/a.log.1.gz") == "x\n")
    }

    @Test func aFloodDoesNotHoldTheRunUp() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\nLOG/b.log {\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        // Some 50 MB a second for as long as spillway works, and a minute at the most.
        let flood = try sandbox.start(
            "/bin/sh",
            ["-c", "timeout 60 sh -c 'while :; do yes | head -c 262144; sleep 0.005; done' >> log/a.log"])
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0)
        #expect(flood.isRunning)
        #expect(try sandbox.names().contains("b.log.1.gz"))
        _ = try sandbox.run("/usr/bin/pkill", ["-P", "\(flood.processIdentifier)"])
        flood.waitUntilExit()
    }

    @Test func aScriptMayReplaceTheLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\nprerotate\n sed -i s/secret/xxxxxx/ $1\nendscript\n}\nLOG/b.log {\ncreate\nprerotate\n sed -i s/secret/xxxxxx/ $1\nendscript\n}\n"
        )
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "a secret\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.content("log/a.log.1.gz") == "a xxxxxx\n")
        #expect(try sandbox.content("log/b.log.1.gz") == "a xxxxxx\n")
    }

    @Test func aCopyIsNotMadeTwice() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("copy\nrotate 3\nsize 2\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "some\nlines\n", ageSeconds: 60)
        for _ in 0..<3 { #expect(try sandbox.spillway().status == 0) }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    @Test func renamecopyWaitsForItsWriter() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("renamecopy\nrotate 5\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "first\n")
        let writer = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                "exec 3>> log/a.log; touch open; while [ ! -e log/a.log.tmp ]; do sleep 0.01; done; sleep 0.4; echo last >&3",
            ])
        try sandbox.wait { sandbox.exists("open") }
        #expect(try sandbox.spillway(["-f"]).status == 0)
        writer.waitUntilExit()
        #expect(try sandbox.names() == ["a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "first\nlast\n")
    }

    @Test func programsOfSuAreItsUsersAltogether() throws {
        let sandbox = try Sandbox()
        try sandbox.write(
            "compress", "#!/bin/sh\n{ id -u; id -ru; id -g; id -rg; } | tr '\\n' ' ' >&2; exec gzip\n", mode: 0o755)
        try sandbox.configure("LOG/a.log {\nsu nobody nogroup\ncreate\ncompresscmd \(sandbox.root)/compress\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.shell("chmod 755 .; chown -R nobody:nogroup log")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error.hasSuffix("compress says: 65534 65534 65534 65534\n"), "\(run)")
    }

    @Test func suSeesTheWritersOfRootsLogs() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsu nobody nogroup\ncreate\nrotate 3\n}\n")
        try sandbox.write("log/a.log", "first\n")
        try sandbox.shell("chmod 755 .; chown nobody:nogroup log")
        let writer = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                "exec 3>> log/a.log; touch open; while [ ! -e log/a.log.1 ]; do sleep 0.01; done; sleep 0.4; echo last >&3",
            ])
        try sandbox.wait { sandbox.exists("open") }
        #expect(try sandbox.spillway(["-f"]).status == 0)
        writer.waitUntilExit()
        #expect(try sandbox.content("log/a.log.1.gz") == "first\nlast\n")
    }

    @Test func suLetsNobodyReadWhatHeCouldNot() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsu nobody nogroup\ncopytruncate\n}\n")
        try sandbox.write("log/a.log", "x\n", mode: 0o640)
        try sandbox.shell(
            "chmod 755 .; chown nobody:nogroup log; chown nobody:adm log/a.log; setfacl -m u:daemon:r log/a.log")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(
            try sandbox.shell("stat -c '%a %U' log/a.log.1.gz; getfacl -c log/a.log.1.gz | grep -c daemon || true")
                .output == "600 nobody\n0\n")
    }

    @Test func aLogFileThatCannotBeOpenedKeepsNothingFromRotating() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let run = try sandbox.spillway(["-f", "-l", sandbox.path("no/such/file")])
        #expect(run.status == 1 && run.error.contains("the run goes on without it"))
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        try sandbox.write("verbose", "of an earlier run\n")
        #expect(try sandbox.spillway(["-n", "-f", "-l", sandbox.path("verbose")]).status == 0)
        #expect(try sandbox.read("verbose") == "of an earlier run\n")
    }

    @Test func aRunForSomeLogsKeepsWhatWasToldOfOthers() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("nomissingok\nLOG/gone.log LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        #expect(try sandbox.spillway().error != "")
        #expect(try sandbox.spillway(["--only", "a.log"]).status == 0)
        #expect(try sandbox.spillway(["-v"]).error != "")
        #expect(try sandbox.spillway().error == "")
    }

    @Test func largeNumbersAndWordsAreNoTrap() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "space \(sandbox.root) {\nbudget 9223372036854775807\nminfree 1k\n}\n\(String(repeating: "x", count: 300_000))\nLOG/a.log {\nsize 9223372036854775807\nmaxage 9223372036854775807s\nrotate 99999999999999999999\n}\n"
        )
        let started = Date()
        #expect(try sandbox.run(Sandbox.spillway, ["check", sandbox.path("conf")]).status == 1)
        #expect(Date().timeIntervalSince(started) < 5)
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func aRunEndedBetweenCompressingAndRemovingDoublesNothing() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("create\nrotate 9\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "first\n")
        _ = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=renameat2", "-e", "inject=renameat2:signal=KILL:when=3",
                Sandbox.spillway, "-f", "-s", "/dev/null", "--journal", sandbox.path("state/j"), sandbox.path("conf"),
            ])
        // The signal comes when the call is over, or before: both are left behind, or only one.
        try sandbox.shell(
            "rm -f log/.spillway*; test -e log/a.log.1 || { gzip -dc log/a.log.1.gz > log/a.log.1; touch -r log/a.log.1.gz log/a.log.1; }"
        )
        #expect(try sandbox.names() == ["a.log", "a.log.1", "a.log.1.gz"])
        try sandbox.write("log/a.log", "second\n")
        let run = try sandbox.spillway(["-fv"])
        #expect(
            run.status == 0 && run.output.contains("remove \(sandbox.path("log"))/a.log.1 (it is there compressed too)")
        )
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
        // Others of one name, with another content, are both kept.
        try sandbox.shell("echo other > log/a.log.1; touch -r log/a.log.1.gz log/a.log.1")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.names().count == 5)
    }

    @Test func aMountOfTheSameFileSystemIsCrossedToo() throws {
        let sandbox = try Sandbox()
        for name in ["real", "old"] { try sandbox.makeDirectory(name) }
        guard try sandbox.run("/bin/mount", ["--bind", sandbox.path("real"), sandbox.path("old")]).status == 0 else {
            Issue.record("aMountOfTheSameFileSystemIsCrossedToo did not run: it needs the right to mount")
            return
        }
        defer { unmount(sandbox, "old") }
        try sandbox.configure("create\nrotate 3\nolddir \(sandbox.root)/old/new\ncreateolddir\nLOG/a.log {\n}\n")
        for round in 1...2 {
            try sandbox.write("log/a.log", "\(round)\n")
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "")
        }
        #expect(try sandbox.names("real/new") == ["a.log.1.gz", "a.log.2.gz"])
    }

    /// NFS and FUSE have no unnamed files: then an archive begins under a name that only spillway gives.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func aFileSystemWithoutUnnamedFilesIsWorkedOnToo() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        func run(_ options: [String]) throws -> Finished {
            try sandbox.shell("rm -f log/*")
            try sandbox.write("log/a.log", "x\n", mode: 0o640)
            // What a run that was killed left.
            try sandbox.write("log/.spillway-a.log.1.gz.new", "half an archive")
            return try sandbox.run(
                "/usr/bin/strace",
                options + [
                    "-o", sandbox.path("trace"), Sandbox.spillway, "-f", "-s", "/dev/null", "--journal",
                    sandbox.path("state/j"), sandbox.path("conf"),
                ])
        }
        // The first one makes the journal.
        for _ in 1...2 { _ = try run(["-e", "trace=openat"]) }
        let calls = try sandbox.read("trace").split(separator: "\n")
        let index = try #require(calls.firstIndex { $0.contains("O_TMPFILE") })
        let finished = try run([
            "-e", "trace=openat,renameat2", "-e", "inject=openat:error=EOPNOTSUPP:when=\(index + 1)",
        ])
        #expect(finished.status == 0)
        #expect(try sandbox.read("trace").contains("RENAME_NOREPLACE"))
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "x\n")
        #expect(try sandbox.shell("stat -c %a log/a.log.1.gz").output == "640\n")
    }
}
