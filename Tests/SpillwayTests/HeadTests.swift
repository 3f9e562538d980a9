import Foundation
import Glibc
import Testing

/// The first block of a log whose size stays: followers know the log by it. It is archived once, and is nothing from then on.
struct HeadTests {
    /// A file system of its own for the logs; nil where that cannot be, which is said.
    private func mount(_ kind: FileSystem, making options: [String] = [], _ test: String = #function) throws
        -> LoopMount?
    {
        if let missing = kind.missing {
            Issue.record("\(test) did not run on \(kind): missing here: \(missing)")
            return nil
        }
        return try LoopMount(Sandbox(), "log", kind, making: options)
    }

    /// So many lines of 100 bytes, each with a number of its own.
    private func lines(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { number in
            let start = "line \(number) "
            return start + String(repeating: "x", count: 99 - start.utf8.count) + "\n"
        }.joined()
    }

    private func first(_ sandbox: Sandbox, _ count: Int = 4096) throws -> String {
        try sandbox.shell("head -c \(count) log/a.log").output
    }

    private func size(_ sandbox: Sandbox) throws -> (apparent: Int, occupied: Int) {
        var status = stat()
        guard stat(sandbox.path("log/a.log"), &status) == 0 else { throw SandboxError("a.log: errno \(errno)") }
        return (status.st_size, status.st_blocks * 512)
    }

    /// What the archives hold, the oldest first.
    private func archived(_ sandbox: Sandbox) throws -> String {
        let numbers = try sandbox.names().compactMap { name in
            name.wholeMatch(of: #/a\.log\.(\d+)\.gz/#).flatMap { Int($0.1) }
        }
        return try numbers.sorted().reversed().map { try sandbox.content("log/a.log.\($0).gz") }.joined()
    }

    private func rotate(_ sandbox: Sandbox, _ options: [String] = ["-f"], says: String? = nil) throws {
        let run = try sandbox.spillway(options)
        #expect(run.status == 0, "\(run)")
        if let says {
            #expect(run.error.contains(says), "\(run)")
        } else {
            #expect(run.error == "", "\(run)")
        }
    }

    /// Why the size stays.
    enum Stay: CaseIterable {
        case reader, notAppending, lossless
    }

    // MARK: - Once

    @Test(arguments: [FileSystem.ext4, .ext3, .xfs, .btrfs, .tmpfs], Stay.allCases)
    func theHeadStaysAndIsArchivedOnce(_ kind: FileSystem, _ why: Stay) throws {
        guard let mount = try mount(kind) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("size 1\nnotifempty\nLOG/a.log {\n\(why == .lossless ? "lossless" : "")\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | (why == .notAppending ? 0 : O_APPEND))
        let reader = why == .reader ? try Held(sandbox.path("log/a.log"), O_RDONLY) : nil
        for round in 0..<4 {
            log.write(lines(round * 1000 + 1...round * 1000 + 1000))
            try rotate(sandbox, round % 2 == 0 ? ["-f"] : [])
            #expect(try first(sandbox) == String(lines(1...41).prefix(4096)))
            #expect(try size(sandbox).apparent == (round + 1) * 100_000)
            // XFS reserves for a log that grows.
            #expect(try size(sandbox).occupied <= (kind == .xfs ? 256 << 10 : 16384), "\(kind)")
            // It is nothing: not pending, no reason to rotate.
            #expect(try sandbox.spillway(["-n"]).output == "1 log, 0 would be rotated\n")
            #expect(try sandbox.spillway(["-fn"]).output == "1 log, 0 would be rotated\n")
        }
        #expect(try archived(sandbox) == lines(1...4000))
        // When all have let go, the log is empty at last, unless lossless keeps its size.
        reader?.letGo()
        log.write(lines(4001...4001))
        log.letGo()
        try rotate(sandbox)
        #expect(try size(sandbox).apparent == (why == .lossless ? 400_100 : 0))
        #expect(try archived(sandbox) == lines(1...4001))
    }

    @Test func aLogThatIsSmallerThanABlockIsItsHead() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        // Below, across and behind the block.
        var last = 0
        for count in [1, 7, 20, 12, 1, 1, 30, 500] {
            log.write(lines(last + 1...last + count))
            last += count
            try rotate(sandbox)
            #expect(try sandbox.spillway(["-fn"]).output == "1 log, 0 would be rotated\n")
            #expect(try archived(sandbox) == lines(1...last), "\(last) lines")
            #expect(try size(sandbox).apparent == last * 100)
            #expect(try first(sandbox) == String(lines(1...last).prefix(4096)))
        }
        #expect(reader.descriptor >= 0)
    }

    @Test func aFirstLineThatIsLongerThanABlockStaysWhole() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        let long = "first " + String(repeating: "y", count: 10_000) + "\n"
        log.write(long + lines(1...500))
        try rotate(sandbox)
        #expect(try first(sandbox, 10_007) == long)
        #expect(try sandbox.shell("head -c 12289 log/a.log | tail -c 1 | od -An -tx1").output == " 00\n")
        log.write(lines(501...600))
        try rotate(sandbox)
        #expect(try archived(sandbox) == long + lines(1...600))
        #expect(reader.descriptor >= 0)
    }

    /// Clusters that stat(2) does not tell of.
    @Test func clustersMayBeLarger() throws {
        guard let mount = try mount(.ext4, making: ["-O", "bigalloc", "-C", "65536"]) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        var reader: Held? = try Held(sandbox.path("log/a.log"), O_RDONLY)
        for round in 0..<3 {
            log.write(lines(round * 2000 + 1...round * 2000 + 2000))
            try rotate(sandbox)
            #expect(try size(sandbox).occupied <= 2 * 65536)
        }
        #expect(try archived(sandbox) == lines(1...6000))
        #expect(reader != nil)
        reader = nil
        log.write(lines(6001...6001))
        try rotate(sandbox)
        #expect(try size(sandbox).apparent <= 65536)
        #expect(try archived(sandbox) == lines(1...6001))
    }

    /// What was written together stays together there, as long as a block of it does.
    @Test func onBtrfsTheHeadKeepsNothingElse() throws {
        if let missing = FileSystem.btrfs.missing {
            Issue.record("onBtrfsTheHeadKeepsNothingElse did not run: missing here: \(missing)")
            return
        }
        let mount = try LoopMount(Sandbox(), "log", .btrfs, megabytes: 256)
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.shell("yes 'a line of a flood' | head -c 62914560 > log/a.log; sync -f log")
        func freeBytes() throws -> Int {
            try sandbox.shell("btrfs filesystem sync log 2>/dev/null || sync -f log")
            var size = statvfs()
            guard statvfs(sandbox.path("log"), &size) == 0 else { throw SandboxError("statvfs: errno \(errno)") }
            return Int(size.f_bavail) * Int(size.f_frsize)
        }
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        let before = try freeBytes()
        try rotate(sandbox)
        #expect(try freeBytes() - before > 50 << 20)
        #expect(log.descriptor >= 0 && reader.descriptor >= 0)
    }

    /// Its reader gone, the log is made small, and its head goes with the rest.
    @Test func theHeadGoesWhenTheLogIsMadeSmall() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        var reader: Held? = try Held(sandbox.path("log/a.log"), O_RDONLY)
        log.write(lines(1...1000))
        try rotate(sandbox)
        #expect(reader != nil)
        reader = nil
        log.write(lines(1001...1100) + "begun")
        try rotate(sandbox)
        #expect(try size(sandbox).apparent < 4200)
        log.write(" and ended\n")
        try rotate(sandbox)
        #expect(try archived(sandbox) == lines(1...1100) + "begun and ended\n")
        #expect(try sandbox.spillway(["-fn"]).output == "1 log, 0 would be rotated\n")
    }

    // MARK: - Another log under the same name

    @Test(arguments: ["longer", "as long", "shorter", "begins alike", "another file"])
    func whatIsNewIsArchivedWhole(_ content: String) throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        log.write(lines(1...300))
        try rotate(sandbox)
        let new =
            switch content {
            case "longer": lines(5001...5500)
            case "as long": lines(5001...5300)
            case "shorter": lines(5001...5010)
            case "begins alike": lines(1...100) + lines(5001...5500)
            default: lines(5001...5500)
            }
        if content == "another file" {
            try sandbox.shell("mv log/a.log capture/old")
            try sandbox.write("log/a.log", new)
        } else {
            try sandbox.shell(": > log/a.log")
            try sandbox.append("log/a.log", new)
        }
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0, "\(run)")
        #expect(run.error.contains("may be there twice") == (content == "begins alike"), "\(run)")
        #expect(try archived(sandbox) == lines(1...300) + new)
        #expect(reader.descriptor >= 0)
    }

    /// No hole tells a small log from one that was truncated and has more of the same.
    @Test func oneLineAgainAndAgainIsRatherArchivedTwice() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        log.write(String(repeating: "same\n", count: 10))
        try rotate(sandbox)
        #expect(try sandbox.spillway(["-fn"]).output == "1 log, 0 would be rotated\n")
        try sandbox.shell(": > log/a.log")
        log.write(String(repeating: "same\n", count: 11))
        try rotate(sandbox, says: "may be there twice")
        #expect(try archived(sandbox) == String(repeating: "same\n", count: 21))
        #expect(reader.descriptor >= 0)
    }

    // MARK: - Without the ledger

    /// What the archives begin with is known by them: one archive, or several small ones.
    @Test(arguments: [[1000], [20, 12, 500]])
    func theArchivesTellWhatTheLedgerHasForgotten(_ counts: [Int]) throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        var last = 0
        for count in counts + [100] {
            log.write(lines(last + 1...last + count))
            last += count
            try rotate(sandbox)
        }
        try sandbox.shell("rm state/journal.ledger")
        #expect(try sandbox.spillway(["-fn"]).output == "1 log, 0 would be rotated\n")
        log.write(lines(last + 1...last + 10))
        try rotate(sandbox)
        #expect(try archived(sandbox) == lines(1...last + 10))
        // From then on the ledger has it again.
        log.write(lines(last + 11...last + 20))
        try rotate(sandbox)
        #expect(try archived(sandbox) == lines(1...last + 20))
        #expect(reader.descriptor >= 0)
    }

    @Test func inDoubtTheHeadIsArchivedAgainAndThatIsSaid() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        for round in 0..<2 {
            log.write(lines(round * 1000 + 1...round * 1000 + 1000))
            try rotate(sandbox)
        }
        try sandbox.shell("rm state/journal.ledger log/a.log.2.gz")
        log.write(lines(2001...2010))
        try rotate(sandbox, says: "may be there twice")
        #expect(
            try archived(sandbox) == lines(1001...2000) + String(lines(1...41).prefix(4096)) + lines(2001...2010))
        log.write(lines(2011...2020))
        try rotate(sandbox)
        #expect(try archived(sandbox).hasSuffix(lines(2001...2020)))
        #expect(reader.descriptor >= 0)
    }

    // MARK: - How large it may look

    @Test func pastMaxapparentALogIsMadeSmallWhenItsReadersHaveReadIt() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("maxapparent 100k\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        log.write(lines(1...400))
        try rotate(sandbox)
        log.write(lines(401...600))
        try rotate(sandbox, says: "past 100 KiB (maxapparent) it is made small")
        log.write(lines(601...1100))
        let waits = try sandbox.spillway(["-fv"])
        #expect(waits.output.contains("which has not read all of it"), "\(waits)")
        #expect(try size(sandbox).apparent == 110_000)
        log.write(lines(1101...1110))
        lseek(reader.descriptor, 0, SEEK_END)
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try size(sandbox).apparent < 4096)
        #expect(try archived(sandbox) == lines(1...1110))
    }

    @Test func losslessNeverMakesItSmallAndSaysSoPastTheLimit() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("maxapparent 100k\nLOG/a.log {\nlossless\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        log.write(lines(1...900))
        try rotate(sandbox)
        log.write(lines(901...1200))
        lseek(reader.descriptor, 0, SEEK_END)
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1 && run.error.contains("lossless forbids to make it small"), "\(run)")
        #expect(try size(sandbox).apparent == 120_000)
        #expect(try archived(sandbox) == lines(1...1200))
    }

    /// GNU's tail was tried, and reads on at once.
    @Test func underGNUTailAloneTheLogIsMadeSmall() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("notifempty\nLOG/a.log {\n}\n")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        log.write(lines(1...1000))
        let tail = try sandbox.start(
            "/bin/sh", ["-c", "exec tail -n +1 -F log/a.log > capture/tail 2> capture/tail.err"])
        defer { tail.terminate() }
        try sandbox.wait { try sandbox.exists("capture/tail") && sandbox.read("capture/tail") == lines(1...1000) }
        let run = try sandbox.spillway(["-fvv"])
        #expect(run.status == 0 && run.output.contains("shrunk by collapse"), "\(run)")
        try sandbox.wait { try sandbox.read("capture/tail.err").contains("truncated") }
        log.write(lines(1001...1100))
        try sandbox.wait { try sandbox.read("capture/tail").hasSuffix(lines(1100...1100)) }
        let seen = try sandbox.read("capture/tail").split(separator: "\n").filter { !$0.allSatisfy { $0 == " " } }
        #expect(seen.map(String.init) == lines(1...1100).split(separator: "\n").map(String.init))
    }
}
