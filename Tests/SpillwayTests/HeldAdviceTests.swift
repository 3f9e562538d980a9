import Foundation
import Testing

/// What `held` says below its list: whose, how full, and what to do.
@Suite(.enabled(if: hasProgram("/usr/bin/perl"), "perl is missing: apt-get install perl-base"))
struct HeldAdviceTests {
    private func lines(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> [String] {
        let run = try sandbox.run(Sandbox.spillway, ["held"] + arguments + [sandbox.path("log")])
        #expect(run.status == 0)
        return run.output.split(separator: "\n").map(String.init)
    }

    @Test func theLastLineIsTheCommandThatFreesIt() throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 400_000)
        try sandbox.shell("rm log/a.log")
        let said = try lines(sandbox)
        #expect(said[0].hasPrefix("OCCUPIES  USER"))
        #expect(said[1].split(separator: " ")[2] == "root" || getuid() != 0)
        let full = try #require(said.first { $0.hasPrefix("the file system of \(sandbox.path("log")) is ") })
        #expect(full.contains(" % full: ") && full.hasSuffix(" are free"))
        let advice = try #require(said.last?.components(separatedBy: " of it: ").last)
        #expect(said.last?.hasPrefix("this frees ") == true)
        #expect(advice == "spillway held --reclaim \(sandbox.path("log"))")
        // And it does.
        let words = advice.split(separator: " ").dropFirst().map(String.init)
        #expect(try sandbox.run(Sandbox.spillway, words + ["--yes"]).status == 0)
        #expect(try writer.allocatedBytes() < 200_000)
    }

    @Test func whatIsRefusedNeedsToBeInsistedOn() throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a b.log", .readAndWrite, fillBytes: 400_000)
        try sandbox.shell("rm log/*")
        let said = try lines(sandbox)
        #expect(
            said.last
                == "not freed without being told so, because perl (pid \(writer.process.processIdentifier)) reads and writes it: spillway held --reclaim --force '\(sandbox.path("log"))/a b.log'"
        )
    }

    @Test func theFullnessIsThatOfTheFileSystemOfTheFile() throws {
        let mount = try LoopMount(Sandbox(), "log", .ext4, megabytes: 64)
        let sandbox = mount.sandbox
        let writer = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 400_000)
        try sandbox.shell("rm log/a.log; head -c 30M /dev/zero > log/other")
        let figures = try sandbox.shell("df --output=avail,size -k log | tail -1").output
            .split { " \n".contains($0) }.compactMap { Double($0) }
        let said = try #require(try lines(sandbox).first { $0.hasPrefix("the file system of ") })
        let share = try #require(said.split(separator: " ").compactMap { Double($0) }.first)
        #expect(abs(share - (100 - figures[0] * 100 / figures[1])) <= 1, "\(said) \(figures)")
        #expect(writer.isAlive)
    }

    @Test func theDirectoryForArchivesIsMadeForItsOwnerAlone() throws {
        let sandbox = try Sandbox()
        let writer = try HeldWriter(sandbox, "log/a.log", .append, fillBytes: 400_000)
        try sandbox.shell("rm log/a.log")
        let place = sandbox.path("new/saved")
        let run = try sandbox.run(
            Sandbox.spillway, ["held", "--reclaim", "--yes", "--archive", place, sandbox.path("log")])
        #expect(run.status == 0, "\(run)")
        #expect(try sandbox.shell("stat -c %a new new/saved").output == "700\n700\n")
        #expect(try sandbox.names("new/saved").count == 1)
        #expect(try writer.allocatedBytes() < 200_000)
    }
}
