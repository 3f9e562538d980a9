import Foundation
import Glibc
import Testing

/// Floors, on file systems of their own: what must stay free, in bytes and inodes.
@Suite(.serialized)
struct SpaceMountTests {
    private static let kinds: [FileSystem] = [.ext4, .xfs]

    /// A file system without reserved blocks, mounted where the logs are; nil, said aloud, where there can be none.
    private func mount(
        _ kind: FileSystem, megabytes: Int = 64, making options: [String] = [], _ test: String = #function
    ) throws -> LoopMount? {
        if let missing = kind.missing {
            print("SpaceMountTests.\(test) does not run on \(kind.rawValue): missing is \(missing)")
            return nil
        }
        let size = max(megabytes, kind.smallestMegabytes)
        return try LoopMount(
            try Sandbox(), "log", kind, megabytes: size, making: (kind == .ext4 ? ["-m", "0"] : []) + options)
    }

    /// Fills a file system with something that is not ours until so much is left, in KiB.
    private func fillUp(_ sandbox: Sandbox, leaving kibibytes: Int) throws {
        try sandbox.shell("sync -f log")
        let free = try sandbox.freeKibibytes()
        try sandbox.shell("fallocate -l \((free - kibibytes) * 1024) log/filler; sync -f log")
    }

    @Test(arguments: kinds)
    func aFloorTakesHistoryUntilItIsMet(_ kind: FileSystem) throws {
        guard let mount = try mount(kind) else { return }
        let sandbox = mount.sandbox
        for number in 1...10 {
            try sandbox.fill("log/a.log.\(number).gz", kibibytes: 1024, ageDays: Double(number))
            try sandbox.fill("log/b.log.\(number).gz", kibibytes: 128, ageDays: Double(number + 10))
        }
        for log in ["a", "b"] { try sandbox.write("log/\(log).log", "x\n") }
        try fillUp(sandbox, leaving: 2048)
        try sandbox.configure("space LOG {\nminfree 6M\n}\nLOG/*.log {\nsize 10M\n}\n")
        let plan = try sandbox.steps(try sandbox.spillway(["-n", "--json"]))
        let run = try sandbox.spillway(["--json"])
        #expect(run.status == 0, "\(run.output)")
        let steps = try sandbox.steps(run)
        #expect(steps == plan && !steps.isEmpty)
        #expect(steps.allSatisfy { $0.hasPrefix("remove a.log.") && $0.hasSuffix(" minfree") }, "\(steps)")
        let free = try sandbox.freeKibibytes()
        #expect(free >= 6144 && free < 6144 + 1200)
        #expect(try sandbox.steps(try sandbox.spillway(["--json"])).isEmpty)
    }

    /// A filler that is not ours: for the floor everything goes, what is held last, and it is said that it is not enough.
    @Test(arguments: kinds)
    func aFloorThatCannotBeMetTakesEverythingAndIsReported(_ kind: FileSystem) throws {
        guard let mount = try mount(kind) else { return }
        let sandbox = mount.sandbox
        for number in 1...4 {
            try sandbox.fill("log/a.log.\(number).gz", kibibytes: 1024, ageDays: Double(number))
        }
        try sandbox.write("log/a.log", "x\n")
        try fillUp(sandbox, leaving: 1024)
        let held = open(sandbox.path("log/a.log.3.gz"), O_RDONLY | O_CLOEXEC)
        try #require(held >= 0)
        try sandbox.configure("space LOG {\nminfree 20M\n}\nLOG/*.log {\nsize 10M\n}\n")
        let run = try sandbox.spillway(["--json"])
        #expect(run.status == 1)
        #expect(
            try sandbox.steps(run) == [
                "remove a.log.4.gz minfree", "remove a.log.2.gz minfree", "remove a.log.1.gz minfree",
                "remove a.log.3.gz minfree",
            ])
        #expect(run.error.contains("missing of its minfree of 20 MiB; nothing more may go"), "\(run.error)")
        #expect(run.error.contains("most is taken by \(sandbox.path("log"))/filler ("))
        var now = stat()
        fstat(held, &now)
        // It has a private name as long as it is held, and takes nothing.
        #expect(now.st_nlink == 1 && now.st_size == 0)
        #expect(try sandbox.freeKibibytes() >= 4 * 1024)
        #expect(heldDeletedFiles(below: sandbox.path("log")) == [])
        close(held)
        let again = try sandbox.spillway()
        #expect(again.status == 1 && !again.error.contains("minfree"))
        #expect(try sandbox.names().filter { $0 != "lost+found" } == ["a.log", "filler"])
    }

    /// The incident: a process floods the disk, its log is deleted, and the space stays taken.
    @Test(arguments: kinds)
    func whatIsDeletedAndHeldIsFreedAndTheProcessLives(_ kind: FileSystem) throws {
        guard let mount = try mount(kind) else { return }
        let sandbox = mount.sandbox
        guard heldDeletedFilesCanBeSeen() else {
            print(
                "SpaceMountTests.whatIsDeletedAndHeldIsFreedAndTheProcessLives does not run: /proc cannot be looked into"
            )
            return
        }
        let writer = try HeldWriter(sandbox, "log/flood.log", .write, fillBytes: 20 << 20)
        unlink(sandbox.path("log/flood.log"))
        try sandbox.write("log/a.log", "x\n")
        try fillUp(sandbox, leaving: 4096)
        let before = try sandbox.freeKibibytes()
        let limits = "minfree 12M\nreclaimheld"
        try sandbox.configure("space LOG {\nminfree 12M\n}\nLOG/*.log {\nsize 10M\n}\n")
        #expect(try sandbox.spillway().status == 1)
        // What somebody reads is the last that is taken.
        try sandbox.shell("head -c 1000000 /dev/urandom > log/a.log.1.gz")
        let archive = try Held(sandbox.path("log/a.log.1.gz"), O_RDONLY)
        defer { archive.letGo() }
        try sandbox.configure("space LOG {\n\(limits)\n}\nLOG/*.log {\nsize 10M\n}\n")
        let plan = try sandbox.spillway(["-n"])
        #expect(
            plan.output.contains(
                "  free \(sandbox.path("log"))/flood.log, which is deleted and held: perl (pid \(writer.process.processIdentifier))"
            ), "\(plan.output)")
        #expect(plan.status == 0 && plan.error == "", "\(plan)")
        #expect(try writer.allocatedBytes() > 19 << 20)
        let run = try sandbox.spillway()
        #expect(run.status == 0 && run.error == "", "\(run.error)")
        #expect(try sandbox.freeKibibytes() > before + 15 * 1024)
        #expect(try sandbox.shell("stat -c %s log/a.log.1.gz").output == "1000000\n")
        #expect(writer.isAlive)
        try writer.waitForMore()
        #expect(try writer.content().contains("record "))
    }

    /// What has no name is nobody's history: it goes first, also where room is needed to work.
    @Test(arguments: ["minfree 12M\nreclaimheld", "budget 90%\nreclaimheld"])
    func whatIsDeletedAndHeldIsGivenBackBeforeHistoryGoes(_ limits: String) throws {
        guard let mount = try mount(.ext4), heldDeletedFilesCanBeSeen() else { return }
        let sandbox = mount.sandbox
        let writer = try HeldWriter(sandbox, "log/flood.log", .append, pauseSeconds: 60, fillBytes: 16 << 20)
        unlink(sandbox.path("log/flood.log"))
        try sandbox.fillLog("log/a.log", kibibytes: 4096)
        for number in 1...8 { try sandbox.fill("log/b.log.\(number).gz", kibibytes: 256, ageDays: Double(number)) }
        try fillUp(sandbox, leaving: 256)
        try sandbox.shell("cat /dev/zero > log/rest 2> /dev/null || true; sync -f log")
        let needsRoom = limits.contains("budget")
        try sandbox.configure(
            "space LOG {\n\(limits)\n}\nLOG/*.log {\nsize \(needsRoom ? "1M\ncreate" : "10M")\n}\n")
        let plan = try sandbox.spillway(["-n"])
        #expect(
            plan.output.contains("which is deleted and held")
                && !plan.output.contains("remove \(sandbox.path("log"))/b.log"), "\(plan)")
        let run = try sandbox.spillway(["-v"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(try writer.allocatedBytes() < 1 << 20)
        #expect(try sandbox.names().filter { $0.hasPrefix("b.log.") }.count == 8, "\(run)")
        #expect(writer.isAlive)
    }

    /// What shares its blocks with other files gives none back.
    @Test func removingStopsWhereItFreesNothing() throws {
        guard let mount = try mount(.xfs) else { return }
        let sandbox = mount.sandbox
        try sandbox.makeDirectory("log/tree")
        try sandbox.makeDirectory("log/copies")
        for number in 1...8 {
            try sandbox.fill("log/tree/a.log.\(number).gz", kibibytes: 1024, ageDays: Double(number))
            try sandbox.shell("cp --reflink=always log/tree/a.log.\(number).gz log/copies/")
        }
        try fillUp(sandbox, leaving: 4096)
        try sandbox.configure("space LOG/tree {\nminfree 10M\n}\nLOG/tree/*.log {\nsize 10M\n}\n")
        let run = try sandbox.spillway()
        #expect(run.status == 1)
        #expect(run.error.contains("two removals in a row freed nothing, so nothing more is removed"), "\(run.error)")
        #expect(try sandbox.names("log/tree").count == 6)
    }

    /// Whether this process may look into others.
    private func heldDeletedFilesCanBeSeen() -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/1/fd")) != nil
    }

    @Test func aFloorOfInodesCountsFiles() throws {
        guard let mount = try mount(.ext4, making: ["-N", "256"]) else { return }
        let sandbox = mount.sandbox
        let total = Int(try sandbox.shell("df --output=itotal log | tail -1 | tr -d ' '").output.dropLast()) ?? 0
        let free = { () throws -> Int in
            Int(try sandbox.shell("df --output=iavail log | tail -1 | tr -d ' '").output.dropLast()) ?? -1
        }
        try sandbox.write("log/a.log", "x\n")
        for number in 1...3 { try sandbox.write("log/b.log.\(number).gz", "y") }
        var number = 0
        while try free() > 4 {
            number += 1
            try sandbox.write("log/a.log.\(number).gz", "x", ageSeconds: Double(number))
        }
        try sandbox.configure("space LOG {\nminfreeinodes 10%\n}\nLOG/*.log {\nsize 10M\n}\n")
        let run = try sandbox.spillway(["--json"])
        #expect(run.status == 0, "\(run.error)")
        let steps = try sandbox.steps(run)
        #expect(steps.count == total / 10 - 4, "\(steps)")
        #expect(steps.first == "remove a.log.\(number).gz minfreeinodes")
        #expect(steps.allSatisfy { $0.hasPrefix("remove a.log.") })
        #expect(try free() == total / 10)
        #expect(try sandbox.names().filter { $0.hasPrefix("b.log") }.count == 3)
    }

    /// btrfs counts none.
    @Test func withoutACountOfInodesThereIsNoFloorOfThem() throws {
        guard let mount = try mount(.btrfs, megabytes: 128) else { return }
        let sandbox = mount.sandbox
        try sandbox.fill("log/a.log.1.gz", kibibytes: 10)
        try sandbox.configure("minkeep 0\nspace LOG {\nminfreeinodes 90%\n}\nLOG/*.log {\nsize 10M\n}\n")
        let run = try sandbox.spillway(["--json"])
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.steps(run).isEmpty)
    }

    /// A log that was renamed needs room to be compressed: just that is made.
    @Test func roomForTheWorkIsMadeBefore() throws {
        guard let mount = try mount(.ext4) else { return }
        let sandbox = mount.sandbox
        try sandbox.fillLog("log/a.log", kibibytes: 4096)
        for number in 1...8 { try sandbox.fill("log/b.log.\(number).gz", kibibytes: 512, ageDays: Double(number)) }
        try fillUp(sandbox, leaving: 256)
        try sandbox.shell("cat /dev/zero > log/rest 2> /dev/null || true; sync -f log")
        let free = try sandbox.freeKibibytes()
        // A quarter of the log, and a few blocks.
        let expected = (4096 / 4 + 64 - free + 511) / 512
        #expect(expected > 0, "\(free)")
        try sandbox.configure("space LOG {\nbudget 90%\n}\nLOG/*.log {\nsize 1M\ncreate\n}\n")
        let run = try sandbox.spillway(["--json"])
        let steps = try sandbox.steps(run)
        #expect(
            steps.prefix(expected) == (0..<expected).map { "remove b.log.\(8 - $0).gz room" }[...], "\(steps)")
        let names = try sandbox.names()
        #expect(names.contains("a.log.1.gz") && names.contains("b.log.5.gz"), "\(names) \(run.error)")
    }
}
