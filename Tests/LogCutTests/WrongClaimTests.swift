import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage
import TestPlace
import Testing

@testable import LogCut

/// A journal that is whole, with right checksums, and claims what is not so: of other files, places, sizes and contents.
/// Whatever it says, each line that was in the log or an archive is still in one of them.
struct WrongClaimTests {
    /// Numbers that come again: xorshift64.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// A log, archives of it and a file of somebody's, and a journal.
    private final class Scene {
        let place: Place
        let journal: Path
        var lines: Set<String> = []
        private(set) var names: [Path] = ["a.log", "a.log.1.gz", "a.log.2", "b.log", "other"]
        private(set) var sizes: [Path: Int64] = [:]
        private(set) var inodes: [Path: UInt64] = [:]
        private(set) var log: [UInt8] = []
        /// The first line breaks of the log.
        private(set) var ends: [Int64] = []
        /// How much of the log the archive holds.
        private(set) var archivedBytes: Int64 = 0
        /// Where the second member of the archive begins.
        private(set) var memberOffset: Int64 = 0

        init(_ dice: inout Dice) throws {
            place = try Place()
            journal = place.path.appending("journal")
            let directory = try place.open()
            log = text("live", Int.random(in: 1...400, using: &dice))
            var offset = 0
            while let end = log[offset...].firstIndex(of: 0x0a) {
                ends.append(Int64(end + 1))
                offset = end + 1
            }
            // The archive holds the log's first half in its second member, as where a run was ended.
            let half = Array(log[..<Int(ends[ends.count / 2])])
            archivedBytes = Int64(half.count)
            let first = try gzip(text("old", 50))
            memberOffset = Int64(first.count)
            let contents: [Path: [UInt8]] = [
                "a.log": log, "a.log.1.gz": first + (try gzip(half)), "a.log.2": text("plain", 60) + half,
                "b.log": text("b", 30), "other": text("other", 200),
            ]
            for name in names {
                let bytes = contents[name] ?? []
                let file = try directory.create(name, mode: 0o600)
                try file.writeAll(bytes)
                let status = try file.status()
                (sizes[name], inodes[name]) = (status.sizeBytes, status.identity.inode)
            }
            lines = try found()
        }

        private func text(_ word: String, _ count: Int) -> [UInt8] {
            (1...count).flatMap { Array("\(word) line \($0) of \(count)\n".utf8) }
        }

        private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
            var result: [UInt8] = []
            let compressor = try GzipCompressor()
            try bytes.withUnsafeBytes { buffer in try compressor.append(buffer) { result.append(contentsOf: $0) } }
            try compressor.finish { result.append(contentsOf: $0) }
            return result
        }

        func staged(_ dice: inout Dice) throws -> [UInt8] {
            let half = Array(log[..<Int(ends[Int.random(in: 0..<ends.count, using: &dice)])])
            return Bool.random(using: &dice) ? try gzip(half) : half
        }

        /// All lines that can be read.
        func found() throws -> Set<String> {
            var lines: Set<String> = []
            let directory = try place.open()
            for name in try directory.names() where !name.hasPrefix("journal") {
                let file = try directory.open(name, .reading)
                let raw = try file.readAll(limitBytes: 1 << 20)
                lines.formUnion(self.lines(of: raw))
            }
            return lines
        }

        /// The lines of a plain or compressed file.
        func lines(of raw: [UInt8]) -> Set<String> {
            let bytes = raw.starts(with: [0x1f, 0x8b]) ? expand(raw) : raw
            let lines = bytes.split(separator: 0x0a).map { String(decoding: $0.drop { $0 == 0 }, as: UTF8.self) }
            return Set(lines).subtracting([""])
        }

        private func expand(_ raw: [UInt8]) -> [UInt8] {
            var offset = 0
            var result: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            do {
                let reader = try GzipReader { buffer in
                    let count = min(buffer.count, raw.count - offset)
                    raw[offset..<offset + count].withUnsafeBytes { buffer.copyMemory(from: $0) }
                    offset += count
                    return count
                }
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try reader.read(into: $0) }
                    if count == 0 { break }
                    result += chunk[..<count]
                }
            } catch {}
            return result
        }
    }

    private func number(_ usual: [Int64], _ dice: inout Dice) -> Int64 {
        switch Int.random(in: 0..<8, using: &dice) {
        case 0: Int64.random(in: 0...1 << 40, using: &dice)
        case 1: [0, 1, .max, 4096].randomElement(using: &dice) ?? 0
        default: usual.randomElement(using: &dice) ?? 0
        }
    }

    private func claim(_ scene: Scene, staged: [UInt8], _ dice: inout Dice) -> JournalEntry {
        if Int.random(in: 0..<5, using: &dice) == 0 {
            // A true one.
            let kinds: [JournalEntry.Kind] = [.punch, .punch, .truncate, .extend]
            return JournalEntry(
                kind: kinds.randomElement(using: &dice) ?? .punch, log: scene.place.path.appending("a.log"),
                inode: scene.inodes["a.log"] ?? 0, runs: [.init(offset: 0, count: scene.archivedBytes)],
                end: scene.archivedBytes, archive: scene.place.path.appending("a.log.1.gz"),
                archiveInode: scene.inodes["a.log.1.gz"] ?? 0, archiveOffset: scene.memberOffset,
                archiveBytes: scene.sizes["a.log.1.gz"] ?? 0)
        }
        let log =
            (Int.random(in: 0..<4, using: &dice) > 0 ? "a.log" : scene.names.randomElement(using: &dice)) ?? "a.log"
        let archive = scene.names.dropFirst().randomElement(using: &dice) ?? "other"
        var runs: [JournalEntry.Run] = []
        for _ in 0..<Int.random(in: 0...2, using: &dice) {
            let offset = number([0, 0, 0, 5] + scene.ends, &dice)
            runs.append(.init(offset: offset, count: min(number(scene.ends, &dice), .max - offset)))
        }
        if Bool.random(using: &dice) { runs = [.init(offset: 0, count: scene.ends.randomElement(using: &dice) ?? 0)] }
        let size = scene.sizes[archive] ?? 0
        let offset = number([0, 0, scene.memberOffset, size, size / 2], &dice)
        let kinds: [JournalEntry.Kind] = [.punch, .truncate, .extend, .stage]
        return JournalEntry(
            kind: kinds.randomElement(using: &dice) ?? .punch, log: scene.place.path.appending(log),
            inode: Int.random(in: 0..<8, using: &dice) > 0 ? scene.inodes[log] ?? 0 : 7, runs: runs,
            end: number([runs.map(\.end).max() ?? 0, scene.sizes[log] ?? 0] + scene.ends, &dice),
            archive: scene.place.path.appending(archive),
            archiveInode: Int.random(in: 0..<6, using: &dice) > 0 ? scene.inodes[archive] ?? 0 : 0,
            archiveOffset: offset, archiveBytes: max(offset, number([size, offset], &dice)),
            isCompressed: archive.hasSuffix(".gz") != (Int.random(in: 0..<8, using: &dice) == 0),
            stagedBytes: Int64(staged.count), stagedChecksum: Checksum.crc32(staged),
            headBytes: [0, 0, 0, number(scene.ends, &dice)].randomElement(using: &dice) ?? 0)
    }

    @Test(arguments: 1...8)
    func whateverItClaimsNoLineGoes(_ seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
        var outcomes: [String: Int] = [:]
        // The journal is made once: it is zeros of six megabytes, on the disk.
        let place = try Place()
        let path = place.path.appending("journal")
        let journal = try Journal.open(path)
        for round in 1...30 {
            let scene = try Scene(&dice)
            let staged = try scene.staged(&dice)
            let entry = claim(scene, staged: staged, &dice)
            try journal.stage(staged)
            try journal.write([entry])
            let tools = CutTools(
                cache: DirectoryCache(), journal: journal,
                ledger: LedgerStore(journal: scene.journal, isReadOnly: false), rights: Rights())
            var memory = CutMemory()
            var waiting: Set<String> = []
            Recovery(tools).perform(&memory) { _, outcome in
                switch outcome {
                case .finished: outcomes["finished \(entry.kind)", default: 0] += 1
                case .nothing: outcomes["nothing", default: 0] += 1
                case .unresolved:
                    outcomes["unresolved", default: 0] += 1
                    // It stays in the journal, and with it what is staged there.
                    waiting = scene.lines(of: staged)
                }
            }
            let gone = scene.lines.subtracting(try scene.found()).subtracting(waiting)
            #expect(gone.isEmpty, "seed \(seed), round \(round): \(gone.count) lines are gone by \(entry)")
            try journal.write([])
        }
        // Some claims are true: else nothing would be tried.
        #expect(outcomes["finished punch", default: 0] > 0 && outcomes["nothing", default: 0] > 0, "\(outcomes)")
    }

    /// Lengths that no run writes are no claim at all.
    @Test func whatCannotBeIsNoSlot() throws {
        let entry = JournalEntry(
            log: "/l", inode: 1, runs: [], end: 5, archive: "/a", archiveInode: 2, archiveOffset: 3, archiveBytes: 9)
        var wrong: [JournalEntry] = []
        for change in [
            { $0.end = -1 }, { $0.archiveOffset = -1 }, { $0.archiveBytes = 2 }, { $0.archiveBytes = .min },
            { $0.stagedBytes = -1 }, { $0.headBytes = -1 }, { $0.runs = [.init(offset: -1, count: 1)] },
            { $0.runs = [.init(offset: .max, count: 1)] },
        ] as [(inout JournalEntry) -> Void] {
            var changed = entry
            change(&changed)
            wrong.append(changed)
        }
        for entry in wrong {
            let bytes = try #require(JournalSlot(sequence: 1, entries: [entry]).encoded())
            #expect(JournalSlot.decode(bytes) == nil, "\(entry)")
        }
        #expect(JournalSlot.decode(try #require(JournalSlot(sequence: 1, entries: [entry]).encoded())) != nil)
    }
}
