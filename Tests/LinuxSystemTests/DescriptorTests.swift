import Glibc
import LinuxChanges
import LinuxSystem
import SystemPackage
import TestPlace
import Testing

struct DescriptorTests {
    @Test func attributesAreSetAndRead() throws {
        let place = try Place()
        let file = try place.open().create("a", mode: 0o600)
        try file.setMode(0o4751)
        let time = Timestamp(seconds: 951_782_400, nanoseconds: 123_456_789)
        try file.setModified(time)
        #expect(try file.status().mode == 0o4751)
        #expect(try file.status().modified == time)
        #expect(try file.attribute("user.nothing") == nil)
        try file.setAttribute("user.spillway", to: [1, 2, 3])
        #expect(try file.attribute("user.spillway") == [1, 2, 3])
        try file.truncate(to: 5000)
        #expect(try file.status().sizeBytes == 5000)
        try file.sync()
    }

    /// Each question about it is answered with 0, for ever.
    @Test(.timeLimit(.minutes(1))) func aDeviceHasNoPlacesWithData() throws {
        let device = try Directory.open("/dev").open("zero", .reading)
        let found = try device.nextData(from: 1)
        #expect(found == nil)
    }

    @Test func manyFilesAreSyncedTogetherAndEachHasItsOwnError() throws {
        let place = try Place()
        let directory = try place.open()
        var batch = SyncBatch()
        let files = try (0..<70).map { number in
            let file = try Opened(directory.create(Path("\(number)"), mode: 0o600))
            try file.descriptor.writeAll([1, 2, 3])
            file.descriptor.beginWriting()
            return file
        }
        for file in files.prefix(40) { batch.add(file.descriptor) }
        // fsync(2) does not know pipes.
        let pipe = try Descriptor.pipe()
        batch.add(pipe.writing)
        for file in files.dropFirst(40) { batch.add(file.descriptor) }
        let errors = batch.perform()
        #expect(errors.count == 71)
        #expect(errors[40]?.errno == .invalidArgument)
        #expect(errors.enumerated().allSatisfy { $0.offset == 40 || $0.element == nil })
        withExtendedLifetime(files) {}
        pipe.close()
    }

    private final class Opened {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    @Test func aLockIsHeldByOne() throws {
        let place = try Place()
        let directory = try place.open()
        let first = try directory.openOrCreate("lock", mode: 0o600)
        let second = try directory.openOrCreate("lock", mode: 0o600)
        #expect(try first.tryLock())
        #expect(try !second.tryLock())
    }

    @Test func aReadLeaseTellsWhetherAnybodyWrites() throws {
        try StopSignal.arm()
        let place = try Place()
        let directory = try place.open()
        do {
            let writer = try directory.create("a", mode: 0o600)
            try writer.writeAll([1])
            #expect(try directory.open("a", .reading).hasNoWriter() == false)
        }
        #expect(try directory.open("a", .reading).hasNoWriter() == true)
    }

    @Test func aFileLargerThanTheLimitIsNotRead() throws {
        let place = try Place()
        let file = try place.open().create("a", mode: 0o600)
        try file.writeAll([UInt8](repeating: 1, count: 200_000))
        #expect(throws: SystemError("read", place.path.appending("a"), .fileTooLarge)) {
            _ = try file.readAll(limitBytes: 100_000)
        }
        #expect(try file.readAll(limitBytes: 200_000).count == 200_000)
    }

    /// A place behind the largest size is refused (EFBIG), which says nothing of holes.
    @Test func alsoTheLargestFileHasHoles() throws {
        let place = try Place()
        let file = try place.open().create("a", mode: 0o600)
        let small = file.hasHoles
        try #require(small, "the tests' directory has no holes")
        // The largest size that can be had.
        var fits: Int64 = 0
        var step: Int64 = 1 << 61
        while step > 0 {
            if (try? file.truncate(to: fits + step)) != nil { fits += step }
            step /= 2
        }
        try file.truncate(to: fits)
        let largest = file.hasHoles
        #expect(largest && fits > 1 << 33, "\(fits) bytes")
    }

    @Test func errorsNameCallPathAndReason() {
        let error = SystemError("rename", "/var/log/a", .permissionDenied)
        #expect(error.description == "cannot rename /var/log/a: Permission denied")
    }
}

struct PathTests {
    @Test func partsOfAPath() {
        let path: Path = "/var/log/a.log"
        #expect(path.name == "a.log" && path.directory == "/var/log" && path.components == ["var", "log", "a.log"])
        #expect(Path("/a").directory == "/" && Path("a").directory == "." && Path("/").components == [])
        #expect(
            Path("/").appending("a") == "/a" && Path("/x").appending("a") == "/x/a" && Path("").appending("a") == "a")
        #expect(Path("a").resolved(against: "/b") == "/b/a" && Path("/a").resolved(against: "/b") == "/a")
        #expect(path.hasSuffix(".log") && !path.hasSuffix("/var/log/a.log.x") && path.hasPrefix("/var"))
    }

    /// Two slashes side by side are seen wherever they are, also across the eight places that are looked at together.
    @Test func doubledSlashesAreSeenEverywhere() {
        for length in 0..<40 {
            let single = [UInt8](
                (0..<length).map { $0 % 3 == 0 ? UInt8(ascii: "/") : UInt8($0 % 2 == 0 ? 0x2e : 0x30) })
            #expect(!Path(bytes: single).hasDoubledSlashes)
            for place in 0..<max(0, length - 1) {
                var doubled = [UInt8](repeating: 0xaf, count: length)
                doubled[place] = UInt8(ascii: "/")
                #expect(!Path(bytes: doubled).hasDoubledSlashes)
                doubled[place + 1] = UInt8(ascii: "/")
                #expect(Path(bytes: doubled).hasDoubledSlashes, "\(place) of \(length)")
                #expect(
                    Path(bytes: doubled).withoutDoubledSlashes.bytes.count == length - 1
                        - (place + 2 == length && length > 2 ? 1 : 0))
            }
        }
    }

    @Test func aPathIsComparedWithBytesOfSomethingElse() {
        let line = Array("x/var/log/a y".utf8)
        #expect(Path("/var/log/a").consists(of: line[1..<11]) && !Path("/var/log/a").consists(of: line[1..<12]))
        #expect(!Path("/var/log/b").consists(of: line[1..<11]) && Path("").consists(of: line[3..<3]))
    }

    @Test func namesCannotWriteToATerminal() {
        #expect(Path("a\u{1b}[31mred").description == "a\\x1b[31mred")
        #expect(Path("naïve €").description == "naïve €")
        #expect(Path(bytes: [0x61, 0xff, 0x62]).description == "a\\xffb")
        #expect(Path("a\u{9b}b").description == "a\\xc2\\x9bb")
        #expect(Path(bytes: [0x61, 0xff]).pieces == [.scalar("a"), .byte(0xff)])
    }
}
