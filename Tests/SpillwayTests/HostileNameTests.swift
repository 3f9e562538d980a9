import Foundation
import Glibc
import Testing

/// Logs whose names, lines and times somebody has chosen to do harm.
struct HostileNameTests {
    /// As bytes: line breaks, no UTF-8, what the kernel says of deleted files, what a shell or a terminal would act on, and the
    /// longest that leave room for what an archive adds.
    static let names: [[UInt8]] = [
        Array("line\nbreak.log".utf8), [0xff, 0xfe] + Array(".log".utf8), Array("a (deleted)".utf8),
        Array("$(touch hacked).log".utf8), Array("-rf.log".utf8), Array("esc\u{1b}]0;x\u{7}.log".utf8),
        Array("\"quoted\" \\back.log".utf8), Array("tab\tblank .log".utf8), Array("100%s%n.log".utf8),
        [UInt8](repeating: 0x61, count: 240), Array("\u{202e}gol.log".utf8), Array("\r.log".utf8),
    ]

    private func write(_ bytes: [UInt8], _ name: [UInt8], in directory: String) throws {
        let number = (Array(directory.utf8) + [0x2f] + name).withUnsafeBytes { raw in
            let path = raw.bindMemory(to: CChar.self) + [0]
            return open(Array(path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        }
        guard number >= 0 else { throw SandboxError("errno \(errno)") }
        try FileHandle(fileDescriptor: number, closeOnDealloc: true).write(contentsOf: Data(bytes))
    }

    private func read(_ name: [UInt8], in directory: String) -> Data? {
        let path = Array(directory.utf8) + [0x2f] + name + [0]
        let number = path.withUnsafeBytes { raw in open(Array(raw.bindMemory(to: CChar.self)), O_RDONLY | O_CLOEXEC) }
        guard number >= 0 else { return nil }
        return try? FileHandle(fileDescriptor: number, closeOnDealloc: true).readToEnd()
    }

    @Test(arguments: ["", "create\n", "create\ndelaycompress\ndateext\n", "copy\n", "renamecopy\n"])
    func whateverALogIsCalledItIsRotated(_ technique: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/* {\nrotate 5\n\(technique)sharedscripts\nprerotate\nprintf '%s\\n' \"$@\" >> \(sandbox.path("seen"))\nendscript\n}\n"
        )
        let directory = sandbox.path("log")
        for (index, name) in Self.names.enumerated() {
            try write(Array("line of \(index)\n".utf8), name, in: directory)
        }
        for round in 1...2 {
            let run = try sandbox.spillway(["-fv"])
            #expect(run.status == 0, "\(technique) \(round): \(run.error)")
            // Nothing of a name gets to a terminal that is no text.
            #expect(!(run.output + run.error).unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            if round == 1, technique != "copy\n" {
                for (index, name) in Self.names.enumerated() {
                    try write(Array("more of \(index)\n".utf8), name, in: directory)
                }
            }
        }
        #expect(!sandbox.exists("hacked") && !sandbox.exists("log/hacked"))
        // As many archives as logs and rounds, and each line in one of them.
        let all = try sandbox.shell(
            "cd log; find . -type f -exec sh -c 'for f; do case $f in *.gz) gzip -dc \"$f\";; *) cat \"$f\";; esac; done' sh {} + | tr -d '\\0'"
        ).output
        for index in Self.names.indices {
            #expect(all.contains("line of \(index)\n"), "\(technique) \(index)")
            if technique != "copy\n" { #expect(all.contains("more of \(index)\n"), "\(technique) \(index)") }
        }
        // The state says of each when, and is read again without a complaint.
        let state = try sandbox.shell("grep -c '^\"' state/state").output
        #expect(Int(state.dropLast()) == Self.names.count, "\(state)")
        let status = try sandbox.run(
            Sandbox.spillway,
            [
                "status", "--json", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("conf"),
            ])
        // Bytes that are no UTF-8 are halves of surrogates there, which Foundation does not read.
        #expect(status.output.components(separatedBy: "\"stanza\":").count - 1 == Self.names.count, "\(status)")
    }

    /// A name for which there is no room behind it: said, and the log stays as it is.
    @Test func aNameOf255BytesIsSaid() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/* {\n}\n")
        let name = [UInt8](repeating: 0x61, count: 255)
        try write(Array("x\n".utf8), name, in: sandbox.path("log"))
        try write(Array("y\n".utf8), Array("b.log".utf8), in: sandbox.path("log"))
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1 && run.error.contains("File name too long"), "\(run)")
        #expect(read(name, in: sandbox.path("log")) == Data("x\n".utf8))
        #expect(try sandbox.content("log/b.log.1.gz") == "y\n")
    }

    /// One line without an end, larger than any block of it. By hand of any length: `SPILLWAY_LINE_MEGABYTES=5000`.
    @Test(arguments: ["", "create\n"])
    func aLineWithoutAnEndIsArchivedAsItIs(_ technique: String) throws {
        let megabytes = ProcessInfo.processInfo.environment["SPILLWAY_LINE_MEGABYTES"].flatMap { Int($0) } ?? 300
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate 3\ncompresslevel 1\n\(technique)}\n")
        try sandbox.shell("head -c \(megabytes)M /dev/zero | tr '\\0' x > log/a.log")
        let run = try sandbox.run(
            "/bin/sh",
            [
                "-c",
                // Memory does not grow with it.
                "ulimit -v \(ProcessInfo.processInfo.environment["SPILLWAY_SANITIZED"] == nil ? "400000" : "unlimited"); exec \(Sandbox.spillway) -f -s state/state --journal state/journal conf",
            ])
        #expect(run.status == 0, "\(run)")
        let count = try sandbox.shell("cat log/a.log.1.gz | gzip -dc | tr -d '\\0' | wc -c").output
        #expect(Int(count.dropLast()) == megabytes << 20, "\(count)")
    }

    /// Times that no calendar of a day has: of files, and in the state.
    @Test(arguments: ["1901-12-14", "1969-12-31 23:59:59", "2107-12-31", "2108-01-01", "2446-05-10"])
    func anyDateIsGood(_ date: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nmonthly\nmaxage 100000d\ndateext\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.write("log/b.log", "y\n")
        try sandbox.shell("touch -d '\(date)' log/a.log")
        let day = date.prefix(10).split(separator: "-").map { String(Int($0) ?? 0) }.joined(separator: "-")
        try sandbox.write(
            "state/state",
            "logrotate state -- version 2\n\"\(sandbox.path("log/a.log"))\" \(day)-0:0:0\n\"\(sandbox.path("log/b.log"))\" 9999-12-31-23:59:61\n"
        )
        for arguments in [["-n"], [], ["-f"]] {
            let run = try sandbox.spillway(arguments)
            #expect(run.status == 0, "\(date) \(arguments): \(run)")
        }
        #expect(try sandbox.shell("gzip -dc log/a.log*.gz; gzip -dc log/b.log*.gz").output == "x\ny\n")
        for command in ["status", "explain"] {
            let more = command == "explain" ? [sandbox.path("log/a.log")] : []
            let run = try sandbox.run(
                Sandbox.spillway,
                [command, "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal")] + more
                    + [sandbox.path("conf")])
            #expect(run.status == 0, "\(command) \(date): \(run)")
        }
    }
}
