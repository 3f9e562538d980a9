import LinuxSystem
import RotationCore
import Testing

struct CuttingTests {
    private func holder(
        _ access: Holder.Access = .writing, appends: Bool = true, position: Int64 = 0, descriptor: Int32? = 3
    ) -> Holder {
        Holder(
            process: 812, startTicks: 1, command: "filebeat", descriptor: descriptor, access: access, appends: appends,
            position: position)
    }

    @Test func aCutNeverGoesBeyondAPositionThatIsWrittenAt() {
        func limit(_ holders: [Holder], grew: Int64 = 0, insists: Bool = false) -> CutLimit {
            .decide(sizeBytes: 1000, grewBytes: grew, holders: .known(holders), insists: insists)
        }
        #expect(limit([]) == .upTo(1000))
        #expect(limit([holder()]) == .upTo(1000))
        #expect(limit([holder(.reading, appends: false)]) == .upTo(1000))
        #expect(limit([holder(appends: false, position: 400), holder()]) == .upTo(400))
        // Opened at the start of old content, nothing written yet.
        #expect(limit([holder(appends: false, position: 0)]) == .upTo(0))
        #expect(
            limit([holder(appends: false, position: 0)], grew: 10)
                == .refused("filebeat (pid 812) writes at offsets of its own; method punch insists"))
        #expect(limit([holder(appends: false, position: 0)], grew: 10, insists: true) == .upTo(1000))
        #expect(limit([holder(appends: false, position: 400)], insists: true) == .upTo(400))
        #expect(
            limit([holder(.readingAndWriting, appends: false, descriptor: nil)])
                == .refused("filebeat (pid 812) has it mapped for writing; method punch insists"))
        // Who wants nothing to be lost is not insisted against.
        #expect(
            CutLimit.decide(
                sizeBytes: 1000, grewBytes: 10, holders: .known([holder(appends: false, position: 0)]), insists: true,
                lossless: true) != .upTo(1000))
        func unknown(lossless: Bool) -> CutLimit {
            .decide(
                sizeBytes: 1000, grewBytes: 0,
                holders: .unknown("io_uring", seen: [holder(appends: false, position: 400)]), insists: false,
                lossless: lossless)
        }
        #expect(unknown(lossless: false) == .upTo(400))
        #expect(
            unknown(lossless: true)
                == .refused(
                    "its writers are not known (io_uring), and it is lossless; with nolossless it is compared with its archive right before"
                ))
    }

    @Test func shrinkingFollowsTheTable() {
        func decide(
            _ holders: HolderKnowledge, pending: Int64 = 0, size: Int64 = 5000, method: Method = .auto,
            lossless: Bool = false, binary: Bool = false
        ) -> ShrinkDecision {
            let situation = ShrinkDecision.Situation(
                sizeBytes: size, pendingBytes: pending, holders: holders, isBinary: binary)
            return .decide(situation, method: method, lossless: lossless)
        }
        let reader = holder(.reading, appends: false)
        #expect(decide(.known([])) == .truncate)
        #expect(decide(.known([]), pending: 7) == .wait("7 bytes of it are pending"))
        #expect(decide(.known([holder()]), pending: 7) == .collapse)
        #expect(decide(.known([holder()]), method: .punch) == .never("method punch leaves the size of a held log"))
        #expect(decide(.known([holder(appends: false)])) == .never("filebeat (pid 812) does not append"))
        #expect(decide(.known([holder(), reader]), pending: 7) == .wait("read by filebeat (pid 812)"))
        #expect(decide(.known([holder(), reader])) == .collapse, "only padding remains")
        #expect(decide(.known([holder(), reader]), pending: 7, size: 2 << 30) == .collapse)
        #expect(
            decide(.known([holder(), reader]), pending: 7, size: 2 << 30, lossless: true)
                == .wait("read by filebeat (pid 812)"))
        #expect(decide(.known([holder(), reader]), pending: 7, method: .collapse) == .collapse)
        #expect(
            decide(.known([holder()]), binary: true) == .wait("it holds records, and filebeat (pid 812) has it open"))
        #expect(decide(.unknown("overlayfs")) == .never("its holders are not known: overlayfs"))
        #expect(decide(.known([]), size: 0) == .never("it is small"))
    }
}

struct JournalSlotTests {
    private let entry = JournalEntry(
        kind: .extend, log: "/var/log/a b", inode: 42,
        runs: [JournalEntry.Run(offset: 4096, count: 5), JournalEntry.Run(offset: 1 << 39, count: 1 << 38)],
        end: 1 << 40,
        archive: Path(bytes: [0x2f, 0xff, 0x0a]), archiveInode: 43, archiveOffset: 700, archiveBytes: 777,
        isCompressed: false, stagedBytes: 12, stagedChecksum: 0xdead_beef)

    @Test func whatIsWrittenIsRead() throws {
        for count in [0, 1, 4, 64] {
            let slot = JournalSlot(sequence: 9, entries: [JournalEntry](repeating: entry, count: count))
            let bytes = try #require(slot.encoded())
            #expect(bytes.count == JournalSlot.sizeBytes)
            #expect(JournalSlot.decode(bytes) == slot)
        }
        let longest = Path(bytes: [UInt8](repeating: 0x61, count: 4095))
        var long = entry
        long.log = longest
        long.archive = longest
        long.runs = (0..<JournalEntry.runLimit).map { JournalEntry.Run(offset: Int64($0) * 9, count: 4) }
        // Four cuts have room whatever their paths and pieces are.
        let full = JournalSlot(sequence: 1, entries: [JournalEntry](repeating: long, count: 4))
        #expect(JournalSlot.fits(full.entries))
        #expect(try JournalSlot.decode(#require(full.encoded())) == full)
        let more = [JournalEntry](repeating: long, count: 6)
        #expect(!JournalSlot.fits(more) && JournalSlot(sequence: 1, entries: more).encoded() == nil)
        long.log = longest + "b"
        #expect(JournalSlot(sequence: 1, entries: [long]).encoded() == nil)
    }

    @Test func aSlotThatIsNotWholeIsNone() throws {
        let bytes = try #require(JournalSlot(sequence: 9, entries: [entry]).encoded())
        #expect(JournalSlot.decode([UInt8](repeating: 0, count: JournalSlot.sizeBytes)) == nil)
        #expect(JournalSlot.decode(Array(bytes.dropLast())) == nil)
        for index in stride(from: 0, to: bytes.count, by: 97) {
            var damaged = bytes
            damaged[index] ^= 0x40
            #expect(JournalSlot.decode(damaged) == nil, "byte \(index)")
        }
        // A write that was torn: the new beginning, the old end.
        let newer = try #require(JournalSlot(sequence: 10, entries: [entry, entry]).encoded())
        #expect(JournalSlot.decode(Array(newer[..<512] + bytes[512...])) == nil)
    }

    @Test func theNewerWholeSlotHolds() {
        let old = JournalSlot(sequence: 1, entries: [entry]), new = JournalSlot(sequence: 2, entries: [])
        #expect(JournalSlot.current(old, new) == new && JournalSlot.current(new, old) == new)
        #expect(JournalSlot.current(nil, old) == old && JournalSlot.current(old, nil) == old)
        #expect(JournalSlot.current(nil, nil) == nil)
    }

    @Test func theChecksumIsGzips() {
        #expect(Checksum.crc32("123456789".utf8) == 0xcbf4_3926)
    }
}
