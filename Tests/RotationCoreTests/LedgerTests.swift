import LinuxSystem
import RotationCore
import Testing

struct LedgerTests {
    private let odd = Path(bytes: [0x2f, 0x61, 0x20, 0x25, 0x0a, 0xff])

    private var records: [Ledger.Record] {
        [
            .told("cannot open /a: no", seconds: 12), .cut(odd, Ledger.Cut(inode: 3, end: 5000, paddingBytes: 904)),
            .unreleased(Ledger.Unreleased(path: "/l/a.1", log: odd, inode: 7)),
            .unreleased(
                Ledger.Unreleased(
                    path: "/l/b.2", log: "/l/b", inode: 8, parts: "/l/b.3.gz", partsInode: 9, isTold: true)),
            .removing("/l"), .abandoned(odd, 11),
            .cut(
                "/l/c",
                Ledger.Cut(
                    inode: 4, end: 9000, paddingBytes: 808, head: .init(bytes: 4096, checksum: 0xdead_beef),
                    collapsingBytes: 8192)),
            .ends(SignalKnowledge.Ending(program: "a b", signal: 1)),
        ]
    }

    @Test func whatIsWrittenIsRead() {
        var ledger = Ledger()
        for record in records { ledger.apply(record) }
        #expect(Ledger.decode(ledger.encoded()) == ledger)
        // As a run appends it, a record at a time.
        #expect(Ledger.decode(records.flatMap(\.line)) == ledger)
        #expect(ledger.unreleased.count == 2 && ledger.cuts[odd]?.end == 5000)
    }

    @Test func laterRecordsTakeEarlierOnesBack() {
        let all =
            records + [
                .whole(odd), .whole("/l/c"), .released("/l/a.1"), .released("/l/b.2"), .removed("/l"), .inUse(odd),
            ]
        let ledger = Ledger.decode(all.flatMap(\.line))
        #expect(ledger.cuts.isEmpty && ledger.unreleased.isEmpty && ledger.removing.isEmpty && ledger.abandoned.isEmpty)
        #expect(ledger.signals.answer(of: "a b", to: 1) == .ends)
        #expect(ledger.told == ["cannot open /a: no": 12])
    }

    /// A run can be ended in the middle of a line, and the file can be anything.
    @Test func whatMakesNoSenseIsLeftOut() {
        let whole = records.flatMap(\.line)
        for length in 0..<whole.count { _ = Ledger.decode(Array(whole[..<length])) }
        for line in ["cut 1 2\n", "cut x y z /a\n", "unreleased 1 2 3 /a\n", "told\n", "\0\0\n", "removing a\n"] {
            #expect(Ledger.decode(Array(line.utf8)) == Ledger(), "\(line)")
        }
    }
}

struct LogContentTests {
    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func recordsAreToldFromLines() {
        func isBinary(_ text: String, name: Path = "x.log") -> Bool {
            LogContent.isBinary(name: name, sample: bytes(text))
        }
        #expect(!isBinary("a line\n"))
        #expect(!isBinary(""))
        #expect(isBinary("", name: "wtmp") && isBinary("a line\n", name: "lastlog"))
        #expect(isBinary("\u{7}\0\0\0pts/0\0\0\0root\0\0\0\n\0\0"))
        // A file system that came back from a crash.
        #expect(!isBinary("a line\n\0\0\0\0\0\0another\n"))
        #expect(!isBinary("\0\0\0\0"))
    }

    @Test func paddingIsBlanksAndALineEnd() {
        for count in 1...5 { #expect(LogContent.isPadding(LogContent.padding(count)[...])) }
        #expect(LogContent.padding(0).isEmpty)
        #expect(LogContent.isPadding(bytes("\0\0\0")) && LogContent.isPadding(bytes("  \0\0")))
        for text in ["", "  ", "a\n", " a\n", "\n\n", "  \nb"] {
            #expect(!LogContent.isPadding(bytes(text)), "\(text)")
        }
    }

    @Test func endsAndNULsAreCountedFromBothSides() {
        #expect(LogContent.endOfLastLine(bytes("a\nb\nc")) == 4)
        #expect(LogContent.endOfLastLine(bytes("abc")) == nil)
        #expect(LogContent.leadingNULs(bytes("\0\0a\0")) == 2 && LogContent.trailingNULs(bytes("\0\0a\0")) == 1)
        #expect(LogContent.leadingNULs(bytes("\0\0")) == 2 && LogContent.trailingNULs(bytes("")) == 0)
    }
}
