import Foundation
import Glibc
import Testing

/// A file system without a free block, or without a free inode, state and journal on it too: a run makes room, and every byte
/// of the log is in the archives or still in the log.
struct FullDiskTests {
    enum Holder: String, CaseIterable, CustomTestStringConvertible {
        case appending, notAppending, nobody

        var testDescription: String { rawValue }
    }

    /// A full file system, filled by a log that somebody may have open.
    final class FullDisk {
        let mount: LoopMount
        var sandbox: Sandbox { mount.sandbox }
        private(set) var descriptor: Int32
        private(set) var written = Data()

        init(_ kind: FileSystem, _ holder: Holder, archives: Int, takesInodes: Bool = false, beside: String = "") throws
        {
            mount = try LoopMount(Sandbox(), "log", kind)
            let sandbox = mount.sandbox
            try sandbox.makeDirectory("log/state")
            try sandbox.configure("size 1\nLOG/a.log {\nrotate 100\n}\n")
            descriptor = open(
                sandbox.path("log/a.log"),
                O_WRONLY | O_CREAT | O_CLOEXEC | (holder == .notAppending ? 0 : O_APPEND), 0o640)
            guard descriptor >= 0 else { throw SandboxError("a.log: errno \(errno)") }
            // The first run makes the journal, while there is room.
            _ = try run()
            for round in 0..<archives {
                append(Data("archived \(round)\n".utf8))
                guard try run().status == 0 else { throw SandboxError("the first rotations failed") }
            }
            try sandbox.shell("touch log/filler; \(beside)")
            if takesInodes {
                try sandbox.shell("i=0; while touch log/state/i$i 2>/dev/null; do i=$((i+1)); done")
            }
            // A small part of it is not compressible.
            var number = 0
            var isFull = false
            while !isFull {
                var piece = ""
                for _ in 0..<4000 {
                    number += 1
                    piece +=
                        "line \(number) \(UInt64(number) &* 0x9e37_79b9_7f4a_7c15 >> 40) of a log that has grown too large\n"
                }
                isFull = !append(Data(piece.utf8))
            }
            // And what is left of other files' blocks.
            try fill()
            if holder == .nobody { letGo() }
        }

        deinit {
            letGo()
            // Where there is no inode what is remembered lies in memory.
            for file in (try? sandbox.standIns(of: "log/state/journal")) ?? [] {
                try? FileManager.default.removeItem(atPath: file)
            }
        }

        /// What a file system gives back when it has written everything is taken too.
        func fill() throws {
            try sandbox.shell(
                """
                for size in 1M 64k 4k 4k 1k; do
                    dd if=/dev/zero bs=$size >> log/filler 2>/dev/null || true; sync -f log
                done
                """)
        }

        func letGo() {
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }

        /// False where not all of it had room.
        @discardableResult
        func append(_ data: Data) -> Bool {
            let count = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { written += data.prefix(count) }
            return count == data.count
        }

        func run(_ options: [String] = [], under tool: [String] = []) throws -> Finished {
            let words =
                tool + [Sandbox.spillway] + options
                + ["-s", sandbox.path("log/state/state"), "--journal", sandbox.path("log/state/journal")]
                + [sandbox.path("conf")]
            return try sandbox.run(words[0], Array(words.dropFirst()))
        }

        var freeBytes: Int {
            var status = statvfs()
            return statvfs(mount.place, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : -1
        }

        /// The archives from the oldest on, and what the log has besides its head and its hole.
        func history() throws -> Data {
            let script = """
                cd log; for n in $(seq 120 -1 1); do [ ! -e a.log.$n.gz ] || gzip -dc a.log.$n.gz; done
                head=0; [ "$(head -c 4097 a.log | tail -c 1 | od -An -tx1 | tr -d ' ')" != 00 ] || head=4096
                tail -c +$((head + 1)) a.log | tr -d '\\0' | sed '1{/^ *$/d}'
                """
            let file = sandbox.path("capture/history")
            try sandbox.shell("( \(script) ) > '\(file)'")
            return try Data(contentsOf: URL(fileURLWithPath: file))
        }
    }

    private func canRun(_ kind: FileSystem, _ test: String = #function) -> Bool {
        if let missing = kind.missing {
            Issue.record("\(test) did not run on \(kind): missing here: \(missing)")
            return false
        }
        return true
    }

    /// Says where a history differs from what was written; nothing where it does not. Megabytes are not to be printed.
    ///
    /// - Parameter ignoresPadding: without the ledger a line of blanks that a shrink left is a line like others.
    static func difference(_ disk: FullDisk, ignoresPadding: Bool = false) throws -> String? {
        var history = try disk.history()
        if ignoresPadding {
            let lines = history.split(separator: 10, omittingEmptySubsequences: false)
            history = Data(lines.filter { $0.isEmpty || !$0.allSatisfy { $0 == 32 } }.joined(separator: [10]))
        }
        let written = disk.written
        if history == written { return nil }
        // What a shrink left at the start of the log is nothing.
        let place = zip(history, written).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let from = place ?? min(history.count, written.count)
        let shown = String(decoding: history.dropFirst(max(0, from - 60)).prefix(160), as: UTF8.self)
        return "\(history.count) bytes instead of \(written.count), from \(from) on: \(shown)"
    }

    @Test(arguments: [FileSystem.ext4, .xfs, .ext3], Holder.allCases)
    func aFullDiskIsFreedAndNothingIsLost(_ kind: FileSystem, _ holder: Holder) throws {
        guard canRun(kind) else { return }
        for archives in [0, 2] {
            let disk = try FullDisk(kind, holder, archives: archives)
            // XFS keeps some blocks for itself.
            #expect(disk.freeBytes < (kind == .xfs ? 256 << 10 : 1))
            let run = try disk.run(["-v"])
            #expect(run.status == 0 && run.error == "", "\(run)")
            #expect(disk.freeBytes > disk.written.count / 2, "\(disk.freeBytes) of \(disk.written.count)")
            #expect(try Self.difference(disk) == nil)
            let next = try disk.run()
            #expect(next.status == 0 && next.error == "", "\(next)")
            #expect(try Self.difference(disk) == nil)
            let names = try disk.sandbox.names().filter { $0.hasPrefix(".") }
            #expect(names == [])
        }
    }

    /// The log is not due: it is the floor that cuts it, and then no history has to go.
    @Test(arguments: [FileSystem.ext4, .xfs])
    func aFloorCutsTheLogThatFilledTheDiskAndKeepsTheHistory(_ kind: FileSystem) throws {
        guard canRun(kind) else { return }
        for holder in Holder.allCases {
            let disk = try FullDisk(kind, holder, archives: 2)
            try disk.sandbox.configure("space LOG {\nminfree 20%\n}\nLOG/a.log {\nsize 10G\nrotate 100\n}\n")
            let dry = try disk.run(["-n"])
            #expect(dry.status == 0 && dry.output.contains("a.log"), "\(dry)")
            let run = try disk.run(["-v"])
            #expect(run.status == 0 && run.error == "", "\(run)")
            #expect(disk.freeBytes > disk.written.count / 2, "\(disk.freeBytes) of \(disk.written.count)")
            #expect(try disk.sandbox.names().filter { $0.hasPrefix("a.log.") }.count == 3)
            #expect(try Self.difference(disk) == nil)
            // Nothing is below the floor any more.
            let next = try disk.run(["-v"])
            #expect(next.status == 0 && next.error == "" && next.output.contains("0 rotated"), "\(next)")
        }
    }

    /// A log by its date too: the state waits in the journal until there is room for it.
    @Test func theStateWaitsInTheJournal() throws {
        guard canRun(.ext4) else { return }
        let disk = try FullDisk(.ext4, .appending, archives: 1)
        let sandbox = disk.sandbox
        try sandbox.configure("LOG/new.log {\ndaily\n}\n")
        try sandbox.shell("touch log/new.log")
        try disk.fill()
        let before = try sandbox.read("log/state/state")
        // A log that is seen for the first time has to be remembered.
        let run = try disk.run()
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(try sandbox.read("log/state/state") == before, "\(disk.freeBytes)")
        try sandbox.shell("rm -f log/filler")
        let next = try disk.run()
        #expect(next.status == 0 && next.error == "", "\(next)")
        #expect(try sandbox.read("log/state/state").contains("new.log"))
    }

    @Test func withoutAnInodeTheNewestArchiveGrows() throws {
        guard canRun(.ext4) else { return }
        let disk = try FullDisk(.ext4, .appending, archives: 2, takesInodes: true)
        let run = try disk.run(["-v"])
        #expect(run.status == 0, "\(run)")
        #expect(run.output.contains("no file could be made for it"), "\(run)")
        #expect(disk.freeBytes > disk.written.count / 2)
        #expect(try Self.difference(disk) == nil)
    }

    /// The first run ever finds the disk full, so that there is no journal: one in memory takes its place.
    @Test(arguments: ["", "nocompress", "postrotate\ntrue\nendscript"], [false, true])
    func theFirstRunOfAllOnAFullDiskLosesNothing(_ directives: String, _ isShortOfInodes: Bool) throws {
        guard canRun(.ext4) else { return }
        let mount = try LoopMount(Sandbox(), "log", .ext4)
        let sandbox = mount.sandbox
        try sandbox.configure("size 1\nLOG/a.log {\n\(directives)\n}\n")
        let lines = (1...60_000).map { "line \($0) of a log that is as it was\n" }.joined()
        try sandbox.write("log/a.log", lines)
        try sandbox.makeDirectory("log/state")
        let filling =
            isShortOfInodes
            ? "i=0; while touch log/state/i$i 2>/dev/null; do i=$((i+1)); done"
            : """
            dd if=/dev/zero of=log/filler bs=4k 2>/dev/null || true; sync -f log
            dd if=/dev/zero bs=1k >> log/filler 2>/dev/null || true
            """
        try sandbox.shell(filling)
        func run() throws -> Finished {
            try sandbox.run(
                Sandbox.spillway,
                ["-s", sandbox.path("log/state/state"), "--journal", sandbox.path("log/state/journal")]
                    + [sandbox.path("conf")])
        }
        let first = try run()
        #expect(first.error.contains("there is no journal ("), "\(first)")
        if isShortOfInodes {
            #expect(first.status == 1 && first.error.contains("a.log is not emptied"), "\(first)")
            #expect(try sandbox.read("log/a.log") == lines)
            // Said once, though nothing can be written beside the state.
            #expect(try run().error == "")
        }
        try sandbox.shell("rm -f log/filler log/state/i*")
        for _ in 1...2 {
            let next = try run()
            #expect(next.status == 0 && next.error == "", "\(next)")
        }
        // What was cut before there was room is an archive of its own.
        let archives = try sandbox.names().filter { $0.hasPrefix("a.log.") }.sorted(by: >)
        let isWhole = try archives.map { try sandbox.content("log/\($0)") }.joined() == lines
        #expect(isWhole, "\(archives)")
        #expect(
            try sandbox.names("log/state").filter { $0 != "journal.history" && $0 != "locks" } == ["journal", "state"])
        #expect(try sandbox.standIns(of: "log/state/journal") == [])
    }

    /// A run is killed before each call that changes anything: the next one finds everything once.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func aRunThatIsKilledOnAFullDiskLosesNothing() throws {
        guard canRun(.ext4) else { return }
        for (call, numbers) in [
            ("fallocate", 1...3), ("fdatasync", 1...6), ("pwrite64", 1...6), ("fsync", 1...4), ("linkat", 1...1),
        ] {
            for number in numbers {
                let disk = try FullDisk(.ext4, .appending, archives: 1)
                _ = try disk.sandbox.run(
                    "/usr/bin/strace",
                    [
                        "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                        "inject=\(call):signal=KILL:when=\(number)",
                        Sandbox.spillway, "-s", disk.sandbox.path("log/state/state"), "--journal",
                        disk.sandbox.path("log/state/journal"), disk.sandbox.path("conf"),
                    ])
                let run = try disk.run()
                #expect(run.status == 0, "\(call) \(number): \(run)")
                #expect(try Self.difference(disk) == nil, "\(call) \(number)")
            }
        }
    }
}
