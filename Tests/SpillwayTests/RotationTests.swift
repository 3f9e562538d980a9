import Foundation
import Testing

/// What becomes of the files.
struct RotationTests {
    @Test func theDefaultsKeepEverythingCompressedInPlace() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1\nLOG/a.log LOG/missing.log {\n}\n")
        let inode = { try sandbox.run("/usr/bin/stat", ["-c", "%i", sandbox.path("log/a.log")]).output }
        try sandbox.write("log/a.log", "0\n", mode: 0o600)
        let before = try inode()
        for round in 1...12 {
            #expect(try sandbox.spillway().status == 0)
            try sandbox.append("log/a.log", "\(round)\n")
        }
        #expect(try inode() == before)
        #expect(try sandbox.names().count == 13)
        let history = try (1...12).reversed().map { try sandbox.content("log/a.log.\($0).gz") }
        #expect(history == (0...11).map { "\($0)\n" })
        #expect(try sandbox.read("log/a.log") == "12\n")
        #expect(try sandbox.shell("stat -c %a \(sandbox.path("log"))/a.log.*.gz | sort -u").output == "600\n")
    }

    @Test func renamedLogsAreCreatedAnewWithTheirAttributes() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("create\nrotate 2\nLOG/a.log {\n}\nLOG/b.log {\ncreate 0604 65534 65534\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n", mode: 0o640) }
        try sandbox.shell("chown 65534:4 log/a.log; setfacl -m u:33:r log/a.log log/b.log")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let stat = try sandbox.shell(
            "cd log; stat -c '%n %a %u:%g' * | sort; getfacl -cpn a.log a.log.1.gz b.log | grep user:"
        ).output
        #expect(
            stat == """
                a.log 640 65534:4
                a.log.1.gz 640 65534:4
                b.log 604 65534:65534
                b.log.1.gz 640 0:0
                user::rw-
                user:33:r--
                user::rw-
                user:33:r--
                user::rw-

                """)
    }

    @Test func aCompressedArchiveHasTheTimeOfItsLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("create\nrotate 2\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n", ageSeconds: 90_000)
        let time = { (name: String) in try sandbox.run("/usr/bin/stat", ["-c", "%Y", sandbox.path(name)]).output }
        let before = try time("log/a.log")
        try sandbox.spillway(["-f"])
        #expect(try time("log/a.log.1.gz") == before)
    }

    @Test func programsCompressToo() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "rotate 3\nLOG/a.log {\ncompresscmd /bin/bzip2\ncompressoptions -9\n}\nLOG/b.log {\ncompresscmd /no/such\ncompressext .no\n}\n"
        )
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(run.error.contains("cannot run /no/such: No such file or directory"))
        // Nothing is lost, nothing half made: the archive stays plain.
        #expect(try sandbox.names() == ["a.log", "a.log.1.bz2", "b.log", "b.log.1"])
        #expect(try sandbox.shell("bzip2 -dc log/a.log.1.bz2").output == "x\n")
    }

    @Test func olddirOnAnotherFileSystem() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("old")
        guard try sandbox.run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", sandbox.path("old")]).status == 0
        else {
            Issue.record("olddirOnAnotherFileSystem did not run: it needs the right to mount")
            return
        }
        defer { _ = try? sandbox.run("/bin/umount", [sandbox.path("old")]) }
        try sandbox.configure(
            "create\nrotate 3\nolddir \(sandbox.path("old"))\nLOG/a.log {\n}\nLOG/b.log {\ncopytruncate\n}\nLOG/c.log {\nrenamecopy\n}\n"
        )
        for round in 1...3 {
            for name in ["a", "b", "c"] { try sandbox.write("log/\(name).log", "\(name)\(round)\n", mode: 0o640) }
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "")
        }
        #expect(try sandbox.names() == ["a.log", "b.log", "c.log"])
        for name in ["a", "b", "c"] {
            #expect(
                try (1...3).map { try sandbox.content("old/\(name).log.\($0).gz") } == [
                    "\(name)3\n", "\(name)2\n", "\(name)1\n",
                ])
        }
        #expect(try sandbox.shell("stat -c %a old/*").output.split(separator: "\n").allSatisfy { $0 == "640" })
    }

    @Test func createolddirMakesIt() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "create\nLOG/a.log {\nolddir gone/by\n}\nLOG/b.log {\nolddir old\ncreateolddir 0750 65534 4\n}\n")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(
            run.error.contains(
                "a.log is skipped: its olddir \(sandbox.path("log"))/gone/by does not exist; createolddir makes it"))
        #expect(try sandbox.names("log/old") == ["b.log.1.gz"])
        #expect(try sandbox.shell("stat -c '%a %u:%g' log/old").output == "750 65534:4\n")
        #expect(try sandbox.read("log/a.log") == "x\n")
    }

    @Test func anUnfinishedRenamecopyIsFinished() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("renamecopy\nrotate 5\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log.tmp", "older\n")
        try sandbox.write("log/a.log", "newer\n")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.names() == ["a.log.1.gz", "a.log.2.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "newer\n")
        #expect(try sandbox.content("log/a.log.2.gz") == "older\n")
    }

    @Test func datedArchivesOfOneDayAreAllKept() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("dateext\nrotate 3\nLOG/*.log {\nextension .log\n}\n")
        for round in 1...5 {
            try sandbox.write("log/a.log", "\(round)\n")
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        let names = try sandbox.names().filter { $0.hasSuffix(".gz") }
        #expect(names.count == 3)
        #expect(Set(try names.map { try sandbox.content("log/\($0)") }) == ["3\n", "4\n", "5\n"])
    }

    @Test func mailCarriesWhatGoes() throws {
        let sandbox = try Sandbox()
        try sandbox.write("mailer", "#!/bin/sh\n{ echo \"$@\"; cat; } >> \(sandbox.path("mails"))\n", mode: 0o755)
        try sandbox.configure("rotate 1\nmail ops@example.org\nLOG/a.log {\n}\nLOG/b.log {\nmailfirst\n}\n")
        for round in 1...2 {
            for name in ["a", "b"] { try sandbox.write("log/\(name).log", "\(name)\(round)\n") }
            let run = try sandbox.spillway(["-f", "-m", sandbox.path("mailer")])
            #expect(run.status == 0 && run.error == "")
        }
        let log = sandbox.path("log")
        #expect(
            try sandbox.read("mails") == """
                -s \(log)/b.log ops@example.org
                b1
                -s \(log)/a.log.2.gz ops@example.org
                a1
                -s \(log)/b.log ops@example.org
                b2

                """)
    }

    @Test func whatCannotBeMailedStays() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("rotate 1\nmail x\nLOG/a.log {\n}\n")
        for round in 1...2 {
            try sandbox.write("log/a.log", "\(round)\n")
            _ = try sandbox.spillway(["-f", "-m", "/bin/false"])
        }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
    }

    @Test func shreddedArchivesAreGone() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("rotate 1\nshred\nshredcycles 2\nLOG/a.log {\n}\n")
        for round in 1...3 {
            try sandbox.write("log/a.log", "\(round)\n")
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "")
        }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    @Test func archivesOfLogsThatAreGoneExpire() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("maxage 30\nsize 1M\nLOG/*.log {\n}\n")
        try sandbox.write("log/quiet.log", "x\n")
        for name in ["quiet.log.1.gz", "gone.log.1.gz"] {
            try sandbox.write("log/\(name)", "x", ageSeconds: 40 * 86400)
        }
        for name in ["quiet.log.2.gz", "gone.log.2.gz", "other.1.gz"] {
            try sandbox.write("log/\(name)", "x", ageSeconds: 86400)
        }
        let run = try sandbox.spillway()
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.names() == ["gone.log.2.gz", "other.1.gz", "quiet.log", "quiet.log.2.gz"])
    }

    @Test func aLineWrittenWhileALogIsCopiedIsArchivedOnceAndInOrder() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1\nLOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "")
        let writer = try sandbox.start(
            "/bin/sh", ["-c", "i=0; while [ $i -lt 400 ]; do echo $i; i=$((i+1)); sleep 0.002; done >> log/a.log"])
        while writer.isRunning { #expect(try sandbox.spillway().status == 0) }
        let count = try sandbox.names().filter { $0.hasSuffix(".gz") }.count
        // A head that stays is archived already, which `cat` knows.
        let history = try sandbox.run(
            Sandbox.spillway,
            [
                "cat", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("log/a.log"), sandbox.path("conf"),
            ]
        ).output
        let numbers = history.split(separator: "\n").compactMap { Int($0) }
        #expect(numbers == Array(Set(numbers)).sorted(), "nothing is doubled, broken or out of order")
        // Between the last look at the log and its truncation a line can come: microseconds in each rotation.
        #expect(numbers.count >= 400 - count)
        #expect(count > 3)
    }
}
