import Glibc
import LinuxChanges
import SystemPackage
import TestPlace
import Testing

@testable import LinuxSystem

/// A deleted file is opened again by a descriptor's number in its holder, who can put something else there at any moment.
struct DeletedFileTests {
    /// A deleted file that this process holds, as a look finds it.
    private func lookedAt(_ held: borrowing Descriptor) throws -> DeletedFile {
        DeletedFile(
            status: try held.status(), path: held.path, holders: [], isUnnamed: false,
            links: [Path("/proc/self/fd/\(held.number)")])
    }

    private func deleted(in place: Place, _ name: Path = "a") throws -> Descriptor {
        let directory = try place.open()
        let file = try directory.create(name, mode: 0o600)
        try file.writeAll([UInt8](repeating: 1, count: 8192))
        try directory.remove(name)
        return file
    }

    @Test func itIsOpenedAsLongAsItIsHeld() throws {
        let held = try deleted(in: Place())
        let file = try lookedAt(held)
        guard let opened = try file.open(.writing) else {
            Issue.record("it is not opened")
            return
        }
        let identities = try [opened.status().identity, held.status().identity]
        #expect(identities[0] == identities[1])
    }

    /// Whoever opens a FIFO for writing is seen by its reader; a device could have done anything by then.
    @Test func whatTookItsPlaceIsNotEvenOpened() throws {
        let place = try Place()
        let held = try deleted(in: place)
        let file = try lookedAt(held)
        let fifo = place.path.appending("fifo").description
        try #require(mkfifo(fifo, 0o600) == 0)
        let reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        // O_PATH needs no rights to what it leads to.
        let path = open(fifo, 0o10000000 | O_CLOEXEC)
        try #require(reader >= 0 && path >= 0)
        defer {
            close(reader)
            close(path)
        }
        try #require(dup2(path, held.number) >= 0)
        for access in [DeletedFile.Access.writing, .reading, .readingAndWriting] {
            let opened = try file.open(access)?.number
            #expect(opened == nil)
        }
        var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waiting, 1, 0) == 0, "somebody has opened it, and gone again")
        // The test itself can fail.
        close(open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC))
        #expect(poll(&waiting, 1, 0) == 1)
    }

    @Test func aFileThatHasANameAgainIsNoneOfThem() throws {
        let place = try Place()
        let directory = try place.open()
        let held = try directory.createUnnamed(mode: 0o600, for: "a")
        try held.writeAll([UInt8](repeating: 1, count: 8192))
        let file = try lookedAt(held)
        try directory.link(held, as: "a")
        let opened = try file.open(.writing)?.number
        #expect(opened == nil)
    }
}
