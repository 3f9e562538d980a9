import Foundation
import Glibc
import Testing

/// Several tapdisks with the stanza that comes with the program: a signal to one empties no other's log.
struct LossTestsNeighbours {
    private static let stanza = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("etc/spillway.d/xenserver-blktap.conf")

    private func tapdisk(_ sandbox: Sandbox, _ number: Int, _ options: [String]) throws -> LogWriterProcess {
        try LogWriterProcess(
            "tapdisk", sandbox, log: sandbox.path("log/blktap/tapdisk.%p.log"), id: "w\(number)", options: options,
            program: sandbox.path("bin/tapdisk"))
    }

    private func prepare() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("log/blktap")
        try sandbox.makeDirectory("bin")
        // The stanza may look at the program's name.
        try sandbox.shell("cp '\(LogWriterProcess.program)' bin/tapdisk")
        let text = try String(contentsOf: Self.stanza, encoding: .utf8)
        try sandbox.write("conf", text.replacingOccurrences(of: "/var/log", with: sandbox.path("log")))
        return sandbox
    }

    @Test func twoNeighboursAreByteIdenticalAfterASignalToTheThird() throws {
        let sandbox = try prepare()
        let neighbours = try (1...2).map { try tapdisk(sandbox, $0, ["--count", "3000"]) }
        for neighbour in neighbours { try neighbour.wait(for: 3000) }
        let third = try tapdisk(sandbox, 3, ["--rate", "20000"])
        func look() throws -> [String] {
            try neighbours.map {
                let log = "log/blktap/tapdisk.\($0.process.processIdentifier).log"
                return try sandbox.shell("stat -c '%i %s %y %z' \(log); sha256sum < \(log)").output
            }
        }
        let before = try look()
        #expect(before.allSatisfy { !$0.hasPrefix("0 ") })
        let log = "tapdisk.\(third.process.processIdentifier).log"
        for _ in 0..<10 {
            usleep(50_000)
            let run = try sandbox.spillway(["-f", "--only", "*\(log)"])
            #expect(run.status == 0 && run.error == "")
        }
        #expect(try look() == before)
        try third.stop()
        try expectEveryLine(of: third, in: sandbox)
        #expect(try sandbox.names("log/blktap").count { $0.hasPrefix("\(log).") } >= 5)
        for neighbour in neighbours {
            try neighbour.stop()
            try expectEveryLine(of: neighbour, in: sandbox)
        }
    }

    @Test func threeTapdisksThatAreRotatedTogetherLoseNothing() throws {
        let sandbox = try prepare()
        let tapdisks = try (1...3).map { number in
            try tapdisk(sandbox, number, ["--rate", "10000"] + (number == 2 ? ["--late", "150"] : []))
        }
        for _ in 0..<8 {
            usleep(50_000)
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "")
        }
        #expect(heldDeletedFiles(below: sandbox.path("log")) == [])
        for tapdisk in tapdisks {
            try tapdisk.stop()
            try expectEveryLine(of: tapdisk, in: sandbox)
        }
    }

    private func expectEveryLine(of writer: LogWriterProcess, in sandbox: Sandbox) throws {
        let log = "tapdisk.\(writer.process.processIdentifier).log"
        let files = try LineCount.history(of: log, in: sandbox.path("log/blktap"))
        let count = try LineCount(sandbox, files, expecting: [writer.expectation])
        let names = ["lost", "doubled", "broken", "unsent", "others", "nuls"]
        #expect(names.allSatisfy { count[$0] == 0 }, "\(log): \(count)")
    }
}
