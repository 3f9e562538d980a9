import Foundation
import Glibc
import Testing

/// Renamed logs that somebody goes on writing to: cut like live logs, and archives like others at the end.
struct UnreleasedTests {
    private let line = String(repeating: "x", count: 99) + "\n"

    private func rotated(_ directives: String, _ log: String = "a.log", flags: Int32 = O_APPEND) throws -> (
        Sandbox, Held
    ) {
        let sandbox = try Sandbox()
        try sandbox.configure("size 10k\nLOG/\(log) {\ncreate\n\(directives)\n}\n")
        let held = try Held(sandbox.path("log/\(log)"), O_WRONLY | flags)
        held.write(String(repeating: line, count: 200))
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == [log, "\(log).1"])
        return (sandbox, held)
    }

    @Test(arguments: ["", "nocompress", "delaycompress", "compresscmd /usr/bin/bzip2\ncompressext .bz2"])
    func allItsPartsAreInOneArchive(_ directives: String) throws {
        let (sandbox, held) = try rotated(directives)
        var expected = String(repeating: line, count: 200)
        for round in 1...4 {
            let text = String(repeating: "round \(round)\n", count: 3000)
            held.write(text)
            expected += text
            let run = try sandbox.spillway()
            #expect(run.status == 0 && run.error == "", "\(run)")
            #expect(try sandbox.names() == ["a.log", "a.log.1", "a.log.1.gz"])
            #expect(try sandbox.content("log/a.log.1.gz") == expected)
        }
        held.write("the end")
        held.letGo()
        for _ in 1...2 {
            let run = try sandbox.spillway()
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == expected + "the end")
    }

    /// More pieces than one cut takes.
    @Test func whatIsInManyPiecesIsRemovedOnlyWhenAllOfItIsArchived() throws {
        let (sandbox, held) = try rotated("", flags: 0)
        _ = try sandbox.spillway(["--only", "a.log"])
        held.write(String(repeating: line, count: 200))
        #expect(try sandbox.spillway().status == 0)
        var expected = try sandbox.content("log/a.log.1.gz")
        for island in 1...600 {
            lseek(held.descriptor, (1 << 20) + island << 13, SEEK_SET)
            held.write("island \(island)\n")
            expected += "island \(island)\n"
        }
        held.letGo()
        for _ in 1...4 { #expect(try sandbox.spillway().status == 0) }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == expected)
    }

    /// A new file system gives its first file always the same inode.
    @Test func inodesOfTwoFileSystemsAreNotMixedUp() throws {
        if let missing = FileSystem.ext4.missing {
            Issue.record("this test did not run: missing here: \(missing)")
            return
        }
        let sandbox = try Sandbox()
        let mounts = try ["log/one", "log/two"].map { try LoopMount(sandbox, $0, .ext4) }
        try sandbox.configure("size 10k\nLOG/*/a.log {\ncreate\n}\n")
        let held = try mounts.map { try Held("\($0.place)/a.log", O_WRONLY | O_APPEND) }
        for _ in 1...3 {
            for log in held { log.write(String(repeating: line, count: 200)) }
            #expect(try sandbox.spillway().status == 0)
        }
        for log in held { log.letGo() }
        #expect(try sandbox.spillway().status == 0)
        for place in ["log/one", "log/two"] {
            #expect(try sandbox.names(place) == ["a.log", "a.log.1.gz", "lost+found"])
            #expect(try sandbox.content("\(place)/a.log.1.gz") == String(repeating: line, count: 600))
        }
    }

    /// Killed between the compressed form's name and the removal of the plain one, which has a hole.
    @Test func aHoleDoesNotMakeTwoArchivesOfOne() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ncreate\n}\n")
        try sandbox.spillway()
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY)
        lseek(log.descriptor, 1 << 20, SEEK_SET)
        log.write("one\n")
        log.letGo()
        try killed(at: "renameat2", 2, sandbox)
        #expect(try sandbox.names() == ["a.log", "a.log.1", "a.log.1.gz"])
        for _ in 1...2 {
            let run = try sandbox.spillway()
            #expect(run.status == 0 && run.error == "", "\(run)")
            #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        }
        #expect(try sandbox.content("log/a.log.1.gz") == "one\n")
    }

    /// What is remembered is root's, and signals are, whoever's rights the stanza asks for.
    @Test(.enabled(if: geteuid() == 0, "only root can change to another user"))
    func withSuTheNextRunTellsTheWriterToo() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsu nobody nogroup\nsignal HUP\ncreate\nsignalwait 2s\n}\n")
        try sandbox.spillway()
        try sandbox.shell("chmod 711 .; chown nobody log")
        let log = sandbox.path("log/a.log")
        let writer = try LogWriterProcess("reopen", sandbox, log: log, options: ["--count", "100"])
        try writer.wait(for: 100)
        try sandbox.shell("chown nobody log/a.log")
        try killed(at: "pidfd_open", 1, sandbox)
        #expect(try sandbox.names() == ["a.log", "a.log.1"])
        let run = try sandbox.spillway(["-v"])
        #expect(run.status == 0 && run.output.contains("sent to LogWriter"), "\(run)")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        try writer.stop()
    }

    /// As Debian's file for rsyslog has it: the script is run once for all logs, by the next run if this one is killed.
    @Test func aSharedScriptIsRunByTheNextRun() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log LOG/b.log {\ncreate\nsignalwait 0s\nsharedscripts\npostrotate\n echo \"$1\" >> \(sandbox.root)/told\nendscript\n}\n"
        )
        try sandbox.spillway()
        let held = try ["a.log", "b.log"].map { try Held(sandbox.path("log/\($0)"), O_WRONLY | O_APPEND) }
        for log in held { log.write("line\n") }
        // After the logs' moves, and before their script.
        try killed(at: "fsync", 1, sandbox)
        #expect(!sandbox.exists("told"))
        #expect(try sandbox.names().contains("a.log.1"))
        for _ in 1...2 {
            let run = try sandbox.spillway(["-v"])
            #expect(run.status == 0, "\(run)")
            #expect(try sandbox.read("told") == "\(sandbox.path("log"))/a.log \(sandbox.path("log"))/b.log\n")
        }
        // What the script wants reopened is there when it runs.
        #expect(sandbox.exists("log/a.log"))
        // A run that rotates one of them tells of the other with it.
        try sandbox.append("log/a.log", "more\n")
        // Numbers are moved, and no log.
        try killed(at: "renameat2", 3, sandbox)
        let tellings = try sandbox.read("told").split(separator: "\n").count
        for options in [["-f", "--only", "b.log"], [], []] {
            #expect(try sandbox.spillway(options).status == 0)
            #expect(try sandbox.read("told").split(separator: "\n").count == tellings + 1)
        }
        for log in held { log.letGo() }
    }

    /// Whatever a run is ended by while its script runs: the archive that the script was to see plain is compressed then.
    @Test(arguments: ["TERM", "KILL"], ["", "create", "copy"])
    func whatWasToBeCompressedIsCompressedByTheNextRun(_ signal: String, _ technique: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\n\(technique)\nrotate 3\npostrotate\n cd \(sandbox.root); [ -e done ] || { touch done; pkill -\(signal) -f '^[^ ]*/spillway .*\(sandbox.root)'; sleep 0.2; }\nendscript\n}\n"
        )
        try sandbox.write("log/a.log", "line\n")
        _ = try sandbox.spillway(["-f"])
        #expect(try sandbox.names().contains("a.log.1"))
        let run = try sandbox.spillway(["-v"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(try sandbox.names().filter { $0 != "a.log" } == ["a.log.1.gz"], "\(run)")
        #expect(try sandbox.content("log/a.log.1.gz") == "line\n")
        #expect(try sandbox.spillway(["-v"]).output.contains("0 rotated"))
    }

    /// It was run, and could do harm a second time; the archive is compressed by the next run.
    @Test(arguments: ["", "sharedscripts"], ["", "create"])
    func aScriptThatFailsIsNotRunAgain(_ sharing: String, _ technique: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\n\(technique)\n\(sharing)\npostrotate\n echo run >> \(sandbox.root)/told; exit 3\nendscript\n}\n"
        )
        try sandbox.write("log/a.log", "line\n")
        let first = try sandbox.spillway(["-f"])
        #expect(first.status == 1 && first.error.contains("ended with status 3"), "\(first)")
        for _ in 1...2 {
            let run = try sandbox.spillway()
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        #expect(try sandbox.read("told") == "run\n")
        #expect(try sandbox.content("log/a.log.1.gz") == "line\n")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can change to another user"))
    func whoCannotGiveALogAwayIsSaid() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsu nobody nogroup\ncreate 0600 daemon adm\n}\n")
        try sandbox.write("log/a.log", "line\n")
        try sandbox.shell("chmod 711 .; chown nobody log log/a.log")
        let run = try sandbox.spillway(["-f"])
        #expect(
            run.status == 0
                && run.error.contains("a.log is created for nobody:nogroup, mode 0600, and not for daemon:adm"),
            "\(run)")
    }

    /// What `renamecopy` has moved aside waits until its writer lets go, which is said, and does not wait for the next rotation.
    @Test(arguments: ["", "rotate 2\nnocompress", "rotate 3\ndateext"])
    func whatWasMovedAsideIsCopiedWhenItIsReleased(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 10k\nLOG/a.log {\nrenamecopy\ncreate\nsignalwait 0s\n\(directives)\n}\n")
        try sandbox.write("log/a.log", "first\n")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        held.write(String(repeating: line, count: 200))
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names().contains("a.log.tmp"))
        held.write("more\n")
        // It is not due by its size.
        let configuration = try sandbox.read("conf")
        try sandbox.write("conf", configuration.replacingOccurrences(of: "size 10k", with: "size 1M"))
        let waiting = try sandbox.spillway()
        #expect(
            waiting.status == 1 && waiting.error.contains("a.log.tmp is still written to, and in no archive"),
            "\(waiting)")
        // It counts as the log's, and not as somebody else's file.
        try sandbox.configure(
            "size 1M\nspace LOG {\nbudget 4k\n}\nLOG/a.log {\nrenamecopy\ncreate\nsignalwait 0s\n\(directives)\n}\n")
        let spaced = try sandbox.spillway(["-v"])
        #expect(
            spaced.error.contains("a.log with its archives (") && !spaced.error.contains("a.log.tmp ("), "\(spaced)")
        try sandbox.configure("size 1M\nLOG/a.log {\nrenamecopy\ncreate\nsignalwait 0s\n\(directives)\n}\n")
        held.letGo()
        for _ in 1...2 {
            let run = try sandbox.spillway()
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        let names = try sandbox.names().filter { $0 != "a.log" }
        #expect(names.count == 2 && !names.contains("a.log.tmp"), "\(names)")
        let contents = try names.map { try sandbox.content("log/\($0)") }
        #expect(Set(contents) == ["first\n", String(repeating: line, count: 200) + "more\n"])
        if directives.contains("rotate 2") { #expect(contents[1] == "first\n") }
    }

    /// A writer that never lets go does not fill the disk: what it writes is archived when it is due by its size.
    @Test(arguments: ["", "nocompress", "dateext\ndateformat -%s"])
    func whatWasMovedAsideIsCutWhileItWaits(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "size 10k\nLOG/a.log {\nrenamecopy\ncreate\nsignalwait 0s\nrotate 9\n\(directives)\n}\n")
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        var written = ""
        for round in 1...3 {
            let lines = (1...1000).map { "line \($0) of round \(round)\n" }.joined()
            held.write(lines)
            written += lines
            let run = try sandbox.spillway()
            // The first round is the rename; that nobody tells its writer is said.
            #expect(run.status == (round == 1 ? 0 : 1), "\(run)")
            if directives.contains("%s") { sleep(1) }
        }
        let blocks = Int(try sandbox.shell("stat -c %b log/a.log.tmp").output.dropLast()) ?? .max
        #expect(blocks * 512 < written.utf8.count / 2, "\(blocks)")
        held.write("the last\n")
        held.letGo()
        for _ in 1...2 {
            let run = try sandbox.spillway()
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        let archives = try sandbox.names().filter { $0 != "a.log" }
        let isNumbered = !directives.contains("%s")
        let history = try archives.sorted { isNumbered ? $0 > $1 : $0 < $1 }.map { try sandbox.content("log/\($0)") }
        #expect(history.joined() == written + "the last\n", "\(archives)")
    }

    private func killed(at call: String, _ number: Int, _ sandbox: Sandbox) throws {
        let strace = ["-f", "-qq", "-o", sandbox.path("trace"), "-e", "inject=\(call):signal=KILL:when=\(number)"]
        let run = try sandbox.run(
            "/usr/bin/strace",
            strace + [
                Sandbox.spillway, "-f", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("conf"),
            ])
        #expect(run.status == -SIGKILL || run.status == 128 + SIGKILL, "\(run)")
    }

    @Test func recordsAreNotCutUnderTheirNewNameEither() throws {
        let (sandbox, held) = try rotated("", "wtmp")
        let record = "\u{7}\0\0\0pts/0\n" + String(repeating: "\0", count: 374)
        for _ in 1...2 {
            held.write(String(repeating: record, count: 100))
            #expect(try sandbox.spillway().status == 0)
            #expect(try sandbox.names() == ["wtmp", "wtmp.1"])
        }
        held.letGo()
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["wtmp", "wtmp.1.gz"])
        #expect(
            try sandbox.content("log/wtmp.1.gz")
                == String(repeating: line, count: 200) + String(repeating: record, count: 200))
    }
}
