import Glibc
import LinuxChanges
import LinuxSystem
import SystemPackage
import TestPlace
import Testing

struct DirectoryTests {
    @Test func whatTheListCallsARegularFileIsOne() throws {
        let place = try Place()
        let directory = try place.open()
        for name in ["b", "a", "c"] as [Path] { _ = try directory.create(name, mode: 0o600) }
        let path = place.path.description
        #expect(
            symlink("a", path + "/link") == 0 && mkfifo(path + "/pipe", 0o600) == 0 && mkdir(path + "/sub", 0o700) == 0)
        let (regular, others) = try directory.sortedNamesByKind()
        // Not every file system tells in its list.
        #expect((Array(regular) + Array(others)).sorted() == ["a", "b", "c", "link", "pipe", "sub"])
        #expect(Array(regular) == ["a", "b", "c"] || regular.isEmpty)
        #expect(Array(others) == Array(others).sorted())
    }

    @Test func namesAreSortedByTheirBytes() throws {
        let place = try Place()
        let directory = try place.open()
        let names: [Path] = ["b", "a", "a.1", "ab", "B", "\u{e4}", "a b", Path(bytes: [0xff]), "aa"]
        for name in names { _ = try directory.create(name, mode: 0o600) }
        let sorted = try directory.sortedNames()
        #expect(Array(sorted) == names.sorted())
        for name in names { #expect(sorted.contains(name)) }
        for name in ["", "A", "a.", "a.10", "c", Path(bytes: [0xff, 0xff])] as [Path] {
            #expect(!sorted.contains(name))
        }
        for prefix in ["", "a", "a.", "b", "z", Path(bytes: [0xff])] as [Path] {
            #expect(Array(sorted.withPrefix(prefix)) == names.sorted().filter { $0.hasPrefix(prefix) })
        }
        #expect(!SortedNames().contains("a") && SortedNames().withPrefix("a").isEmpty)
        #expect(Set(try directory.names()) == Set(names))
        #expect(
            try directory.status(of: place.path.appending("a.1"))?.identity == directory.status(of: "a.1")?.identity)
    }

    @Test(
        arguments: [
            ("/var/log/a", "/var/log"), ("/a", "/"), ("/var/log/a", "/var"), ("/var/logs", "/var/log"), ("/", "/"),
            ("a", "."), ("/var/log/", "/var/log"), ("/var/log/a/b", "/var/log"), ("/var/lox/a", "/var/log"),
        ] as [(Path, Path)])
    func whatIsDirectlyInADirectory(_ path: Path, _ directory: Path) {
        let expected = path.directory == directory && path.bytes.count > directory.bytes.count && directory != "."
        #expect(path.isDirectly(in: directory) == expected)
    }

    @Test func filesAreCreatedOnceAndNarrow() throws {
        let place = try Place()
        let directory = try place.open()
        let file = try directory.create("a", mode: 0o640)
        try file.writeAll(Array("hello".utf8))
        #expect(try file.status().mode == 0o640)
        #expect(throws: SystemError("create", place.path.appending("a"), .fileExists)) {
            _ = try directory.create("a", mode: 0o600)
        }
        #expect(try text(directory.open("a", .reading)) == "hello")
    }

    @Test func anUnnamedFileGetsItsNameOnceAndOverNothing() throws {
        let place = try Place()
        let directory = try place.open()
        let file = try directory.createUnnamed(mode: 0o600, for: "a")
        try file.writeAll(Array("x".utf8))
        #expect(try directory.names() == [])
        try directory.link(file, as: "a")
        #expect(try directory.names() == ["a"])
        let other = try directory.createUnnamed(mode: 0o600, for: "a")
        #expect(throws: SystemError("create", place.path.appending("a"), .fileExists)) {
            try directory.link(other, as: "a")
        }
        #expect(try text(directory.open("a", .reading)) == "x")
    }

    @Test func aRenameReplacesNothing() throws {
        let place = try Place()
        let directory = try place.open()
        for name in ["a", "b"] as [Path] {
            let file = try directory.create(name, mode: 0o600)
            try file.writeAll(name.bytes)
        }
        #expect(throws: SystemError("rename", place.path.appending("a"), .fileExists)) {
            try directory.rename("a", to: "b")
        }
        #expect(try text(directory.open("b", .reading)) == "b")
        try directory.rename("a", to: "c")
        try directory.replace("b", with: "c")
        #expect(try directory.names() == ["b"])
        #expect(try text(directory.open("b", .reading)) == "a")
    }

    @Test func linksAreNotFollowed() throws {
        let place = try Place()
        let directory = try place.open()
        #expect(symlink("/etc/passwd", place.path.appending("link").description) == 0)
        #expect(throws: SystemError("open", place.path.appending("link"), .tooManySymbolicLinkLevels)) {
            _ = try directory.open("link", .reading)
        }
        #expect(try directory.status(of: "link")?.kind == .symbolicLink)
        #expect(try directory.status(of: "nothing") == nil)
    }

    @Test func aFifoIsNotWaitedFor() throws {
        let place = try Place()
        #expect(mkfifo(place.path.appending("fifo").description, 0o600) == 0)
        let file = try place.open().open("fifo", .reading)
        #expect(try file.status().kind == .other)
    }

    @Test func manyNamesAreListed() throws {
        let place = try Place()
        let directory = try place.open()
        let names = (0..<2000).map { Path("name-\($0)") } + [Path(bytes: [0xff, 0x41])]
        for name in names { _ = try directory.create(name, mode: 0o600) }
        #expect(try Set(directory.names()) == Set(names))
    }

    @Test func aWalkFollowsOnlyLinksThatRootPutWhereNobodyElseCan() throws {
        let place = try Place()
        let directory = try place.open()
        try directory.makeDirectory("real", mode: 0o755)
        _ = try Directory.open(place.path.appending("real")).create("inside", mode: 0o600)
        #expect(symlink("real", place.path.appending("link").description) == 0)
        #expect(try Directory.open(place.path.appending("link")).names() == ["inside"])
        #expect(try Directory.open(place.path.appending("link")).path == place.path.appending("link"))
        #expect(symlink("loop", place.path.appending("loop").description) == 0)
        #expect(throws: WalkError.self) { _ = try Directory.open(place.path.appending("loop")) }
        // Now others can write to the directory that holds the link.
        #expect(chmod(place.path.description, 0o777) == 0)
        #expect(throws: WalkError.untrustedLink(place.path.appending("link"))) {
            _ = try Directory.open(place.path.appending("link"))
        }
        #expect(try Directory.open(place.path.appending("real")).names() == ["inside"])
    }

    @Test func absoluteLinksAndDotsAreWalked() throws {
        let place = try Place()
        try place.open().makeDirectory("real", mode: 0o755)
        let target = place.path.appending("real").description
        #expect(symlink(target, place.path.appending("absolute").description) == 0)
        #expect(try Directory.open(place.path.appending("absolute/.")).names() == [])
        #expect(try Directory.open(place.path.appending("absolute/../real")).names() == [])
        #expect(throws: WalkError.self) { _ = try Directory.open(place.path.appending("nowhere/x")) }
    }
}
