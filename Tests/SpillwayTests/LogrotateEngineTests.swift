import Foundation
import Glibc
import Testing

/// What logrotate's users rely on beside its grammar: states side by side, scripts that fail or take archives away, programs that
/// say something, logs that are missing. Each is also done by Debian's logrotate where that is the measure.
struct LogrotateEngineTests {
    private func forced(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> Finished {
        try sandbox.spillway(["--logrotate", "-f"] + arguments)
    }

    /// The same by Debian's program, in a sandbox of its own; nil where it is missing.
    private func logrotate(_ sandbox: Sandbox) throws -> Finished? {
        guard FileManager.default.fileExists(atPath: "/usr/sbin/logrotate") else {
            print("\(#function): logrotate is missing: apt-get install logrotate")
            return nil
        }
        return try sandbox.run(
            "/usr/sbin/logrotate", ["-f", "-s", sandbox.path("state/logrotate"), sandbox.path("conf")])
    }

    @Test func runsWithStatesOfTheirOwnWorkSideBySide() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nprerotate\ntouch LOG/began\nsleep 3\nendscript\n}\n", "first")
        try sandbox.configure("LOG/b.log {\n}\n", "second")
        for name in ["a.log", "b.log"] { try sandbox.write("log/\(name)", "one\n") }
        // In a place of its own for what spillway remembers: no --journal, which would be one for both.
        let script = """
            mount -t tmpfs none /var/lib
            '\(Sandbox.spillway)' -f -s state/first first & first=$!
            while [ ! -e log/began ]; do sleep 0.05; done
            '\(Sandbox.spillway)' -f -s state/second second; echo "second $?"
            '\(Sandbox.spillway)' -f -s state/first first; echo "same $?"
            ls log
            wait $first; echo "first $?"
            """
        let run = try sandbox.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
        guard !run.error.contains("ermission") || geteuid() == 0 else {
            print("runsWithStatesOfTheirOwnWorkSideBySide: no namespaces here")
            return
        }
        #expect(run.output == "second 0\nsame 3\na.log\nb.log\nb.log.1.gz\nbegan\nfirst 0\n", "\(run)")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log", "b.log.1.gz", "began"])
    }

    /// The same log in both: the one that comes second leaves it, and no line is lost or doubled.
    @Test func twoRunsNeverWorkOnTheSameLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nprerotate\ntouch LOG/began\nsleep 2\nendscript\n}\n", "first")
        try sandbox.configure("LOG/a.log LOG/b.log {\n}\n", "second")
        for name in ["a.log", "b.log"] { try sandbox.write("log/\(name)", "one\n") }
        let script = """
            mount -t tmpfs none /var/lib
            '\(Sandbox.spillway)' -f -s state/first first & first=$!
            while [ ! -e log/began ]; do sleep 0.05; done
            '\(Sandbox.spillway)' -fv -s state/second second; echo "second $?"
            wait $first; echo "first $?"
            """
        let run = try sandbox.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
        #expect(run.output.contains("not now: another run is at work on it"), "\(run)")
        #expect(run.output.contains("second 0") && run.output.hasSuffix("first 0\n"), "\(run)")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log", "b.log.1.gz", "began"])
        #expect(try sandbox.content("log/a.log.1.gz") == "one\n")
    }

    /// What a run with another state was killed in is finished by the next run, whatever state that has.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func whatARunWithAnotherStateBeganIsFinished() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n", "first")
        try sandbox.configure("LOG/b.log {\n}\n", "second")
        for name in ["a.log", "b.log"] { try sandbox.write("log/\(name)", String(repeating: "\(name)\n", count: 3000)) }
        let script = """
            mount -t tmpfs none /var/lib
            exec 9>>log/a.log
            strace -f -o /dev/null -e trace=fallocate -e inject=fallocate:signal=KILL:when=1 \
                '\(Sandbox.spillway)' -f -s state/first first 2>/dev/null
            '\(Sandbox.spillway)' -fv -s state/second second
            '\(Sandbox.spillway)' -f -s state/first first
            """
        let run = try sandbox.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
        #expect(run.output.contains("finish the cut of \(sandbox.path("log/a.log"))"), "\(run)")
        let archives = try sandbox.names().filter { $0.hasPrefix("a.log.") }
        let lines = try archives.map { try sandbox.content("log/\($0)") }.joined().split(separator: "\n")
        #expect(lines.count == 3000, "\(archives)")
    }

    /// Half of the scripts that signal a daemon fail when it is stopped: that is no reason to keep everything.
    @Test(arguments: [8, 12])
    func aPostrotateThatFailsEveryTimeCostsTheNewestOnly(_ runs: Int) throws {
        let configuration =
            "LOG/a.log {\nrotate 3\ncompress\ndelaycompress\ncreate\npostrotate\nexit 1\nendscript\n}\n"
        let ours = try Sandbox()
        let theirs = try Sandbox()
        for sandbox in [ours, theirs] { try sandbox.configure(configuration) }
        for run in 1...runs {
            for sandbox in [ours, theirs] { try sandbox.write("log/a.log", "run \(run)\n") }
            #expect(try forced(ours).status == 1)
            guard try logrotate(theirs) != nil else { return }
        }
        #expect(try ours.names() == ["a.log", "a.log.1", "a.log.2.gz", "a.log.3.gz", "a.log.4.gz"])
        let (one, other) = try (ours.names(), theirs.names())
        #expect(one == other)
        for name in try ours.names() { #expect(try ours.content("log/\(name)") == theirs.content("log/\(name)")) }
    }

    @Test(arguments: ["", "compress"])
    func aScriptMayTakeTheArchiveAway(_ directive: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\nrotate 3\ncreate\n\(directive)\npostrotate\nmv $2 LOG/taken\nendscript\n}\n")
        for _ in 1...2 {
            try sandbox.write("log/a.log", "one\n")
            let run = try forced(sandbox)
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        #expect(try sandbox.names() == ["a.log", "taken"])
    }

    @Test func whatACompressingProgramSaysIsPassedOn() throws {
        let sandbox = try Sandbox()
        try sandbox.write("bin", "#!/bin/sh\ncat\necho 'half of it is padding' >&2\n", mode: 0o755)
        try sandbox.configure("LOG/a.log {\nrotate 3\ncreate\ncompress\ncompresscmd \(sandbox.path("bin"))\n}\n")
        try sandbox.write("log/a.log", "one\n")
        let run = try forced(sandbox)
        #expect(run.status == 0)
        let words = "error: Compressing program wrote following message to stderr when compressing log"
        #expect(run.error.contains("\(words) \(sandbox.path("log/a.log.1")):\nhalf of it is padding"), "\(run)")
        #expect(try sandbox.read("log/a.log.1.gz") == "one\n")
        try sandbox.write("log/a.log", "two\n")
        let own = try sandbox.spillway(["-fv"])
        #expect(own.error.contains("is compressed; ") && own.error.contains("says: half of it is padding"), "\(own)")
    }

    @Test(arguments: ["", "sharedscripts"])
    func aMissingLogKeepsTheOthersOnlyWhereScriptsAreShared(_ shared: String) throws {
        let configuration =
            "LOG/a.log LOG/missing.log {\nrotate 3\n\(shared)\npostrotate\necho $1 >>LOG/trace\nendscript\n}\n"
        let ours = try Sandbox()
        let theirs = try Sandbox()
        for sandbox in [ours, theirs] {
            try sandbox.configure(configuration)
            try sandbox.write("log/a.log", "one\n")
        }
        #expect(try forced(ours).status == 1)
        #expect(ours.exists("log/a.log.1") == shared.isEmpty)
        guard try logrotate(theirs) != nil else { return }
        let (one, other) = try (ours.names(), theirs.names())
        #expect(one == other)
    }

    /// To the second, as logrotate 3.21 has it: a minute more than two days is too much.
    @Test(arguments: [2879, 2881, 4319])
    func agesAreCountedAsLogrotateCounts(_ minutes: Int) throws {
        let ours = try Sandbox()
        let theirs = try Sandbox()
        for sandbox in [ours, theirs] {
            try sandbox.configure("LOG/a.log {\nrotate 9\nmaxage 2\n}\n")
            try sandbox.write("log/a.log", "one\n")
            try sandbox.write("log/a.log.1", "old\n", ageSeconds: Double(minutes) * 60)
        }
        #expect(try forced(ours).status == 0)
        #expect(try ours.names() == (minutes < 2880 ? ["a.log.1", "a.log.2"] : ["a.log.1"]))
        guard try logrotate(theirs) != nil else { return }
        let (one, other) = try (ours.names(), theirs.names())
        #expect(one == other)
    }

    @Test(arguments: ["create", "copytruncate", "copy", "dateext"])
    func preremoveSeesWhatRotateZeroMakes(_ directive: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "LOG/a.log {\nrotate 0\n\(directive)\npreremove\ncat $1 >>LOG/seen\necho $1 >>LOG/names\nendscript\n}\n")
        try sandbox.write("log/a.log", "one\n")
        #expect(try forced(sandbox).status == 0)
        #expect(try sandbox.read("log/seen") == "one\n")
        #expect(try sandbox.read("log/names").hasPrefix(sandbox.path("log/a.log")))
        #expect(try sandbox.names().allSatisfy { ["a.log", "seen", "names"].contains($0) })
    }

    /// A program that compresses reads its standard input: by this name it knows what that is.
    @Test func aCompressingProgramIsToldWhatItReads() throws {
        let configuration = "LOG/a.log {\nrotate 1\ncompress\ncompresscmd LOG/../press\ncompressext .x\n}\n"
        let (ours, theirs) = try (Sandbox(), Sandbox())
        for sandbox in [ours, theirs] {
            try sandbox.configure(configuration)
            try sandbox.write("log/a.log", "one\n")
            try sandbox.write(
                "press", "#!/bin/sh\necho \"${LOGROTATE_COMPRESSED_FILENAME##*/}\"; echo \"$WORD\"; cat\n", mode: 0o755)
        }
        #expect(
            try ours.spillway(["--logrotate", "-f"], environment: ["WORD": "kept"]).status == 0)
        #expect(try ours.read("log/a.log.1.x") == "a.log.1\nkept\none\n")
        guard try logrotate(theirs) != nil else { return }
        #expect(try theirs.read("log/a.log.1.x") == "a.log.1\n\none\n")
    }

    /// Whoever asks when a log was last read asks its archive.
    @Test(arguments: ["", "compresscmd gzip\ncompressoptions -9 -n"])
    func compressedArchivesHaveTheTimesOfTheirLog(_ directives: String) throws {
        let (ours, theirs) = try (Sandbox(), Sandbox())
        for sandbox in [ours, theirs] {
            try sandbox.configure("LOG/a.log {\nrotate 1\ncompress\n\(directives)\n}\n")
            try sandbox.write("log/a.log", "one\n")
            try sandbox.shell("touch -d '2020-01-02 UTC' log/a.log; touch -a -d '2019-01-02 UTC' log/a.log")
        }
        let times = "stat -c '%X %Y' log/a.log.1.gz"
        #expect(try forced(ours).status == 0)
        #expect(try ours.shell(times).output == "1546387200 1577923200\n")
        guard try logrotate(theirs) != nil else { return }
        #expect(try theirs.shell(times).output == "1546387200 1577923200\n")
    }
}
