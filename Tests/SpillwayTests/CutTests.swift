import Foundation
import Glibc
import Testing

/// What a cut leaves: whole lines in the archive, the rest in the log, and an apparent size that says little.
struct CutTests {
    private struct Report: Decodable {
        struct Step: Decodable {
            var kind: String
            var path: String
            var technique: String?
            var shrink: String?
            var archived: Int64?
            var detail: String?
            var result: String
        }
        var steps: [Step]
    }

    private func cut(_ sandbox: Sandbox, _ options: [String] = ["-f"]) throws -> Report.Step {
        let run = try sandbox.spillway(options + ["--json"])
        let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
        return try #require(report.steps.last { $0.kind == "cut" }, "\(run)")
    }

    private func size(_ sandbox: Sandbox, _ name: String = "log/a.log") throws -> (apparent: Int, occupied: Int) {
        var status = stat()
        guard stat(sandbox.path(name), &status) == 0 else { throw SandboxError("\(name): errno \(errno)") }
        return (status.st_size, status.st_blocks * 512)
    }

    /// More entries with long names than the journal takes at once: of logs in which there is nothing, too.
    @Test(arguments: [0, 20]) func manyLogsWithLongNamesAreCutInParts(_ lines: Int) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nifempty\nrotate 2\n}\n")
        let names = (1000..<1300).map { "\($0)" + String(repeating: "x", count: 160) + ".log" }
        let content = (0..<lines).map { "line \($0)\n" }.joined()
        for name in names { try sandbox.write("log/\(name)", content) }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "", "\(run.error.prefix(400))")
        for name in names {
            #expect(try sandbox.content("log/\(name).1.gz") == content)
            #expect(try sandbox.size(sandbox.path("log/\(name)")) == 0)
        }
    }

    /// A file system of its own for the logs; nil where that cannot be, which is said.
    private func mount(_ fileSystem: FileSystem, _ test: String = #function) throws -> LoopMount? {
        if let missing = fileSystem.missing {
            Issue.record("\(test) did not run on \(fileSystem): missing here: \(missing)")
            return nil
        }
        return try LoopMount(Sandbox(), "log", fileSystem)
    }

    // MARK: - Lines

    @Test func aLineThatIsNotFinishedStaysUntilItIs() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        log.write("one\ntwo\nthr")
        #expect(try cut(sandbox).archived == 8)
        #expect(try sandbox.content("log/a.log.1.gz") == "one\ntwo\n")
        // Nothing is due by its size, and nothing is shifted, until the line is finished.
        #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n")
        log.write("ee\n")
        #expect(try cut(sandbox, []).archived == 6)
        #expect(try sandbox.content("log/a.log.1.gz") == "three\n")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
        // Padding and holes are nothing: neither pending nor empty lines.
        #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n")
    }

    @Test func aLogThatNobodyHasOpenIsTakenWhole() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "one\ntw")
        let step = try cut(sandbox)
        #expect(step.technique == "punch" && step.shrink == "truncate")
        #expect(try sandbox.content("log/a.log.1.gz") == "one\ntw")
        #expect(try size(sandbox) == (0, 0))
    }

    @Test func aLineWithoutAnEndIsCutAtAByteAndThatIsSaid() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        log.write("short\n" + String(repeating: "x", count: 3 << 20))
        let step = try cut(sandbox)
        #expect(step.detail?.contains("a line of more than 1 MiB is cut in two") == true)
        #expect(try sandbox.content("log/a.log.1.gz").utf8.count == 6 + 3 << 20)
    }

    /// A service that opened its old log at the start: what is behind its position it will write over.
    @Test func whatAWriterMayWriteOverStays() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "old 1\nold 2\nold 3\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY)
        let refused = try sandbox.spillway(["-f"])
        #expect(refused.status == 1)
        #expect(refused.error.contains("may write over it from byte 0 on; method punch empties it all the same"))
        #expect(try sandbox.names() == ["a.log"])
        log.write("new 1\nnew ")
        #expect(try cut(sandbox).shrink == nil)
        #expect(try sandbox.content("log/a.log.1.gz") == "new 1\n")
        log.write("2\nnew 3\n")
        _ = try cut(sandbox)
        #expect(try sandbox.content("log/a.log.1.gz") == "new 2\nnew 3\n")
        try sandbox.configure("LOG/a.log {\nmethod punch\n}\n")
        lseek(log.descriptor, 0, SEEK_SET)
        try sandbox.append("log/a.log", "more\n")
        _ = try cut(sandbox)
        #expect(try sandbox.content("log/a.log.1.gz") == "more\n")
    }

    /// What is seen beforehand is no reason to shift: the dry run says it too.
    @Test(arguments: ["unfinished", "behind", "records"])
    func archivesKeepTheirNumbersWhereNothingIsRotated(_ hindrance: String) throws {
        let sandbox = try Sandbox()
        let name = hindrance == "records" ? "wtmp" : "a.log"
        try sandbox.configure("LOG/\(name) {\n}\n")
        for round in 1...2 {
            try sandbox.write("log/\(name)", "round \(round)\n")
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        let log = try Held(sandbox.path("log/\(name)"), O_WRONLY | (hindrance == "behind" ? 0 : O_APPEND))
        if hindrance == "behind" { try sandbox.append("log/a.log", "line\n") } else { log.write("unfin") }
        #expect(try sandbox.spillway(["-fn"]).output == "1 log, 0 would be rotated\n")
        for _ in 1...2 {
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == (hindrance == "unfinished" ? 0 : 1), "\(run)")
            #expect(try sandbox.names() == [name, "\(name).1.gz", "\(name).2.gz"])
        }
        log.letGo()
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.names() == [name, "\(name).1.gz", "\(name).2.gz", "\(name).3.gz"])
    }

    // MARK: - Size

    @Test(arguments: [FileSystem.ext4, .xfs])
    func underAWriterThatAppendsTheSizeBecomesSmall(_ fileSystem: FileSystem) throws {
        guard let mount = try mount(fileSystem) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("size 1\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let line = String(repeating: "x", count: 99) + "\n"
        var written: [String] = []
        for round in 1...5 {
            let text = "round \(round)\n" + String(repeating: line, count: 1000)
            log.write(text)
            written.append(text)
            let step = try cut(sandbox)
            #expect(step.technique == "punch" && step.shrink == "collapse", "\(step)")
            #expect(try size(sandbox).apparent <= 4096)
            // It begins with a line, and not with NULs.
            #expect(try !sandbox.shell("cat log/a.log").output.contains("\0"))
        }
        #expect(try (1...5).reversed().map { try sandbox.content("log/a.log.\($0).gz") } == written)
        #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n")
    }

    @Test func aReaderIsWaitedForAndNamed() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let line = String(repeating: "y", count: 99) + "\n"
        var reader: Held? = try Held(sandbox.path("log/a.log"), O_RDONLY)
        log.write(String(repeating: line, count: 500) + "unfinished")
        let planned = try cut(sandbox, ["-n", "-f"])
        let step = try cut(sandbox)
        let reason = "cut by punch; not shrunk: followed by"
        #expect(
            planned.detail?.hasPrefix(reason) == true && step.detail?.contains(reason) == true, "\(planned) \(step)")
        #expect(step.detail?.contains("(pid \(getpid()))") == true)
        #expect(try size(sandbox).apparent == 50_010)
        #expect(try size(sandbox).occupied <= 8192)
        // In spite of it, and without it.
        try sandbox.configure("LOG/a.log {\nmethod collapse\n}\n")
        log.write("\n" + line)
        #expect(try cut(sandbox).shrink == "collapse")
        #expect(reader != nil)
        reader = nil
        try sandbox.configure("LOG/a.log {\n}\n")
        log.write(line)
        #expect(try cut(sandbox).detail?.contains("followed by") == false)
        try sandbox.configure("LOG/a.log {\nmethod punch\n}\n")
        log.write(line)
        #expect(try cut(sandbox).detail?.contains("method punch leaves the size of a held log") == true)
    }

    /// What a daemon that does not append makes of its log under a rotation that truncates.
    @Test func aSparseLogIsArchivedWithoutItsHole() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY)
        lseek(log.descriptor, (8 << 30) + 1234, SEEK_SET)
        let line = String(repeating: "z", count: 63) + "\n"
        log.write(String(repeating: line, count: 1000))
        // Not due by what it seems to be.
        for _ in 0..<2 { #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n") }
        let begin = Date()
        #expect(try cut(sandbox).archived == 64_000)
        #expect(Date().timeIntervalSince(begin) < 5)
        #expect(try sandbox.content("log/a.log.1.gz") == String(repeating: line, count: 1000))
        #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n")
        for _ in 0..<17 { log.write(String(repeating: line, count: 1000)) }
        #expect(try cut(sandbox, []).archived == 17 * 64_000)
    }

    @Test func islandsAndReservedSpaceHoldNothingUp() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("size 100k\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY)
        posix_fallocate(log.descriptor, 0, 1 << 20)
        #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n", "reserved, not written")
        for island in 1...3 {
            lseek(log.descriptor, island << 18, SEEK_SET)
            log.write("island \(island)\n")
        }
        lseek(log.descriptor, 0, SEEK_END)
        log.write("end\n")
        _ = try cut(sandbox)
        let archived = try sandbox.content("log/a.log.1.gz")
        #expect(archived == "island 1\nisland 2\nisland 3\nend\n")
        #expect(try size(sandbox).occupied <= 8192)
        // Into the hole before what was cut, by whoever wants to.
        lseek(log.descriptor, 5000, SEEK_SET)
        log.write("late\n")
        lseek(log.descriptor, 0, SEEK_END)
        _ = try cut(sandbox)
        #expect(try sandbox.content("log/a.log.1.gz") == "late\n")
    }

    // MARK: - Records

    @Test func recordsAreEmptiedOnlyWhenNobodyHasThemOpen() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/wtmp LOG/records {\n}\n")
        // As utmp(5): fixed length, NULs, no lines.
        let record = [UInt8]("\u{7}\0\0\0pts/0".utf8) + [UInt8](repeating: 0, count: 371)
        let records = Data((0..<40).flatMap { _ in record + [10, 0, 0, 0] })
        for name in ["wtmp", "records"] {
            try records.write(to: URL(fileURLWithPath: sandbox.path("log/\(name)")))
        }
        var holder: Held? = try Held(sandbox.path("log/wtmp"), O_WRONLY | O_APPEND)
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1 && run.error.contains("wtmp is not emptied: it holds records, and"))
        #expect(holder != nil)
        holder = nil
        #expect(try sandbox.spillway(["-f", "--only", "wtmp"]).status == 0)
        for name in ["wtmp", "records"] {
            let archived = try sandbox.run("/bin/sh", ["-c", "gzip -dc log/\(name).1.gz > capture/\(name)"])
            #expect(archived.status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: sandbox.path("capture/\(name)"))) == records)
            #expect(try size(sandbox, "log/\(name)") == (0, 0))
        }
    }

    /// A user's last login is at his number's place.
    @Test func recordsWithHolesBetweenThemKeepTheirPlaces() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/lastlog {\ncreate\n}\n")
        let log = try Held(sandbox.path("log/lastlog"), O_WRONLY)
        lseek(log.descriptor, 292 * 1000, SEEK_SET)
        log.write("\u{1}\0\0\0pts/0" + String(repeating: "\0", count: 283))
        log.letGo()
        let before = try Data(contentsOf: URL(fileURLWithPath: sandbox.path("log/lastlog")))
        #expect(try sandbox.spillway(["-f"]).status == 0)
        try sandbox.shell("gzip -d log/lastlog.1.gz")
        #expect(try Data(contentsOf: URL(fileURLWithPath: sandbox.path("log/lastlog.1"))) == before)
    }

    /// Also where the log is only copied, or renamed and copied.
    @Test(arguments: ["copy", "renamecopy", "create"])
    func noTechniqueArchivesAHole(_ technique: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n\(technique)\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY)
        lseek(log.descriptor, (4 << 20) + 7, SEEK_SET)
        log.write("one\ntwo\n")
        log.letGo()
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.content("log/a.log.1.gz") == "one\ntwo\n")
    }

    /// Leases of others' files are root's.
    @Test(.enabled(if: geteuid() == 0, "only root can change to another user"))
    func withSuLogsOfOthersAreEmptiedToo() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log LOG/wtmp {\nsu nobody nogroup\n}\n")
        try sandbox.write("log/a.log", "one\n", mode: 0o666)
        try sandbox.write("log/wtmp", "\u{7}\0\0\0", mode: 0o666)
        try sandbox.shell("chmod 711 .; chown nobody log")
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && !run.output.contains("somebody has opened it"), "\(run)")
        for name in ["a.log", "wtmp"] { #expect(try size(sandbox, "log/\(name)") == (0, 0)) }
        #expect(try sandbox.content("log/wtmp.1.gz") == "\u{7}\0\0\0")
    }

    /// The third of its calls: after the hole and the question whether it can be done.
    @Test func paddingIsNothingAlsoWhenTheCollapseFails() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.spillway()
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        log.write(String(repeating: "line\n", count: 10_001) + "unfin")
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-qq", "-o", sandbox.path("trace"), "-e", "inject=fallocate:error=ENOSPC:when=3",
                Sandbox.spillway, "-fv", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("conf"),
            ])
        #expect(run.status == 0 && run.output.contains("cannot collapse"), "\(run)")
        log.write("ished\n")
        #expect(try cut(sandbox).archived == 11)
        #expect(try sandbox.content("log/a.log.1.gz") == "unfinished\n")
    }

    // MARK: - Runs

    /// The journal's slot has room for some thousand pieces.
    @Test func logsInManyPiecesAreCutInSeveralGoes() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\n}\n")
        for number in 1...30 {
            let log = try Held(sandbox.path("log/\(number).log"), O_WRONLY)
            for island in 0..<200 {
                lseek(log.descriptor, off_t(island << 13), SEEK_SET)
                log.write("island \(island)\n")
            }
        }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        let expected = (0..<200).map { "island \($0)\n" }.joined()
        for number in 1...30 { #expect(try sandbox.content("log/\(number).log.1.gz") == expected) }
    }

    @Test func theJournalKeepsOtherRunsOutWhateverStateTheyUse() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nfirstaction\ntouch \(sandbox.root)/began; sleep 1\nendscript\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let first = try sandbox.start(
            Sandbox.spillway,
            ["-f", "-s", sandbox.path("state/one"), "--journal", sandbox.path("state/journal"), sandbox.path("conf")])
        try sandbox.wait { sandbox.exists("began") }
        let second = try sandbox.spillway(["-f", "--skip-state-lock", "-s", "/dev/null"])
        #expect(second.status == 3 && second.error == "")
        first.waitUntilExit()
        #expect(first.terminationStatus == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }
}
