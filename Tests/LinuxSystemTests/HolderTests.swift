import Glibc
import LinuxChanges
import LinuxSystem
import SystemPackage
import TestPlace
import Testing

struct HolderTests {
    /// A shell that does something with a file and stays until it is ended.
    private func start(_ script: String, in place: Place) throws -> ChildProcess {
        let path = place.path.description
        let child = try ChildProcess.start(
            "/bin/sh", ["sh", "-c", Path("cd \(path); \(script); touch ready; while :; do sleep 0.05; done")])
        for _ in 0..<400 where try place.open().status(of: "ready") == nil { sleep(milliseconds: 10) }
        try place.open().remove("ready")
        return child
    }

    /// How the shell itself has a file open: what it starts is a shell as well until it is another program.
    private static func shell(_ holders: [Holder]) -> [Holder] {
        let shells = holders.filter { $0.command == "sh" }
        let first = shells.map { ($0.startTicks, $0.process) }.min { $0 < $1 }
        return shells.filter { $0.process == first?.1 }
    }

    @Test func everyKindOfHolderIsTold() throws {
        let place = try Place()
        let directory = try place.open()
        for name in ["a", "b"] as [Path] { try directory.create(name, mode: 0o600).writeAll(Array("12345".utf8)) }
        let child = try start("exec 3>>a 4<a 5<>a 6>b; printf xyz >&6", in: place)
        defer { _ = try? child.wait(limitSeconds: 0) }
        let files = try (["a", "b"] as [Path]).map { try #require(try directory.status(of: $0)).identity }
        let table = try HolderTable.look(for: Set(files))
        let holders = Self.shell(try #require(table.holders[files[0]]))
        #expect(holders.map(\.descriptor) == [3, 4, 5])
        #expect(holders.map(\.access) == [.writing, .reading, .readingAndWriting])
        #expect(holders.map(\.appends) == [true, false, false])
        let other = try #require(Self.shell(table.holders[files[1]] ?? []).first)
        #expect(other.position == 3 && other.canWrite && !other.appends)
        #expect(other.startTicks > 0)
    }

    @Test func aMappingIsToldWhenItsDescriptorIsClosed() throws {
        let place = try Place()
        let directory = try place.open()
        let file = try directory.create("a", mode: 0o600)
        try file.truncate(to: 1 << 16)
        // Another process's: this one is not looked into.
        let child = try start("exec 3<>a; cat <&3 >/dev/null", in: place)
        defer { _ = try? child.wait(limitSeconds: 0) }
        let shell = try #require(try directory.status(of: "a")).identity
        #expect(try HolderTable.look(for: [shell]).holders[shell]?.first?.descriptor == 3)
        let library = try #require(try Self.mappedFile(of: "sh"))
        let holders = try #require(try HolderTable.look(for: [library]).holders[library])
        #expect(holders.contains { $0.command == "sh" && $0.descriptor == nil && $0.access == .reading })
        #expect(holders.map(\.process) == holders.map(\.process).sorted())
    }

    /// The program of a shell: mapped by every shell, opened by none.
    private static func mappedFile(of name: Path) throws -> FileIdentity? {
        try Directory.open("/usr/bin").status(of: "dash").map(\.identity)
    }

    @Test func aSignalReachesOnlyWhoCatchesIt() throws {
        let place = try Place()
        let directory = try place.open()
        try directory.create("a", mode: 0o600).writeAll([1])
        let catching = try start("exec 3>>a; trap 'echo x >> caught' HUP", in: place)
        let other = try start("exec 3>>a", in: place)
        defer {
            _ = try? catching.wait(limitSeconds: 0)
            _ = try? other.wait(limitSeconds: 0)
        }
        let file = try #require(try directory.status(of: "a")).identity
        let holders = try #require(try HolderTable.look(for: [file]).holders[file]).filter { $0.command == "sh" }
        let outcomes = try holders.map { try ProcessSignal.send(SIGHUP, to: $0) }
        #expect(Set(outcomes) == [.sent, .notCaught])
        for _ in 0..<400 where try directory.status(of: "caught") == nil { sleep(milliseconds: 10) }
        #expect(try directory.status(of: "caught") != nil)
        // A number that became another's is told by the time it was started.
        var stale = try #require(holders.first)
        stale.startTicks -= 1
        #expect(try ProcessSignal.send(SIGHUP, to: stale) == .gone)
    }
}

struct HoleTests {
    @Test func aPunchedRangeIsNoDataAndTheRestStays() throws {
        let place = try Place()
        let file = try place.open().create("a", mode: 0o600)
        try file.writeAll([UInt8](repeating: 7, count: 3 << 16))
        #expect(try file.nextData(from: 0) == DataExtent(offset: 0, end: 3 << 16))
        try file.punchHole(from: 0, lengthBytes: 1 << 16)
        #expect(try file.nextData(from: 0) == DataExtent(offset: 1 << 16, end: 3 << 16))
        #expect(try file.status().sizeBytes == 3 << 16)
        try file.punchHole(from: 0, lengthBytes: 3 << 16)
        #expect(try file.nextData(from: 0) == nil)
        #expect(try file.status().allocatedBytes == 0)
        #expect(try file.nextData(from: 4 << 16) == nil)
    }

    @Test func aWriteLeaseIsGrantedToTheOnlyHolder() throws {
        try StopSignal.arm()
        let place = try Place()
        let directory = try place.open()
        try directory.create("a", mode: 0o600).writeAll([1])
        let file = try directory.open("a", .readingAndWriting)
        switch file.writeLease() {
        case .granted(let lease):
            let isWhole = lease.isWhole
            #expect(isWhole)
        default: Issue.record("the lease was not granted")
        }
        let second = try directory.open("a", .reading)
        switch file.writeLease() {
        case .refused: break
        default: Issue.record("the lease was not refused")
        }
        #expect(try second.status().sizeBytes == 1)
    }
}
