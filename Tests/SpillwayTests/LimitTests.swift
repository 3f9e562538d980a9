import Foundation
import Glibc
import Testing

/// What a machine, or whoever starts a run, does not give it. Nothing is lost, what is wrong is said, and the next run, which
/// has everything, finishes the work.
struct LimitTests {
    /// Logs that nobody has open, with lines that do not compress well.
    private static func content(_ id: Int, _ lines: Int) -> String {
        (1...lines).map { "log \(id) line \($0) \(UInt64($0 + id) &* 0x9e37_79b9_7f4a_7c15)\n" }.joined()
    }

    private func sandbox(_ logs: Int, lines: Int = 200, _ directives: String = "") throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\n\(directives)\n}\n")
        for log in 0..<logs { try sandbox.write("log/\(log).log", Self.content(log, lines)) }
        return sandbox
    }

    private static func run(_ sandbox: Sandbox, under tool: [String], _ options: [String] = ["-f"]) throws -> Finished {
        try sandbox.run(
            tool[0],
            tool.dropFirst() + [Sandbox.spillway] + options + [
                "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
    }

    /// What is wrong with the history of logs: everything is there once, in the archive or still in the log.
    private func problems(_ sandbox: Sandbox, _ logs: Int, lines: Int = 200, isFinished: Bool) throws -> [String] {
        var problems: [String] = []
        let names = try sandbox.names()
        for log in 0..<logs {
            let archives = names.filter { $0.hasPrefix("\(log).log.") }.sorted(by: >)
            let live = names.contains("\(log).log") ? try sandbox.read("log/\(log).log") : ""
            let history = try archives.map { try sandbox.content("log/\($0)") }.joined() + live
            if history != Self.content(log, lines) {
                problems.append("\(log).log: \(archives), \(history.utf8.count) bytes")
            }
            if isFinished, !live.isEmpty { problems.append("\(log).log is not empty") }
        }
        let others = names.filter { $0.wholeMatch(of: #/\d+\.log(\.\d+(\.gz)?)?/#) == nil }
        return problems + (isFinished ? others : [])
    }

    private func finish(_ sandbox: Sandbox, _ logs: Int, lines: Int = 200) throws {
        let next = try sandbox.spillway(["-f"])
        #expect(next.status == 0 && next.error == "", "\(next)")
        let problems = try problems(sandbox, logs, lines: lines, isFinished: true)
        #expect(problems == [])
    }

    // MARK: - Of a process

    /// SIGXFSZ ends whoever does not ignore it.
    @Test(arguments: ["", "nocompress", "create", "renamecopy", "copy"])
    func aFileMayNotBecomeLarge(_ directives: String) throws {
        let sandbox = try sandbox(2, lines: 2000, directives)
        try sandbox.spillway(["--only", "nothing"])
        let run = try Self.run(sandbox, under: ["/usr/bin/prlimit", "--fsize=4096"])
        #expect(run.status == 1 && run.error.contains("File too large") && run.error.contains("log/0.log"), "\(run)")
        #expect(try problems(sandbox, 2, lines: 2000, isFinished: false) == [])
        if directives == "copy" {
            #expect(try sandbox.spillway(["-f"]).status == 0)
            #expect(try sandbox.content("log/0.log.1.gz") == Self.content(0, 2000))
        } else {
            try finish(sandbox, 2, lines: 2000)
        }
    }

    /// A run holds many logs at once where it may, and fewer where it may not.
    @Test(arguments: [8, 12, 16, 24])
    func fewFilesMayBeOpen(_ count: Int) throws {
        let sandbox = try sandbox(100)
        let run = try Self.run(sandbox, under: ["/usr/bin/prlimit", "--nofile=\(count):\(count)"])
        #expect(run.status == 0 || run.status == 1 && run.error.contains("Too many open files"), "\(run)")
        #expect(try problems(sandbox, 100, isFinished: false) == [])
        // What it may is done: a host that has no more would never be rid of its logs.
        if count >= 16 {
            let rotated = try sandbox.names().filter { $0.hasSuffix(".log.1.gz") }.count
            #expect(rotated > 0, "\(run)")
        }
        try finish(sandbox, 100)
    }

    @Test func littleMemoryIsEnoughForALargeLog() throws {
        let sandbox = try sandbox(0)
        try sandbox.configure("LOG/*.log {\n}\n")
        try sandbox.shell("yes 'a line of a log that says nothing new' | head -c 150000000 > log/0.log")
        let run = try Self.run(sandbox, under: ["/usr/bin/prlimit", "--as=\(256 << 20)"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(try sandbox.shell("gzip -dc log/0.log.1.gz | wc -c; stat -c %s log/0.log").output == "150000000\n0\n")
    }

    /// Whoever may not start a process more can start no thread either.
    @Test(.enabled(if: geteuid() == 0, "only root can be somebody else"), arguments: [false, true])
    func noProcessMayBeStarted(_ hasScript: Bool) throws {
        let sandbox = try sandbox(3, lines: 20_000, hasScript ? "postrotate\n touch \(Self.mark)\nendscript" : "")
        try sandbox.configure(
            try sandbox.read("conf").replacingOccurrences(of: Self.mark, with: sandbox.path("log/mark")))
        try sandbox.shell("chmod 755 .; chown -R 63421 log state conf")
        let run = try Self.run(
            sandbox, under: ["/usr/bin/setpriv", "--reuid=63421", "--clear-groups", "/usr/bin/prlimit", "--nproc=1"])
        if hasScript {
            #expect(run.status == 1 && run.error.contains("postrotate script for"), "\(run)")
            #expect(!sandbox.exists("log/mark"))
            #expect(try problems(sandbox, 3, lines: 20_000, isFinished: false).filter { $0 != "mark" } == [])
        } else {
            #expect(run.status == 0 && run.error == "", "\(run)")
            #expect(try problems(sandbox, 3, lines: 20_000, isFinished: true) == [])
        }
    }
    private static let mark = "MARK"

    /// Whatever is opened then gets their numbers: what is printed must not get into it.
    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
    func standardStreamsMayBeClosed(_ closed: String) throws {
        let sandbox = try sandbox(3)
        try sandbox.configure("LOG/*.log {\n}\nnonsense here\n/no/such/dir/*.log {\nnomissingok\n}\n")
        let shell = ["/bin/sh", "-c", "exec \"$0\" \"$@\" \(closed)"]
        for options in [["-fv"], ["-v"]] {
            let run = try Self.run(sandbox, under: shell, options)
            #expect(run.status == 1, "\(run)")
        }
        #expect(try problems(sandbox, 3, isFinished: true) == [])
        let state = try sandbox.names("state").filter { !["journal", "history", "locks", "state"].contains($0) }
        for name in state + ["state"] {
            #expect(try !sandbox.read("state/\(name)").contains("nonsense here"), "\(name)")
        }
    }

    /// No /proc: nobody can be seen, and an archive cannot get its name by its descriptor.
    @Test(
        .enabled(if: geteuid() == 0, "only root can hide /proc"), arguments: ["", "nocompress", "create"],
        [false, true])
    func withoutProcNothingIsLost(_ directives: String, _ isHeld: Bool) throws {
        let sandbox = try sandbox(2, lines: 200, directives)
        let held = try Held(sandbox.path("log/0.log"), O_WRONLY | O_APPEND)
        if !isHeld { held.letGo() }
        let run = try Self.run(
            sandbox,
            under: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /proc; exec \"$0\" \"$@\""])
        #expect(run.status == 0 || run.status == 1 && run.error.contains("log/"), "\(run)")
        held.letGo()
        let next = try sandbox.spillway(["-f"])
        #expect(next.status == 0 && next.error == "", "\(next)")
        for log in 0..<2 {
            let archives = try sandbox.names().filter { $0.hasPrefix("\(log).log.") }.sorted(by: >)
            let history = try archives.map { try sandbox.content("log/\($0)") }.joined()
            #expect(history == Self.content(log, 200), "\(archives)")
        }
        #expect(try sandbox.names().filter { $0.hasPrefix(".") } == [])
    }

    // MARK: - Of a disk

    @Test(.enabled(if: FileSystem.ext4.missing == nil, "needs the right to mount"), arguments: ["", "create", "copy"])
    func aDiskMayBecomeReadOnly(_ directives: String) throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4)
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/*.log {\n\(directives)\n}\n")
        try sandbox.write("log/0.log", Self.content(0, 200))
        try sandbox.shell("mount -o remount,ro log")
        let run = try sandbox.spillway(["-f"])
        #expect(
            run.status == 1 && run.error.contains("log/0.log") && run.error.contains("Read-only file system"), "\(run)")
        try sandbox.shell("mount -o remount,rw log; rmdir log/lost+found")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.content("log/0.log.1.gz") == Self.content(0, 200))
        #expect(try sandbox.names().filter { $0.hasPrefix(".") } == [])
    }

    /// A quota is as a full disk, but that others have room: btrfs has one that root has to keep too.
    @Test(.enabled(if: FileSystem.btrfs.missing == nil, "needs the right to mount, and btrfs-progs"))
    func aQuotaIsAFullDisk() throws {
        let mount = try LoopMount(Sandbox(), "log", .btrfs)
        let sandbox = mount.sandbox
        try sandbox.shell("btrfs quota enable log; btrfs subvolume create log/sub > /dev/null")
        try sandbox.configure("LOG/sub/*.log {\n}\n")
        try sandbox.write("log/sub/0.log", Self.content(0, 100_000))
        try sandbox.shell(
            "sync -f log; btrfs qgroup limit $(stat -c %s log/sub/0.log) log/sub; btrfs quota rescan -w log > /dev/null"
        )
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 || run.status == 1 && run.error.contains("log/sub/0.log"), "\(run)")
        func history() throws -> String {
            try sandbox.names("log/sub").filter { $0.hasPrefix("0.log.") }.sorted(by: >)
                .map { try sandbox.content("log/sub/\($0)") }.joined() + sandbox.liveContent("log/sub/0.log")
        }
        let isWhole = try history() == Self.content(0, 100_000)
        #expect(isWhole)
        try sandbox.shell("btrfs quota disable log")
        let next = try sandbox.spillway(["-f"])
        #expect(next.status == 0 && next.error == "", "\(next)")
        let isWholeThen = try history() == Self.content(0, 100_000)
        #expect(isWholeThen)
        #expect(try sandbox.read("log/sub/0.log") == "")
    }

    /// One block of a log: it is said, its bytes stay where they are, and others are rotated.
    @Test(
        .enabled(if: FileSystem.ext4.missing == nil && access("/dev/fuse", R_OK | W_OK) == 0, "needs mounts and FUSE"),
        arguments: ["", "nocompress", "create", "copy"])
    func oneBlockMayBeUnreadable(_ directives: String) throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4, making: ["-b", "4096"])
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/*.log {\n\(directives)\n}\n")
        for log in 0...1 { try sandbox.write("log/\(log).log", Self.content(log, 4000)) }
        mount.unmount()
        let answer = try sandbox.shell("/sbin/debugfs -R 'bmap 0.log 20' '\(mount.image)' 2>/dev/null").output
        let block = try #require(Int64(answer.filter(\.isNumber)))
        let disk = try VolatileDisk(mount.image)
        defer {
            mount.unmount()
            disk.end()
        }
        disk.failReading(block * 4096..<(block + 1) * 4096)
        try mount.mount(disk.path)
        let run = try sandbox.spillway(["-f"])
        #expect(
            run.status == 1 && run.error.contains("log/0.log") && run.error.contains("Input/output error"), "\(run)")
        #expect(
            try sandbox.content("log/1.log.1.gz".replacing(directives == "nocompress" ? ".gz" : "?", with: ""))
                == Self.content(1, 4000))
        mount.unmount()
        disk.failReading(nil)
        try mount.mount(disk.path)
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let names = try sandbox.names().filter { $0.hasPrefix("0.log.") }.sorted(by: >)
        let history = try names.map { try sandbox.content("log/\($0)") }.filter { !$0.isEmpty }
        #expect(history == [Self.content(0, 4000)], "\(names)")
        #expect(try sandbox.names().filter { $0.hasPrefix(".") } == [])
    }

    // MARK: - Of time

    /// A clock that was wrong when the state was written: a log is not left alone until that day comes, and not rotated in
    /// each run either.
    @Test(arguments: ["2099-1-1-0:0:0", "1970-1-1-0:0:0", "2026-13-41-25:61:61"])
    func aClockMayJump(_ date: String) throws {
        let sandbox = try sandbox(1, lines: 20, "daily\nrotate 5")
        try sandbox.write("state/state", "logrotate state -- version 2\n\"\(sandbox.path("log/0.log"))\" \(date)\n")
        for _ in 1...3 {
            let run = try sandbox.spillway()
            #expect(run.status == 0 || date.contains("13-41"), "\(run)")
        }
        let state = try sandbox.read("state/state")
        #expect(!state.contains("2099"), "\(state)")
        #expect(try problems(sandbox, 1, lines: 20, isFinished: false) == [])
        #expect(try sandbox.names().count <= 2)
    }

    // MARK: - Of numbers

    /// As large as ext4 has it.
    @Test(.enabled(if: FileSystem.ext4.missing == nil, "needs the right to mount"), arguments: [false, true])
    func aSparseLogOfTerabytesIsReadWhereThereIsSomething(_ isHeld: Bool) throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4, making: ["-b", "4096"])
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/*.log {\n}\n")
        try sandbox.shell("truncate -s 4T log/0.log")
        let held = try Held(sandbox.path("log/0.log"), O_WRONLY | O_APPEND)
        held.write("a line at the end\n")
        if !isHeld { held.letGo() }
        let begin = Date()
        let run = try sandbox.spillway(["-f"])
        #expect(Date().timeIntervalSince(begin) < 20)
        #expect(run.status == 0, "\(run)")
        #expect(try sandbox.content("log/0.log.1.gz") == "a line at the end\n")
        held.letGo()
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.shell("stat -c %s log/0.log").output == "0\n")
    }

    @Test func thousandsOfStanzaFilesAreRead() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("conf.d")
        try sandbox.write("conf", "include \(sandbox.path("conf.d"))\n")
        for number in 1...5000 {
            try sandbox.write(
                "conf.d/\(number)", "\(sandbox.path("log"))/\(number).log {\nweekly\nrotate 4\nsize 1\n}\n")
        }
        for number in [1, 2500, 5000] { try sandbox.write("log/\(number).log", "x\n") }
        let begin = Date()
        let run = try sandbox.spillway()
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(Date().timeIntervalSince(begin) < 20)
        #expect(
            try sandbox.names().filter { $0.hasSuffix(".1.gz") } == ["1.log.1.gz", "2500.log.1.gz", "5000.log.1.gz"])
    }

    /// Dates need not be moved; one log, and more archives than anybody has.
    @Test(arguments: [true, false])
    func aLogMayHaveManyArchives(_ hasDates: Bool) throws {
        let sandbox = try Sandbox()
        let count = ProcessInfo.processInfo.environment["SPILLWAY_SWEEP_STEP"] == nil ? 2000 : 100_000
        try sandbox.configure("LOG/0.log {\nrotate \(count)\n\(hasDates ? "dateext\ndateformat -%Y%m%d-%s" : "")\n}\n")
        let form = hasDates ? "log/0.log-20200101-%d.gz" : "log/0.log.%d.gz"
        let first = hasDates ? 1_577_836_800 : 1
        try sandbox.shell(
            "echo old | gzip > old.gz; seq -f '\(form.replacingOccurrences(of: "%d", with: "%.0f"))' \(first) \(first + count - 1) | xargs -n 2000 touch -r old.gz"
        )
        try sandbox.write("log/0.log", "new\n")
        let begin = Date()
        let run = try sandbox.spillway(["-f"])
        let seconds = Date().timeIntervalSince(begin)
        report("\(count) archives, \(hasDates ? "dates" : "numbers"): \(seconds) s")
        #expect(run.status == 0, "\(run.error)")
        #expect(seconds < (count > 2000 ? 600 : 60))
        let names = try sandbox.names()
        #expect(names.count == count + 1)
        let newest = try #require(hasDates ? names.last { $0.hasSuffix(".gz") } : "0.log.1.gz")
        #expect(try sandbox.content("log/\(newest)") == "new\n")
    }
}
