import Foundation
import Testing

/// A log with holes that its writer made is archived with them: as large as it looks, and no larger on the disk.
@Suite(.enabled(if: ComparisonRun.logrotate != nil, "logrotate is not installed: nothing to compare with"))
struct LogrotateComparisonHoles {
    /// Shell lines that make a log, by where its holes are.
    static let shapes = [
        "between":
            "echo a >app.log; truncate -s 20M app.log; echo b >>app.log; truncate -s 50M app.log; echo c >>app.log",
        "at the start": "truncate -s 30M app.log; echo a >>app.log",
        "at the end": "echo a >app.log; truncate -s 30M app.log",
        "everywhere": "truncate -s 30M app.log",
        "among records": "printf '\\001\\000\\377' >app.log; truncate -s 20M app.log; printf '\\002\\000' >>app.log",
        "written NULs":
            "{ echo a; head -c 300000 /dev/zero; echo b; } >app.log; truncate -s 9M app.log; echo c >>app.log",
    ]
    static let techniques = ["copytruncate", "copy", "renamecopy\n create", "copytruncate\n compress\n delaycompress"]

    /// More than what is written in any of them, and less than a hole.
    private static let fewBytes: Int64 = 1 << 20

    @Test(arguments: shapes.keys.sorted(), techniques)
    func areKept(_ shape: String, _ technique: String) throws {
        let logrotate = try #require(ComparisonRun.logrotate)
        var archives: [Archive] = []
        for program in [logrotate, Sandbox.spillway] {
            let sandbox = try sandbox("rotate 2\n \(technique)")
            try sandbox.shell("cd log; \(try #require(Self.shapes[shape]))")
            let log = try Archive(sandbox, "log/app.log")
            try run(program, in: sandbox)
            let archive = try Archive(sandbox, "log/app.log.1")
            #expect(archive.sizeBytes == log.sizeBytes && archive.checksum == log.checksum, "\(program)")
            #expect(archive.allocatedBytes < Self.fewBytes, "\(program): \(archive.allocatedBytes) bytes")
            archives.append(archive)
        }
        #expect(archives.first?.checksum == archives.last?.checksum)
    }

    /// The next archive begins with what came after the last one.
    @Test(arguments: ["copytruncate", "copytruncate\n method punch"])
    func spillwaysOwnAreNot(_ technique: String) throws {
        let sandbox = try sandbox("rotate 3\n \(technique)")
        let writer = try sandbox.start(
            "/bin/sh",
            [
                "-c",
                """
                exec 3>>log/app.log
                yes line | head -n 20000 >&3
                touch first
                while [ ! -e second ]; do sleep 0.01; done
                echo next >&3
                touch third
                exec sleep 600
                """,
            ])
        defer {
            kill(writer.processIdentifier, SIGKILL)
            writer.waitUntilExit()
        }
        try sandbox.wait { sandbox.exists("first") }
        try run(Sandbox.spillway, in: sandbox)
        #expect(try Archive(sandbox, "log/app.log.1").sizeBytes == 100_000)
        try sandbox.write("second", "")
        try sandbox.wait { sandbox.exists("third") }
        try run(Sandbox.spillway, in: sandbox)
        #expect(try sandbox.read("log/app.log.1") == "next\n")
    }

    private func sandbox(_ lines: String) throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/app.log {\n \(lines)\n}\n")
        return sandbox
    }

    private func run(_ program: String, in sandbox: Sandbox) throws {
        let own = program == Sandbox.spillway ? ["--logrotate", "--journal", sandbox.path("state/journal")] : []
        let run = try sandbox.run(program, own + ["-f", "-s", sandbox.path("state/state"), sandbox.path("conf")])
        #expect(run.status == 0 && run.error == "", "\(program): \(run.error)")
    }

    /// What there is to say of a file.
    private struct Archive {
        var sizeBytes: Int64
        var allocatedBytes: Int64
        var checksum: String

        init(_ sandbox: Sandbox, _ name: String) throws {
            let path = sandbox.path(name)
            let said = try sandbox.run("/bin/sh", ["-c", "stat -c '%s %b' \"$1\"; cksum <\"$1\"", "sh", path])
            let lines = said.output.split(separator: "\n")
            let numbers = lines.first?.split(separator: " ").compactMap { Int64($0) } ?? []
            guard numbers.count == 2, lines.count == 2 else { throw SandboxError("\(name): \(said)") }
            sizeBytes = numbers[0]
            allocatedBytes = numbers[1] * 512
            checksum = String(lines[1])
        }
    }
}
