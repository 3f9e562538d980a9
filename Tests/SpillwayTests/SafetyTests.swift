import Foundation
import Testing

/// What others could try, and what must not get lost when something fails.
struct SafetyTests {
    @Test func linksAndSpecialFilesAreNotRotated() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/* {\n}\n")
        try sandbox.write("secret", "keep\n")
        try sandbox.shell(
            "ln -s ../secret log/link; ln secret log/hard; mkfifo log/fifo; mkdir log/dir; ln -s /nowhere log/dangling")
        let run = try sandbox.spillway(["-f", "-v"])
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.names() == ["dangling", "dir", "fifo", "hard", "link"])
        #expect(try sandbox.read("secret") == "keep\n")
        #expect(run.output.contains("log/link: left alone: a symbolic link"))
        #expect(run.output.contains("log/hard: left alone: it has 2 names (allowhardlink rotates it all the same)"))
    }

    @Test func oneInodeUnderTwoPathsIsRotatedOnce() throws {
        let sandbox = try Sandbox()
        try sandbox.shell("ln -s log same")
        try sandbox.configure("LOG/a.log \(sandbox.root)/same/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "x\n")
    }

    @Test func namesInADirectoryOfOthersNeedSu() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "create\nLOG/a.log {\n}\nLOG/b.log {\ncopytruncate\n}\nLOG/c.log {\nsu nobody nogroup\n}\n")
        for name in ["a", "b", "c"] { try sandbox.write("log/\(name).log", "x\n") }
        try sandbox.shell("chown nobody:nogroup . log log/c.log; chmod 755 .; chmod 775 log")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        let expected =
            "spillway: \(sandbox.path("log"))/a.log is skipped: its directory \(sandbox.path("log")) can be written to by "
            + "others (mode 0775, owner nobody, group nogroup), and renames and scripts go by names there; add to its stanza: "
            + "su nobody nogroup\n"
        #expect(run.error == expected)
        #expect(try sandbox.names() == ["a.log", "b.log", "b.log.1.gz", "c.log", "c.log.1.gz"])
        #expect(try sandbox.shell("stat -c %U:%G log/c.log.1.gz").output == "nobody:nogroup\n")
    }

    @Test func suCannotDoWhatItsUserCannot() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsu nobody nogroup\n}\nLOG/b.log {\n}\n")
        try sandbox.shell("chmod 755 .")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(run.error.contains("a.log: Permission denied"))
        #expect(try sandbox.names() == ["a.log", "b.log", "b.log.1.gz"])
    }

    @Test func configurationThatOthersCanWriteIsRefused() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.shell("chmod 664 conf")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(
            run.error.contains("conf is not read, because others could write to it (mode 0664, owner 0): chmod go-w"))
        #expect(try sandbox.names() == ["a.log"])
    }

    @Test func aFullDiskLosesNothingAndLeavesNothingHalfMade() throws {
        let sandbox = try Sandbox()
        guard
            try sandbox.run("/bin/mount", ["-t", "tmpfs", "-o", "size=512k,mode=755", "tmpfs", sandbox.path("log")])
                .status == 0
        else {
            Issue.record("aFullDiskLosesNothingAndLeavesNothingHalfMade did not run: it needs the right to mount")
            return
        }
        defer { _ = try? sandbox.run("/bin/umount", [sandbox.path("log")]) }
        for technique in ["copytruncate", "create", "copytruncate\nnocompress"] {
            try sandbox.configure("LOG/a.log {\nrotate 5\n\(technique)\n}\n")
            try sandbox.shell(
                "rm -f log/*; base64 /dev/urandom | head -c 140000 > log/a.log; cp log/a.log copy; { cat /dev/zero > log/filler; } 2>/dev/null || true"
            )
            let run = try sandbox.spillway(["-f"])
            // In place, the journal lends the room. A plain archive needs more than the log gives back, by a page: it waits.
            let succeeds = technique == "copytruncate"
            #expect(run.status == (succeeds ? 0 : 1), "\(technique): \(run)")
            if !succeeds { #expect(run.error.contains("No space left on device"), "\(technique)") }
            try sandbox.shell("rm log/filler")
            if technique.hasSuffix("nocompress") {
                #expect(run.error.contains("what was cut waits in the journal"))
                #expect(try sandbox.spillway().status == 0)
            }
            let names = try sandbox.names()
            #expect(names == ["a.log", succeeds ? "a.log.1.gz" : "a.log.1"], "\(technique)")
            let history = try names.reversed().map { try sandbox.content("log/\($0)") }.joined()
            let isWhole = try history.replacingOccurrences(of: "\0", with: "") == sandbox.read("copy")
            #expect(isWhole, "\(technique): \(history.count)")
            // With room the next run does it.
            #expect(try sandbox.spillway(["-f"]).status == 0, "\(technique)")
        }
    }

    @Test func umaskMakesNoArchiveWiderOrNarrower() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\nLOG/b.log {\ncreate\n}\n")
        try sandbox.write("log/a.log", "x\n", mode: 0o666)
        try sandbox.write("log/b.log", "x\n", mode: 0o662)
        _ = try sandbox.shell("umask 077; \(Sandbox.spillway) -f -s state/s --journal state/j conf")
        #expect(
            try sandbox.shell("stat -c '%n %a' log/*").output
                == "log/a.log 666\nlog/a.log.1.gz 666\nlog/b.log 662\nlog/b.log.1.gz 662\n")
    }

    @Test func strangeNamesAreRotatedToo() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/* {\nrotate 2\n}\n")
        try sandbox.shell(
            "printf x > \"log/with blank\"; printf x > \"log/$(printf '\\377')\"; printf x > \"log/$(printf 'esc\\033[31m')\""
        )
        let run = try sandbox.spillway(["-f", "--json"])
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.shell("ls log | wc -l").output == "6\n")
        #expect(run.output.contains("/log/\\udcff\""))
        #expect(run.output.contains("esc\\u001b[31m"))
    }
}

extension SafetyTests {
    @Test func anArchiveThatSomebodyWritesIsNotRemoved() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("create\nnocompress\nrotate 1\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "first\n")
        let writer = try sandbox.start(
            "/bin/sh",
            ["-c", "exec 3>> log/a.log; touch open; while [ ! -e stop ]; do sleep 0.02; done; echo last >&3"])
        try sandbox.wait { sandbox.exists("open") }
        for _ in 0..<3 { #expect(try sandbox.spillway(["-f"]).status == 0) }
        #expect(try sandbox.shell("ls -l /proc/\(writer.processIdentifier)/fd").output.contains("(deleted)") == false)
        try sandbox.write("stop", "")
        writer.waitUntilExit()
        #expect(try sandbox.shell("cat log/*").output == "first\nlast\n")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1"])
    }

    @Test func aBrokenStanzaKeepsItsLogsFromALaterOne() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate 1O0\n}\nLOG/*.log {\nrotate 1\n}\n")
        for name in ["a.log", "a.log.1.gz", "a.log.2.gz", "b.log", "b.log.1.gz", "b.log.2.gz"] {
            try sandbox.write("log/\(name)", "x\n")
        }
        #expect(try sandbox.spillway(["-f"]).status == 1)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz", "b.log", "b.log.1.gz"])
    }
}
