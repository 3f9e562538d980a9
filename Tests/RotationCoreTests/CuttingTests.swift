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
                == .refused("filebeat (pid 812) writes at offsets of its own; method punch empties it all the same"))
        #expect(limit([holder(appends: false, position: 0)], grew: 10, insists: true) == .upTo(1000))
        #expect(limit([holder(appends: false, position: 400)], insists: true) == .upTo(400))
        #expect(
            limit([holder(.readingAndWriting, appends: false, descriptor: nil)])
                == .refused("filebeat (pid 812) has it mapped for writing; method punch empties it all the same"))
        // Who wants nothing to be lost is not insisted against.
        #expect(CutPlan(method: .punch, forecast: .truncate).insists)
        #expect(!CutPlan(method: .punch, lossless: true, forecast: .truncate).insists)
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
            lossless: Bool = false, binary: Bool = false, limit: Int64 = 64 << 30, atEnd: Bool = false
        ) -> ShrinkDecision {
            let situation = ShrinkDecision.Situation(
                sizeBytes: size, pendingBytes: pending, holders: holders, isBinary: binary, limitBytes: limit,
                areReadersAtEnd: atEnd)
            return .decide(situation, method: method, lossless: lossless)
        }
        let reader = holder(.reading, appends: false)
        #expect(decide(.known([])) == .truncate)
        #expect(decide(.known([]), pending: 7) == .wait("7 bytes of it are pending"))
        #expect(decide(.known([holder()]), pending: 7) == .collapse)
        #expect(decide(.known([holder()]), method: .punch) == .never("method punch leaves the size of a held log"))
        #expect(decide(.known([holder(appends: false)])) == .never("filebeat (pid 812) does not append"))
        // Whatever remains, and however large it looks up to the limit.
        let followed = ShrinkDecision.wait("followed by filebeat (pid 812)")
        for pending in [0, 7] as [Int64] {
            for size in [5000, 2 << 30, 64 << 30] as [Int64] {
                #expect(decide(.known([holder(), reader]), pending: pending, size: size, atEnd: true) == followed)
            }
        }
        #expect(decide(.known([holder(), reader]), pending: 7, method: .collapse) == .collapse)
        #expect(
            decide(.known([holder()]), binary: true) == .wait("it holds records, and filebeat (pid 812) has it open"))
        #expect(decide(.unknown("overlayfs")) == .never("its holders are not known: overlayfs"))
        #expect(decide(.known([]), size: 0) == .never("it is small"))
        // Also of what nobody has open: who looks now and then keeps his place.
        for holders in [[], [holder()], [holder(), reader]] {
            for method in [Method.auto, .collapse] {
                #expect(
                    decide(.known(holders), method: method, lossless: true)
                        == .never("lossless keeps the size of a log"))
            }
        }
        #expect(decide(.known([]), lossless: true, binary: true) == .truncate)
        // Past the limit the readers are waited for, though not for ever.
        let behind = ShrinkDecision.wait("followed by filebeat (pid 812), which has not read all of it")
        #expect(decide(.known([holder(), reader]), size: 1001, limit: 1000) == behind)
        #expect(decide(.known([holder(), reader]), pending: 7, size: 1001, limit: 1000, atEnd: true) == .collapse)
        #expect(decide(.known([holder(), reader]), size: 2002, limit: 1000) == .collapse)
        // A program that was tried, where it has read all there is.
        var tried = reader
        tried.followsShrunkFile = true
        #expect(decide(.known([holder(), tried]), atEnd: true) == .collapse)
        #expect(decide(.known([holder(), tried]), atEnd: false) == followed)
        #expect(decide(.known([holder(), tried]), pending: 7, atEnd: true) == followed)
        #expect(decide(.known([holder(), tried, reader]), atEnd: true) == followed)
    }

    @Test func aLogThatLooksLargeIsSaidLongBefore() {
        func remark(size: Int64, lossless: Bool = false, _ command: Path = "rsyslogd") -> (String, Bool)? {
            var reader = holder(.reading, appends: false)
            reader.command = command
            let situation = ShrinkDecision.Situation(
                sizeBytes: size, pendingBytes: 0, holders: .known([holder(), reader]), limitBytes: 1 << 30)
            return ApparentSize.remark(on: "/l/a.log", situation, lossless: lossless).map { ($0.message, $0.isError) }
        }
        #expect(remark(size: (512 << 20) - 1) == nil)
        let warning = remark(size: 600 << 20)
        #expect(
            warning?.0
                == "/l/a.log is followed by rsyslogd (pid 812) and looks 600 MiB large; past 1 GiB (maxapparent) it is made small, and its followers can miss lines then; reopenOnTruncate=\"on\" in rsyslog's input(type=\"imfile\") spares it that"
        )
        #expect(warning?.1 == false)
        #expect(remark(size: 600 << 20, "filebeat")?.0.hasSuffix("can miss lines then") == true)
        #expect(remark(size: 600 << 20, lossless: true) == nil)
        let refusal = remark(size: (1 << 30) + 1, lossless: true)
        #expect(refusal?.1 == true && refusal?.0.contains("lossless forbids to make it small") == true)
        // Never near what a file system can hold.
        #expect(ApparentSize.limit(maximumBytes: 64 << 30, largestFileBytes: 16 << 30) == 8 << 30)
        #expect(ApparentSize.limit(maximumBytes: 64 << 30, largestFileBytes: 1 << 44) == 64 << 30)
    }

    @Test func onlyWhatWasTriedIsTrusted() {
        func isOne(_ program: String, command: Path = "tail", usesInotify: Bool = true) -> Bool {
            TriedFollower.isOne(command: command, program: Array(program.utf8), usesInotify: usesInotify)
        }
        #expect(isOne("\u{7f}ELF...GNU coreutils..."))
        #expect(!isOne("\u{7f}ELF...BusyBox v1.35.0..."))
        #expect(!isOne("GNU coreutils", usesInotify: false), "it looks once a second then")
        #expect(!isOne("GNU coreutils", command: "less"))
        #expect(!isOne("GNU coreutils" + String(repeating: "x", count: 1 << 20)), "all of them in one program")
    }
}

struct LogHeadTests {
    private func length(_ text: String, block: Int64 = 4096) -> Int64 {
        LogHead.length(of: Array(text.utf8), blockBytes: block)
    }

    @Test func itIsWholeBlocksWithTheFirstLineInThem() {
        #expect(length("") == 0 && length("\0\0a\n") == 0, "a hole, which nobody knows a log by")
        #expect(length("a\n") == 4096)
        #expect(length("a\n", block: 512) == 4096 && length("a\n", block: 65536) == 65536)
        #expect(length("a\n", block: 1 << 20) == 65536, "what a file system likes to be asked for is not its block")
        let long = String(repeating: "x", count: 4095)
        #expect(length(long + "\n") == 4096 && length(long + "x\n") == 8192)
        #expect(length(String(repeating: "x", count: 65536)) == 4096, "no line ends in sight")
    }

    @Test func aHeadOfOneLineAgainAndAgainIsNoProof() {
        func isMonotonous(_ text: String) -> Bool { LogHead.isMonotonous(Array(text.utf8)) }
        #expect(isMonotonous("x\nx\n") && isMonotonous("same\nsame\nsame\nsa"))
        #expect(!isMonotonous("x\ny\n") && !isMonotonous("x\n") && !isMonotonous("") && !isMonotonous("xx"))
    }
}

struct JournalSlotTests {
    private let entry = JournalEntry(
        kind: .extend, log: "/var/log/a b", inode: 42,
        runs: [JournalEntry.Run(offset: 4096, count: 5), JournalEntry.Run(offset: 1 << 39, count: 1 << 38)],
        end: 1 << 40,
        archive: Path(bytes: [0x2f, 0xff, 0x0a]), archiveInode: 43, archiveOffset: 700, archiveBytes: 777,
        isCompressed: false, stagedBytes: 12, stagedChecksum: 0xdead_beef, headBytes: 8192)

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

    /// As a run of 0.1.0 left it that was interrupted.
    @Test func aSlotOfTheVersionBeforeIsRead() throws {
        var old = entry
        old.headBytes = 0
        var bytes = try #require(JournalSlot(sequence: 9, entries: [old]).encoded())
        // One number less, and another version.
        let numbers = 24 + 4 + old.log.bytes.count + 4 + old.archive.bytes.count
        let head = numbers + 9 * 8
        bytes = Array(bytes[..<head] + bytes[(head + 8)...].dropLast(4)) + [UInt8](repeating: 0, count: 8)
        bytes[8] = 2
        let checksum = Checksum.crc32(bytes)
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: checksum >> UInt32(8 * shift))) }
        #expect(JournalSlot.decode(bytes) == JournalSlot(sequence: 9, entries: [old]))
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
        // Few bytes are done in another way than many: bytes behind each other are the same either way.
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 31) }
        for count in 0...bytes.count {
            let bitByBit = bytes.prefix(count).reduce(~UInt32(0)) { value, byte in
                (0..<8).reduce(value ^ UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1) * 0xedb8_8320 }
            }
            #expect(Checksum.crc32(bytes.prefix(count)) == ~bitByBit)
        }
    }
}
