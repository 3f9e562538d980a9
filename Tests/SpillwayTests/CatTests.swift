import Foundation
import Glibc
import Testing

/// A log's whole history as one stream.
struct CatTests {
    private func cat(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> Finished {
        try sandbox.run(
            Sandbox.spillway,
            ["cat", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal")] + arguments + [
                sandbox.path("log/a.log"), sandbox.path("conf"),
            ])
    }

    private func lines(_ range: ClosedRange<Int>) -> String { range.map { "line \($0)\n" }.joined() }

    @Test(arguments: [
        "", "nocompress", "compresscmd /usr/bin/xz\ncompressext .xz", "delaycompress", "create", "dateext",
    ])
    func everyLineComesOnceAndInOrder(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n\(directives)\n}\n")
        try sandbox.write("log/a.log", "")
        for round in 0..<5 {
            try sandbox.append("log/a.log", lines(round * 1000 + 1...(round + 1) * 1000))
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        try sandbox.append("log/a.log", lines(5001...5100))
        let run = try cat(sandbox)
        #expect(run.status == 0 && run.error == "", "\(run.error)")
        #expect(run.output == lines(1...5100))
    }

    /// Under a follower the size stays: the head is archived, and the hole is none of the stream.
    @Test func holesAndHeadsAreLeftOut() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", "")
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let reader = try Held(sandbox.path("log/a.log"), O_RDONLY)
        for round in 0..<3 {
            log.write(lines(round * 2000 + 1...(round + 1) * 2000))
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        log.write(lines(6001...6010))
        let run = try cat(sandbox)
        #expect(run.output == lines(1...6010))
        #expect(!run.output.contains("\0"))
        #expect(reader.descriptor >= 0)
    }

    @Test func aDamagedArchiveIsSaidAndPassedOver() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        for round in 0..<3 {
            try sandbox.write("log/a.log", lines(round * 1000 + 1...(round + 1) * 1000))
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        try sandbox.append("log/a.log", lines(3001...3001))
        let damaged = URL(fileURLWithPath: sandbox.path("log/a.log.2.gz"))
        let bytes = try Data(contentsOf: damaged)
        try bytes.prefix(bytes.count / 2).write(to: damaged)
        let run = try cat(sandbox)
        #expect(run.status == 1)
        #expect(run.error.contains("a.log.2.gz") && run.error.split(separator: "\n").count == 1, "\(run.error)")
        #expect(run.output.hasPrefix(lines(1...1000)) && run.output.hasSuffix(lines(2001...3001)))
        // What can be read of it is there.
        #expect(run.output.contains("line 1001\n"))
    }

    @Test func timesChooseTheArchives() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        for day in [3, 2, 1] {
            try sandbox.write("log/a.log", "day \(day)\n", ageSeconds: Double(day) * 86_400)
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        try sandbox.write("log/a.log", "today\n")
        #expect(try cat(sandbox).output == "day 3\nday 2\nday 1\ntoday\n")
        #expect(try cat(sandbox, ["--since", "36h"]).output == "day 1\ntoday\n")
        #expect(try cat(sandbox, ["--until", "36h"]).output == "day 3\nday 2\nday 1\n")
        let wrong = try cat(sandbox, ["--since", "yesterdy"])
        #expect(wrong.status == 64 && wrong.output == "")
    }

    @Test func followingGoesOnAcrossRotations() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", lines(1...100))
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let log = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let follower = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                "exec '\(Sandbox.spillway)' cat -f -s state/state --journal state/journal log/a.log conf > capture/followed",
            ])
        // A thread of the tests may have SIGTERM blocked, and its children with it.
        defer { kill(follower.processIdentifier, SIGKILL) }
        for round in 1...4 {
            log.write(lines(round * 100 + 1...(round + 1) * 100))
            try sandbox.wait {
                try sandbox.exists("capture/followed")
                    && sandbox.read("capture/followed").hasSuffix("line \((round + 1) * 100)\n")
            }
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        #expect(try sandbox.read("capture/followed") == lines(1...500))
    }

    @Test func whatNobodyNamesIsNoLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/b.log {\ndaily\n}\n")
        let run = try cat(sandbox)
        #expect(run.status == 1 && run.error.contains("no stanza names") && run.error.contains("spillway explain"))
    }

    /// head(1) has had enough after a line: that is no error.
    @Test func whoeverReadsMayStop() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", lines(1...200_000))
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let run = try sandbox.run(
            "/bin/bash",
            [
                "-c",
                "set -o pipefail; '\(Sandbox.spillway)' cat -s state/state --journal state/journal log/a.log conf | head -1",
            ])
        #expect(run.status == 0 && run.output == "line 1\n" && run.error == "", "\(run)")
    }
}
