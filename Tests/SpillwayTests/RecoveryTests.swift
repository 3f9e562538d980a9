import Foundation
import Glibc
import Testing

/// What a run finds that has to finish what another was killed in the middle of, where things changed meanwhile.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct RecoveryTests {
    private func killed(at call: String, _ sandbox: Sandbox) throws {
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                "inject=\(call):error=EIO:signal=SIGKILL:when=1", Sandbox.spillway, "-f", "-s",
                sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
        #expect(run.status != 0)
    }

    /// On a disk that is mounted late, say: its archive comes back with it.
    @Test func aCutWhoseOlddirIsGoneWaitsForIt() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("disk/old")
        try sandbox.configure("LOG/a.log {\nolddir \(sandbox.path("disk/old"))\n}\n")
        try sandbox.write("log/a.log", "")
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        defer { held.letGo() }
        held.write("first\n")
        try killed(at: "fallocate", sandbox)
        #expect(try sandbox.names("disk/old") == ["a.log.1.gz"])
        try sandbox.shell("mv disk/old disk/away")
        let without = try sandbox.spillway(["-f"])
        #expect(
            without.status == 1 && without.error.contains("disk/old, where its archive is, is not there"), "\(without)")
        #expect(try sandbox.read("log/a.log") == "first\n")
        try sandbox.shell("mv disk/away disk/old")
        held.write("second\n")
        let with = try sandbox.spillway(["-f"])
        #expect(with.status == 0 && with.error == "", "\(with)")
        let archives = try sandbox.names("disk/old").sorted(by: >).map { try sandbox.content("disk/old/\($0)") }
        #expect(archives == ["first\n", "second\n"])
    }

    /// Made again, and empty: the log has everything still.
    @Test func aCutWhoseOlddirIsMadeAgainBeginsAnew() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("old")
        try sandbox.configure("LOG/a.log {\nolddir \(sandbox.path("old"))\n}\n")
        try sandbox.write("log/a.log", "first\n")
        try killed(at: "fallocate,ftruncate", sandbox)
        try sandbox.shell("rm -r old")
        #expect(try sandbox.spillway(["-f"]).status == 1)
        try sandbox.makeDirectory("old")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        let archives = try sandbox.names("old").map { try sandbox.content("old/\($0)") }
        #expect(archives == ["first\n"])
    }

    /// What was staged on a full disk, and has left its log, is nowhere else.
    @Test func whatIsStagedOutlivesItsOlddir() throws {
        guard FileSystem.ext4.missing == nil else {
            Issue.record("whatIsStagedOutlivesItsOlddir did not run: missing here: \(FileSystem.ext4.missing ?? "")")
            return
        }
        let mount = try LoopMount(Sandbox(), "log", .ext4)
        let sandbox = mount.sandbox
        try sandbox.shell("mkdir log/old; touch log/a.log")
        try sandbox.configure("LOG/a.log {\nolddir LOG/old\n}\n")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let lines = (1...40_000).map { "line \($0) of a log that is as it was\n" }.joined()
        try sandbox.write("log/a.log", lines)
        try sandbox.shell(
            "dd if=/dev/zero of=log/filler bs=64k 2>/dev/null || true; sync -f log; dd if=/dev/zero bs=1k >> log/filler 2>/dev/null || true"
        )
        // It is killed when the cut is done, and before the archive has a name.
        try killed(at: "linkat", sandbox)
        let blocks = Int(try sandbox.shell("stat -c %b log/a.log").output.dropLast()) ?? .max
        #expect(blocks < lines.utf8.count / 512)
        try sandbox.shell("rm log/filler; mv log/old log/away")
        let without = try sandbox.spillway(["-f"])
        #expect(
            without.status == 1 && without.error.contains("log/old, where its archive is, is not there"), "\(without)")
        try sandbox.shell("mv log/away log/old")
        let with = try sandbox.spillway(["-f"])
        #expect(with.status == 0 && with.error == "", "\(with)")
        let archives = try sandbox.names("log/old").sorted(by: >).map { try sandbox.content("log/old/\($0)") }
        let isWhole = archives.joined() == lines
        #expect(isWhole, "\(archives.map(\.count))")
    }

    /// A log that begins with NULs which somebody wrote: without the ledger too they are a part of it. Less than a block of
    /// them is what a cut leaves.
    @Test(arguments: [4096, 40_000, 70_000])
    func nulsAtTheStartOfALogAreItsOwn(_ count: Int) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nnocompress\n}\n")
        let content = String(repeating: "\0", count: count) + "line\n" + String(repeating: "more\n", count: 30_000)
        try sandbox.write("log/a.log", content)
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0, "\(run)")
        let archived = try sandbox.read("log/a.log.1")
        #expect(archived.utf8.count == content.utf8.count)
    }
}
