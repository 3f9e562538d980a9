import Foundation
import Glibc
import Testing

/// File systems of programs (FUSE), as they come from Debian: mergerfs, where an inode belongs to a name, and bindfs, which
/// has no holes.
@Suite(.serialized)
struct FuseTests {
    /// Logs below a mount; it ends with the value.
    private final class Mount {
        let sandbox: Sandbox

        init?(_ program: String, _ test: String) throws {
            sandbox = try Sandbox()
            guard geteuid() == 0, hasProgram("/usr/bin/\(program)"), access("/dev/fuse", R_OK | W_OK) == 0 else {
                Issue.record("\(test) did not run: missing here: root's rights, /usr/bin/\(program) or /dev/fuse")
                return nil
            }
            try sandbox.shell("mkdir one two")
            let branches = program == "mergerfs" ? "one:two" : "one"
            // It goes on in the background: whoever waits for the end of what it has inherited would wait for ever.
            let script =
                "cd /; for file in /proc/$$/fd/*; do number=${file##*/}; [ $number -le 2 ] || eval \"exec $number>&-\"; done; "
                + "exec \(program) \(Self.absolute(branches, sandbox)) \(sandbox.path("log")) </dev/null >/dev/null 2>&1"
            let made = try sandbox.run("/bin/bash", ["-c", script])
            guard made.status == 0 else { throw SandboxError("\(program): \(made.error)") }
        }

        private static func absolute(_ branches: String, _ sandbox: Sandbox) -> String {
            branches.split(separator: ":").map { sandbox.path(String($0)) }.joined(separator: ":")
        }

        deinit {
            _ = try? sandbox.run("/bin/umount", ["-l", sandbox.path("log")])
        }
    }

    @Test func whereInodesBelongToNamesLogsAreRotatedAllTheSame() throws {
        guard let mount = try Mount("mergerfs", #function) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\nrotate 3\n}\n")
        try sandbox.write("log/a.log", "")
        for round in 1...5 {
            try sandbox.append("log/a.log", "round \(round)\n")
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "a.log.2.gz", "a.log.3.gz"])
        #expect(
            try (1...3).map { try sandbox.content("log/a.log.\($0).gz") } == ["round 5\n", "round 4\n", "round 3\n"])
    }

    /// What such a run left is known by its content.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func whereInodesBelongToNamesAnInterruptedRunIsFinished() throws {
        guard let mount = try Mount("mergerfs", #function) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", (1...2000).map { "line \($0)\n" }.joined())
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let killed = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=fallocate", "-e", "inject=fallocate:signal=SIGKILL:when=1",
                Sandbox.spillway, "-f", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("conf"),
            ])
        #expect(killed.status != 0)
        held.write("line 2001\n")
        for _ in 1...2 { #expect(try sandbox.spillway(["-f"]).status == 0) }
        let archives = try sandbox.names().filter { $0.hasSuffix(".gz") }
        let lines = try archives.map { try sandbox.content("log/\($0)") }.joined().split(separator: "\n")
        #expect(lines.count == 2001 && Set(lines).count == 2001, "\(lines.count) lines, \(Set(lines).count) different")
    }

    /// There is no way there to rename without replacing but in two steps: ended before any of them, a run leaves no line
    /// under two names, and nothing in the way of the next.
    @Test(
        .enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"),
        arguments: ["mergerfs", "bindfs"])
    func aRunThatIsEndedWhileItRenamesDoublesNothing(_ program: String) throws {
        var met = 0
        for call in ["linkat", "unlinkat", "renameat", "openat"] {
            // Nearly all that is opened is only looked at.
            for place in stride(from: 1, through: call == "openat" ? 200 : 12, by: call == "openat" ? 29 : 1) {
                guard let isMet = try endRun(program, before: call, place) else { return }
                guard isMet else { break }
                met += 1
            }
        }
        #expect(met > 6, "\(met) places")
    }

    /// Ends the third run before a system call, and lets further ones go on. False where it does not come to that; nil where
    /// nothing can be mounted.
    private func endRun(_ program: String, before call: String, _ place: Int) throws -> Bool? {
        guard let mount = try Mount(program, #function) else { return nil }
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\nrotate 9\n}\n")
        for round in 1...2 {
            try sandbox.write("log/a.log", "round \(round)\n")
            #expect(try sandbox.spillway(["-f"]).status == 0)
        }
        try sandbox.append("log/a.log", "round 3\n")
        let killed = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):signal=SIGKILL:when=\(place)",
                Sandbox.spillway, "-f", "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"),
                sandbox.path("conf"),
            ])
        if killed.status == 0 { return false }
        // What an ended run leaves goes with the next rotation.
        try sandbox.append("log/a.log", "round 4\n")
        for _ in 1...2 {
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0, "\(call) \(place): \(run)")
        }
        let archives = try sandbox.names().filter { $0 != "a.log" }
        let lines = try archives.map { try sandbox.content("log/\($0)") }.joined().split(separator: "\n").sorted()
        #expect(lines == ["round 1", "round 2", "round 3", "round 4"], "\(call) \(place): \(archives)")
        #expect(
            archives.allSatisfy { $0.hasPrefix("a.log.") && $0.hasSuffix(".gz") }, "\(call) \(place): \(archives)")
        return true
    }

    /// The same names and contents as Debian's logrotate leaves there. Modes are not compared: its own are 0600 there. A log
    /// that is cut keeps its head.
    @Test(
        .enabled(if: ComparisonRun.logrotate != nil, "logrotate is missing: apt-get install logrotate"),
        arguments: [
            "create\ncompress", "copytruncate\ncompress", "create\ncompress\ndelaycompress", "copytruncate\nnocompress",
            "create 0600\nnocompress\nstart 0", "copy", "create\ncompress\nolddir LOG/old",
        ])
    func onMergerfsTheTreeIsLogrotates(_ directives: String) throws {
        func tree(_ rotator: (Sandbox) throws -> Finished) throws -> [String]? {
            guard let mount = try Mount("mergerfs", #function) else { return nil }
            let sandbox = mount.sandbox
            // A directory that is made goes where more room is at that moment, and nothing can be renamed from one branch into the
            // other, by nobody.
            if directives.contains("olddir") { try sandbox.shell("mkdir one/old two/old") }
            try sandbox.configure("LOG/a.log {\nrotate 3\n\(directives)\n}\n")
            try sandbox.write("log/a.log", "")
            for round in 1...5 {
                try sandbox.append("log/a.log", "round \(round)\n")
                let run = try rotator(sandbox)
                #expect(run.status == 0, "\(run)")
            }
            let files = try sandbox.shell("cd log; find . -type f | sort").output.split(separator: "\n").map(
                String.init)
            return try files.map { file in
                if file == "./a.log", directives.hasPrefix("copytruncate") { return file }
                return "\(file): \(try sandbox.content("log/\(file)"))"
            }
        }
        let own = try tree { try $0.spillway(["--logrotate", "-f"]) }
        let theirs = try tree {
            try $0.run(
                ComparisonRun.logrotate ?? "", ["-f", "-s", $0.path("state/state"), $0.path("conf")])
        }
        #expect(own == theirs)
    }

    /// A truncation loses what comes meanwhile, and says so; what it may not lose it does not touch.
    @Test func withoutHolesWhatIsLostIsSaid() throws {
        guard let mount = try Mount("bindfs", #function) else { return }
        let sandbox = mount.sandbox
        try sandbox.configure("LOG/a.log {\nlossless\n}\n")
        try sandbox.write("log/a.log", (1...2000).map { "line \($0)\n" }.joined())
        let held = try Held(sandbox.path("log/a.log"), O_WRONLY | O_APPEND)
        let refused = try sandbox.spillway(["-f"])
        #expect(refused.status == 1 && refused.error.contains("lossless"), "\(refused)")
        #expect(try sandbox.names() == ["a.log"])
        try sandbox.configure("LOG/a.log {\n}\n")
        // Behind the kernel's back: it remembers the size for a second.
        try sandbox.append("one/a.log", "line 2001\n")
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.output.contains("µs before it was truncated is lost"), "\(run)")
        #expect(try sandbox.content("log/a.log.1.gz") == (1...2001).map { "line \($0)\n" }.joined())
        #expect(try sandbox.size(sandbox.path("one/a.log")) == 0)
        #expect(held.descriptor >= 0)
    }
}
