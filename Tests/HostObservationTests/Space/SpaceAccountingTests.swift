import Glibc
import LinuxChanges
import LinuxSystem
import RotationCore
import TestPlace
import HostObservation
import Testing

/// What a tree takes, counted as du(1) does.
struct SpaceAccountingTests {
    private func shell(_ script: String, in place: Place) throws -> Bool {
        let text = Path("cd \(place.path) && \(script)")
        let result = try ChildProcess.run("/bin/sh", ["sh", "-ec", text], limitSeconds: 60)
        return result.succeeded
    }

    private func rule(_ place: Place, _ purges: [Path] = []) -> SpaceRule {
        var rule = SpaceRule(
            directory: place.path.appending("tree"), location: SourceLocation(file: "x", line: 1, column: 1))
        rule.purges = purges
        return rule
    }

    /// What du(1) says of the tree, in bytes.
    private func du(_ place: Place, _ options: String = "") throws -> Int64 {
        #expect(try shell("du -s -B1 \(options) tree | cut -f1 > du.txt", in: place))
        let text = try place.read("du.txt").split(separator: "\n").first.map(String.init)
        return try #require(text.flatMap(Int64.init))
    }

    @Test func everyInodeCountsOnceByItsBlocks() throws {
        let place = try Place()
        #expect(
            try shell(
                """
                mkdir -p tree/a/b out; head -c 100000 /dev/zero | tr '\\0' x > tree/a/one; ln tree/a/one tree/a/b/two
                head -c 300000 /dev/zero | tr '\\0' x > out/far; ln -s ../out tree/link; ln -s a tree/inside
                truncate -s 100M tree/sparse; mkfifo tree/fifo; ln tree/a/b/two tree/three
                """, in: place))
        let result = try SpaceAccounting.look(rule(place), logs: [])
        #expect(try result.usedBytes == du(place))
        #expect(result.inodeCount == 8, "tree, a, b, the file with three names, two links, sparse, fifo")
        #expect(result.inventory.foreignBytes == result.usedBytes && result.problems.isEmpty)
        #expect(result.inventory.largestForeign.first?.allocatedBytes ?? 0 >= 100_000)
        #expect(result.inventory.largestForeign.first?.obstacle == .linked)
    }

    @Test func filesBelongToTheirLogs() throws {
        let place = try Place()
        #expect(
            try shell(
                """
                mkdir -p tree/sub old; for f in tree/a.log tree/a.log.1.gz tree/a.log.2.gz old/a.log.3.gz tree/x.gz \
                tree/sub/y.gz tree/sub/z.core tree/.spillway-a.log.1.gz.new; do head -c 5000 /dev/zero | tr '\\0' x > $f
                done; ln tree/a.log.2.gz tree/second
                """, in: place))
        let tree = try Directory.open(place.path.appending("tree"))
        let old = try Directory.open(place.path.appending("old"))
        func file(_ name: Path, _ directory: Directory) throws -> SpaceFile {
            let status = try #require(try directory.status(of: name))
            return SpaceFile(
                path: directory.path.appending(name), identity: status.identity, allocatedBytes: 1,
                modified: status.modified)
        }
        let archives = try [file("a.log.3.gz", old), file("a.log.2.gz", tree), file("a.log.1.gz", tree)]
        let log = SpaceLog(
            path: tree.path.appending("a.log"), identity: try file("a.log", tree).identity, liveBytes: 0,
            archives: archives)
        let gone = SpaceLog(path: "/gone", liveBytes: 7, archives: [])
        let result = try SpaceAccounting.look(rule(place, ["*.gz"]), logs: [log, gone])
        let inventory = result.inventory
        #expect(inventory.logs.map(\.path) == [log.path])
        #expect(inventory.logs.first?.liveBytes == 8192)
        #expect(
            inventory.logs.first?.archives.map(\.path.name) == ["a.log.2.gz", "a.log.1.gz"], "not the one elsewhere")
        #expect(inventory.logs.first?.archives.map(\.allocatedBytes) == [8192, 8192])
        #expect(inventory.logs.first?.archives.map(\.obstacle) == [.linked, nil])
        #expect(Set(inventory.purgeable.map(\.path.name)) == ["x.gz", "y.gz"])
        #expect(result.leftovers.map(\.path.name) == [".spillway-a.log.1.gz.new"])
        #expect(try result.usedBytes == du(place) && inventory.usedBytes == result.usedBytes)
        // A pattern with a slash is for the path.
        let direct = try SpaceAccounting.look(rule(place, ["s*/*.gz"]), logs: [log])
        #expect(direct.inventory.purgeable.map(\.path.name) == ["y.gz"])
    }

    @Test func nestedSpacesBelongToThemselves() throws {
        let place = try Place()
        #expect(
            try shell(
                "mkdir -p tree/own tree/nested/deep; for d in own nested nested/deep; do echo x > tree/$d/f; done",
                in: place))
        let rule = rule(place)
        let nested = [rule.directory, rule.directory.appending("nested"), rule.directory.appending("missing")]
        let result = try SpaceAccounting.look(rule, logs: [], nested: nested)
        #expect(result.inodeCount == 3)
        #expect(try result.usedBytes == du(place, "--exclude=nested"))
    }

    @Test func whatIsMountedBelowIsNotEntered() throws {
        let place = try Place()
        #expect(try shell("mkdir -p tree/tmpfs tree/bind tree/real; echo x > tree/real/f", in: place))
        guard
            try shell(
                "mount -t tmpfs -o size=1m tmpfs tree/tmpfs && mount --bind tree/real tree/bind && echo x > tree/tmpfs/f",
                in: place)
        else {
            Issue.record("whatIsMountedBelowIsNotEntered did not run: it needs the right to mount")
            return
        }
        defer { _ = try? shell("umount -l tree/tmpfs tree/bind", in: place) }
        let result = try SpaceAccounting.look(rule(place), logs: [])
        #expect(result.inodeCount == 3, "tree, real, f")
    }

    @Test func whatIsTooDeepIsReportedAndTheRestCounted() throws {
        let place = try Place()
        let script = "mkdir tree; echo x > tree/f; cd tree; for i in $(seq 300); do mkdir d; cd d; done; echo x > f"
        #expect(try shell(script, in: place))
        let result = try SpaceAccounting.look(rule(place), logs: [])
        #expect(result.problemCount == 1 && result.inodeCount == 2 + TreeWalk.depthLimit)
        guard case .tooDeep? = result.problems.first else {
            Issue.record("\(result.problems)")
            return
        }
    }

    /// Root reads everything, so an ordinary user looks.
    @Test func whatCannotBeReadIsReportedAndTheRestCounted() throws {
        let place = try Place()
        #expect(
            try shell(
                "mkdir -p tree/open tree/closed; echo x > tree/open/f; chmod 755 . tree; chmod 700 tree/closed",
                in: place))
        guard geteuid() == 0 else {
            Issue.record(
                "whatCannotBeReadIsReportedAndTheRestCounted did not run: it needs root, to become somebody else")
            return
        }
        let tests = Path(bytes: readLink("/proc/self/exe"))
        let script = """
            cp \(tests.directory)/SpaceBenchmark . && chmod 755 SpaceBenchmark
            setpriv --reuid=65534 --regid=65534 --clear-groups ./SpaceBenchmark count $PWD/tree > out.txt
            """
        #expect(try shell(script, in: place))
        let lines = try place.read("out.txt").split(separator: "\n")
        #expect(lines.first?.hasPrefix("4 inodes, ") == true)
        #expect(lines.dropFirst() == ["cannot open \(place.path)/tree/closed: Permission denied"])
    }

    private func readLink(_ path: String) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }
    }

    @Test func freeSpaceIsMeasuredAfterWhatWasRemovedIsFree() throws {
        let place = try Place()
        #expect(try shell("mkdir tree", in: place))
        var rule = rule(place)
        rule.minimumFree = .percent(99.9)
        let limits = try SpaceAccounting.limits(rule)
        #expect(limits.isBelowFloor && limits.freeBytes > 0 && limits.impossibleFloorBytes == nil)
        // What no file system of this size can meet is no floor.
        rule.minimumFree = .bytes(.max)
        let impossible = try SpaceAccounting.limits(rule)
        #expect(!impossible.isBelowFloor && impossible.minimumFreeBytes == nil)
        #expect(impossible.impossibleFloorBytes == .max)
    }
}
