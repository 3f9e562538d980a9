import Foundation
import Glibc
import Testing

/// Archives that somebody has open when they are to be removed. The space of a deleted file that is held stays taken, and
/// nobody sees by what.
struct HeldArchiveTests {
    private func write(_ sandbox: Sandbox, _ round: Int) throws {
        try sandbox.write("log/a.log", String(repeating: "line of round \(round)\n", count: 200))
    }

    @Test func anArchiveThatSomebodyReadsExpiresLater() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate 2\n}\n")
        for round in 1...2 {
            try write(sandbox, round)
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        // The oldest.
        let held = open(sandbox.path("log/a.log.2.gz"), O_RDONLY | O_CLOEXEC)
        try #require(held >= 0)
        var before = stat()
        fstat(held, &before)
        for round in 3...5 {
            try write(sandbox, round)
            #expect(try sandbox.spillway(["-f"]).status == 0)
            try #require(heldDeletedFiles(below: sandbox.path("log")) == [])
            var now = stat()
            fstat(held, &now)
            // Its reader reads to the end what it has begun.
            #expect(now.st_nlink == 1 && now.st_size == before.st_size)
        }
        close(held)
        try write(sandbox, 6)
        #expect(try sandbox.spillway(["-f"]).status == 0)
        // What was taken out of use is removed by the run after.
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
        #expect(try sandbox.content("log/a.log.1.gz").hasPrefix("line of round 6\n"))
    }

    /// The ledger is safe to lose.
    @Test func aPrivateNameGoesAlsoWhenNobodyRemembersIt() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate 1\n}\n")
        try write(sandbox, 1)
        try sandbox.write("log/.spillway-gone-17", "it was not emptied\n", ageSeconds: 60)
        for _ in 1...2 { #expect(try sandbox.spillway(["-f"]).status == 0) }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    @Test func whatCannotGoYetIsNotMailedAgainAndAgain() throws {
        let sandbox = try Sandbox()
        try sandbox.write("mail", "#!/bin/sh\ncat > /dev/null\necho mailed >> \(sandbox.root)/done\n", mode: 0o755)
        let script = "preremove\necho preremove >> \(sandbox.root)/done\nendscript"
        try sandbox.configure("LOG/a.log {\nrotate 1\nmail root\n\(script)\n}\n")
        func rotate(_ round: Int) throws {
            try write(sandbox, round)
            #expect(try sandbox.spillway(["-f", "-m", sandbox.path("mail")]).status == 0)
        }
        try rotate(1)
        let held = open(sandbox.path("log/a.log.1.gz"), O_RDONLY | O_CLOEXEC)
        for round in 2...4 { try rotate(round) }
        // The two that nobody reads.
        #expect(try sandbox.read("done") == "mailed\npreremove\nmailed\npreremove\n")
        close(held)
        try rotate(5)
        #expect(try sandbox.read("done").split(separator: "\n").count == 8)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    @Test func anArchiveThatIsOpenedWhileItExpiresIsNotHeldDeleted() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate 2\n}\n")
        let archives = (1...4).map { sandbox.path("log/a.log.\($0).gz") }
        let grabbers = try (1...2).map { number in
            try sandbox.start(
                LogWriterProcess.program, ["grab", "--done", sandbox.path("capture/grabbed\(number)")] + archives)
        }
        defer { for grabber in grabbers where grabber.isRunning { kill(grabber.processIdentifier, SIGKILL) } }
        for round in 1...40 {
            try write(sandbox, round)
            #expect(try sandbox.spillway(["-f"]).status == 0)
            try #require(heldDeletedFiles(below: sandbox.path("log")) == [])
        }
        for grabber in grabbers {
            kill(grabber.processIdentifier, SIGTERM)
            grabber.waitUntilExit()
        }
        for number in 1...2 {
            let grabbed = try sandbox.read("capture/grabbed\(number)")
            #expect(grabbed.hasSuffix(" deleted=0\n") && !grabbed.hasPrefix("opened=0 "), "\(grabbed)")
        }
        // Whoever opened what was removed a moment later let it live; now nobody does.
        for round in 41...42 {
            try write(sandbox, round)
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz"])
    }

    /// A monitor that inherited it, an editor: any removal, not that of an archive alone.
    @Test(arguments: ["maxage 1", "rotate 0", "shred\nrotate 0", "renamecopy\nrotate 1"])
    func noRemovalLeavesADeletedFileThatIsHeld(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n\(directives)\n}\n")
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        for round in 1...3 {
            try write(sandbox, round)
            for name in try sandbox.names() {
                held.append(open(sandbox.path("log/\(name)"), O_RDONLY | O_CLOEXEC))
            }
            try sandbox.shell("touch -d '3 days ago' log/*.gz 2>/dev/null || true")
            _ = try sandbox.spillway(["-f"])
            #expect(heldDeletedFiles(below: sandbox.path("log")) == [])
        }
    }
}
