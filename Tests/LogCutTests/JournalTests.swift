import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import TestPlace
import Testing

@testable import LogCut

struct JournalTests {
    private let entry = JournalEntry(
        log: "/l/a", inode: 4, runs: [JournalEntry.Run(offset: 0, count: 100)], end: 100, archive: "/l/a.1.gz",
        archiveInode: 5, archiveBytes: 50)

    /// Opens the journal again. A child that another test starts at this moment may have its lock until it runs its program.
    private func reopen(_ path: Path) throws -> Journal {
        for _ in 0..<200 {
            do throws(Journal.Problem) {
                return try Journal.open(path)
            } catch {
                guard case .busy = error else { throw error }
                sleep(milliseconds: 10)
            }
        }
        return try Journal.open(path)
    }

    /// What is read of an empty slot is its beginning and its end: that is as good as all of it, and no more is taken for one.
    @Test func anEmptySlotIsKnownByItsEnds() throws {
        for sequence in [0, 1, 77, UInt64.max] {
            let bytes = try #require(JournalSlot(sequence: sequence, entries: []).encoded())
            let (head, trailer) = (Array(bytes.prefix(JournalSlot.headBytes)), Array(bytes.suffix(4)))
            #expect(JournalSlot.empty(head: head, trailer: trailer) == JournalSlot.decode(bytes))
            for index in head.indices {
                var broken = head
                broken[index] ^= 4
                #expect(JournalSlot.empty(head: broken, trailer: trailer) == nil)
            }
            #expect(JournalSlot.empty(head: head, trailer: trailer.map { $0 ^ 1 }) == nil)
        }
        let full = try #require(JournalSlot(sequence: 3, entries: [entry]).encoded())
        #expect(
            JournalSlot.empty(head: Array(full.prefix(JournalSlot.headBytes)), trailer: Array(full.suffix(4))) == nil)
    }

    /// What holds does not depend on how much of the file is read for it: every pair of slots, in both places, whole and torn.
    @Test func theSlotThatHoldsIsTheNewerWholeOne() throws {
        let place = try Place()
        let directory = try Directory.open(place.path)
        let file = try directory.create("journal", mode: 0o600)
        try file.writeAll([UInt8](repeating: 0, count: Int(2 * JournalFile.slotBytes)))
        let slots = [0, 1, 2, 7].flatMap { number in
            [JournalSlot(sequence: number, entries: []), JournalSlot(sequence: number, entries: [entry])]
        }
        var contents: [(bytes: [UInt8], slot: JournalSlot?)] = [
            ([UInt8](repeating: 0, count: JournalSlot.sizeBytes), nil)
        ]
        for slot in slots {
            let bytes = try #require(slot.encoded())
            var torn = bytes
            torn[JournalSlot.sizeBytes - 1] ^= 1
            contents += [(bytes, slot), (torn, nil)]
        }
        for first in contents {
            try file.writeAll(first.bytes, at: 0)
            for second in contents {
                try file.writeAll(second.bytes, at: JournalFile.slotBytes)
                let wanted = JournalSlot.current(first.slot, second.slot)
                #expect(try JournalFile.current(of: file)?.entries == wanted?.entries)
                #expect(try JournalFile.current(of: file)?.sequence == wanted?.sequence)
            }
        }
    }

    @Test func whatIsWrittenIsFoundByTheNextRun() throws {
        let place = try Place()
        let path = place.path.appending("deep/journal")
        do {
            let journal = try Journal.open(path)
            #expect(journal.entries.isEmpty)
            try journal.write([entry])
            try journal.write([entry, entry])
        }
        do {
            let journal = try reopen(path)
            #expect(journal.entries == [entry, entry])
            try journal.write([])
        }
        #expect(try reopen(path).entries.isEmpty)
        let status = try #require(try Directory.open(path.directory).status(of: "journal"))
        #expect(status.mode == 0o600)
        #expect(status.sizeBytes == (6 << 20) + (128 << 10))
        #expect(status.allocatedBytes >= status.sizeBytes, "all of it is there before it is needed")
        #expect(try Directory.open(path.directory).names() == ["journal"])
    }

    @Test func oneRunHasIt() throws {
        let place = try Place()
        let path = place.path.appending("journal")
        let first = try Journal.open(path)
        #expect(first.entries.isEmpty)
        #expect(throws: Journal.Problem.self) { _ = try Journal.open(path) }
    }

    /// The second write goes to the first slot: as if the machine had stopped in the middle of it.
    @Test(arguments: [Int64(0), 20, 1024, JournalFile.slotBytes - 512])
    func aSlotThatWasTornLeavesTheOneBefore(_ offset: Int64) throws {
        let place = try Place()
        let path = place.path.appending("journal")
        do {
            let journal = try Journal.open(path)
            try journal.write([entry])
            try journal.write([entry, entry])
        }
        let file = try place.open().open("journal", .readingAndWriting)
        try file.writeAll([UInt8](repeating: 0xff, count: 512), at: offset)
        #expect(try reopen(path).entries == [entry])
    }

    /// It is written when all is done: nothing of what it says is in its middle.
    @Test(arguments: [(Int64(0), false), (20, false), (1024, true), (JournalFile.slotBytes - 512, false)])
    func anEmptySlotThatWasTornIsOneIfItsEndsAreThere(_ offset: Int64, _ isEmpty: Bool) throws {
        let place = try Place()
        let path = place.path.appending("journal")
        do {
            let journal = try Journal.open(path)
            try journal.write([entry])
            try journal.write([])
        }
        let file = try place.open().open("journal", .readingAndWriting)
        try file.writeAll([UInt8](repeating: 0xff, count: 512), at: offset)
        #expect(try reopen(path).entries == (isEmpty ? [] : [entry]))
    }

    @Test func whatIsNoJournalIsNamed() throws {
        let place = try Place()
        try place.write("journal", "text")
        #expect(throws: Journal.Problem.self) { _ = try Journal.open(place.path.appending("journal")) }
    }
}
