import Foundation
import Testing

/// What changes while a file system is short of room: the level of the compression, and when live logs are rotated for it.
@Suite(.enabled(if: FileSystem.ext4.missing == nil))
struct PressureTests {
    /// Random, so that levels differ, and long.
    private func fill(_ sandbox: Sandbox, _ log: String, kilobytes: Int) throws {
        try sandbox.shell(
            "head -c \(kilobytes * 700) /dev/urandom | od -An -tx1 | head -c \(kilobytes << 10) > log/\(log)")
    }

    private func archiveBytes(_ sandbox: Sandbox, _ name: String) throws -> Int {
        try sandbox.bytes(name).count
    }

    @Test func belowAFloorZlibIsFastUnlessItIsToldOtherwise() throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4)
        let sandbox = mount.sandbox
        try fill(sandbox, "a.log", kilobytes: 1000)
        try sandbox.shell("cp log/a.log log/b.log; cp log/a.log log/c.log")
        func configure(_ log: String, _ more: String, floor: String) throws {
            try sandbox.configure("LOG/\(log) {\nsize 1k\nmethod punch\n\(more)\n}\nspace LOG {\nminfree \(floor)\n}\n")
        }
        try configure("a.log", "", floor: "1k")
        #expect(try sandbox.spillway().status == 0)
        // As good as all of it is to be free: that cannot be, and nothing is evicted for it.
        try configure("b.log", "", floor: "95%")
        try sandbox.spillway()
        try configure("c.log", "pressurelevel 6", floor: "95%")
        try sandbox.spillway()
        let usual = try archiveBytes(sandbox, "log/a.log.1.gz")
        #expect(try archiveBytes(sandbox, "log/b.log.1.gz") > usual + usual / 50)
        #expect(try archiveBytes(sandbox, "log/c.log.1.gz") == usual)
    }

    @Test func headroomRotatesBeforeTheFloorAndEvictsNothing() throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4, megabytes: 64, making: ["-m", "0"])
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\ndaily\n}\nspace LOG {\nminfree 20M\n}\n")
        for _ in 0..<2 {
            try fill(sandbox, "a.log", kilobytes: 2000)
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        try fill(sandbox, "a.log", kilobytes: 8000)
        // A little more than the floor is free.
        try sandbox.shell(
            "free=$(($(stat -f -c '%a * %S' log))); head -c $((free - (24 << 20))) /dev/zero > log/filler; sync -f log")
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names().filter { $0.hasSuffix(".gz") }.count == 2)
        #expect(try sandbox.spillway(["--headroom", "10M"]).status == 0)
        #expect(try sandbox.names().filter { $0.hasSuffix(".gz") }.count == 3)
        #expect(try sandbox.liveContent("log/a.log") == "")
    }

    @Test(arguments: ["", "-1", "x", "10%"])
    func headroomIsASize(value: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        #expect(try sandbox.spillway(["--headroom", value]).status == 64)
    }
}
