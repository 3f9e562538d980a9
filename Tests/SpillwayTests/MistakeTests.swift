import Foundation
import Glibc
import Testing

/// Nothing happens by mistake: a run rotates only when its command line was understood as a whole.
struct MistakeTests {
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsize 1\n}\n")
        try sandbox.write("log/a.log", "x\n")
        return sandbox
    }

    @Test(arguments: [
        ["chek", "CONF"], ["-f", "chek", "CONF"], ["CONF", "chek"], ["chek"], ["-fv", "CONF", "chek"],
    ])
    func anUnknownCommandDoesNothing(_ words: [String]) throws {
        let sandbox = try sandbox()
        let arguments = ["-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal")]
        let run = try sandbox.run(
            Sandbox.spillway, words.map { $0 == "CONF" ? sandbox.path("conf") : $0 } + arguments)
        #expect(run.status == 64, "\(run)")
        #expect(run.error.contains("unknown command 'chek'; did you mean 'check'?"), "\(run)")
        #expect(try sandbox.names() == ["a.log"])
        #expect(try sandbox.names("state") == [])
    }

    /// A mount of nothing over /proc stays in the namespace that it is made in.
    @Test(.enabled(if: geteuid() == 0, "only root can hide /proc"), arguments: [false, true])
    func withoutProcArgumentsAreStillRead(_ isChroot: Bool) throws {
        let sandbox = try sandbox()
        func run(_ arguments: String) throws -> Finished {
            let command =
                isChroot
                ? "chroot root /spillway \(arguments)" : "mount -t tmpfs none /proc; \(Sandbox.spillway) \(arguments)"
            return try sandbox.run("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", command])
        }
        if isChroot {
            try sandbox.shell(
                """
                mkdir root; cp \(Sandbox.spillway) root/spillway; mkdir -p root/$(dirname "$PWD")
                ldd \(Sandbox.spillway) | grep -o '/[^ ]*' | while read -r file; do
                    mkdir -p "root/$(dirname "$file")"; cp -L "$file" "root/$file"; done
                mkdir -p "root/$PWD"; cp -a conf log state "root/$PWD/"
                """)
        }
        let tree = isChroot ? "root\(sandbox.root)" : "."
        let options =
            "-s \(sandbox.path("state/state")) --journal \(sandbox.path("state/journal")) \(sandbox.path("conf"))"
        #expect(try run("--version").output == "spillway 0.1.0\n")
        let dry = try run("-n \(options)")
        #expect(dry.status == 0 && dry.output.contains("1 log, 1 would be rotated"), "\(dry)")
        #expect(try sandbox.shell("ls \(tree)/log").output == "a.log\n")
        #expect(try run("check \(sandbox.path("conf"))").status == 0)
        #expect(try run("chek \(sandbox.path("conf"))").status == 64)
        // And the real run does what it says, as far as it can be known without /proc.
        let real = try run("\(options)")
        #expect(real.status == 0, "\(real)")
        #expect(try sandbox.shell("ls \(tree)/log").output == "a.log\na.log.1.gz\n")
    }

    @Test func whatIsNoConfigurationIsSaidOnceWithoutItsContent() throws {
        let sandbox = try sandbox()
        try sandbox.makeDirectory("etc")
        try sandbox.write(
            "etc/shadow", "root:$y$j9T$secret:19000:0:99999:7:::\nbin:*:19000:0:99999:7:::\n", mode: 0o600)
        try sandbox.write("etc/mtab", "/dev/vda / secret rw 0 0\n")
        try sandbox.write("etc/binary", "\0\0secret")
        try sandbox.write("etc/good", "\(sandbox.path("log"))/*.log {\nsize 1\n}\n")
        for command in [["check"], []] {
            let options = command.isEmpty ? ["-s", sandbox.path("state/s"), "--journal", sandbox.path("state/j")] : []
            let run = try sandbox.run(Sandbox.spillway, command + options + [sandbox.path("etc")])
            let said = run.output + run.error
            #expect(run.status == 1 && !said.contains("secret") && !said.contains("root"), "\(run)")
            for name in ["shadow", "mtab", "binary"] {
                #expect(
                    said.components(separatedBy: "etc/\(name): error: this is no configuration").count == 2, "\(said)")
            }
        }
        // They cost nothing but themselves.
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }

    @Test func aStateInADirectoryThatIsMissingIsAMistake() throws {
        let sandbox = try sandbox()
        let run = try sandbox.run(
            Sandbox.spillway,
            ["-f", "-s", sandbox.path("missing/dir/state"), "--journal", sandbox.path("state/j"), sandbox.path("conf")])
        #expect(run.status == 1 && run.error.contains("there is no directory \(sandbox.path("missing/dir"))"), "\(run)")
        #expect(!sandbox.exists("missing"))
        #expect(try sandbox.names() == ["a.log"])
    }

    @Test func theLogOfRunsIsAppendedTo() throws {
        let sandbox = try sandbox()
        for _ in 1...2 { #expect(try sandbox.spillway(["-v", "-l", sandbox.path("runs")]).status == 0) }
        let text = try sandbox.read("runs")
        #expect(text.contains("1 log, 1 rotated") && text.contains("1 log, 0 rotated"), "\(text)")
    }

    @Test func theSummaryCountsWhatFailed() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nsize 1\nprerotate\ncase $1 in *b.log) exit 1;; esac\nendscript\n}\n")
        for name in ["a", "b", "c"] { try sandbox.write("log/\(name).log", "x\n") }
        let run = try sandbox.spillway(["-v"])
        #expect(run.status == 1 && run.output.contains("3 logs, 2 rotated, 1 failed"), "\(run)")
    }

    /// What even the removal of all history cannot reach takes none of it.
    @Test func aFloorOutOfReachCostsNoHistory() throws {
        if let missing = FileSystem.ext4.missing {
            Issue.record("aFloorOutOfReachCostsNoHistory did not run: missing here: \(missing)")
            return
        }
        let mount = try LoopMount(Sandbox(), "log", .ext4, megabytes: 600)
        let sandbox = mount.sandbox
        try sandbox.configure("space LOG {\nminfree 95%\n}\nLOG/a.log {\nsize 10G\n}\n")
        try sandbox.shell("head -c 200M /dev/zero > log/other")
        for number in 1...3 { try sandbox.fill("log/a.log.\(number).gz", kibibytes: 100) }
        try sandbox.fillLog("log/a.log", kibibytes: 500)
        let before = try sandbox.names()
        let dry = try sandbox.spillway(["-n"])
        #expect(!dry.output.contains("remove") && dry.output.contains("0 would be rotated"), "\(dry)")
        let run = try sandbox.spillway()
        #expect(
            run.status == 1 && run.error.contains("missing of its minfree of")
                && run.error.contains("would not be enough, so none is removed for it"), "\(run)")
        #expect(try sandbox.names() == before)
    }
}
