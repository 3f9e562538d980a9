import Foundation
import Glibc
import Testing

/// What spillway remembers, where somebody else can write to the directory that it is in: nobody holds its locks, and nothing
/// is written into, or taken from, what others have put there.
@Suite(.enabled(if: geteuid() == 0, "only root has rights that others could abuse"))
struct OwnFileTests {
    /// A directory of state and journal that is somebody else's.
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        // A name of root's that is as large as a journal.
        try sandbox.shell(
            "head -c 8M /dev/zero | tr '\\0' v > victim; chmod 644 victim; chmod 755 .; chown nobody state")
        return sandbox
    }

    private func isUnharmed(_ sandbox: Sandbox) throws -> Bool {
        try sandbox.shell("stat -c %a:%U:%s victim; tr -d v < victim | wc -c").output == "644:root:8388608\n0\n"
    }

    /// What lies under a name, as a shell makes it.
    private static let plants = [
        "ln victim state/NAME", "ln -s ../victim state/NAME", "mkfifo state/NAME", "ln -s ../victim-new state/NAME",
        "cp victim state/NAME; chown nobody state/NAME",
    ]

    @Test(arguments: ["state", "journal", "journal.ledger", "journal.history", "locks"], plants)
    func whatOthersHavePutThereIsNotWrittenTo(_ name: String, _ plant: String) throws {
        let sandbox = try sandbox()
        let plant = plant.replacingOccurrences(of: "NAME", with: name)
        try sandbox.shell(plant)
        for number in 1...2 {
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 || run.status == 1, "\(plant): \(run)")
            // Without dates or a journal nothing is done by halves; what is only remembered is missed by nobody.
            if name == "state" {
                // What was told is told again in an hour.
                let isSaid = number == 2 || run.error.contains(sandbox.path("state/state"))
                #expect(run.status == 1 && isSaid, "\(plant): \(run)")
                #expect(try sandbox.names() == ["a.log"], "\(plant)")
            }
            #expect(try isUnharmed(sandbox), "\(plant)")
            #expect(!sandbox.exists("victim-new"), "\(plant)")
        }
    }

    @Test func nobodyElseHoldsTheLock() throws {
        let sandbox = try sandbox()
        // Whoever owns the directory can put a file of his own there, and lock that.
        let holder = try sandbox.start(
            "/usr/bin/setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/sh", "-c",
                "umask 077; for name in state journal; do : > state/$name; done; exec 8>>state/state 9>>state/journal; flock 8; flock 9; touch state/held; exec sleep 60",
            ])
        defer { kill(holder.processIdentifier, SIGKILL) }
        try sandbox.wait { sandbox.exists("state/held") }
        let run = try sandbox.spillway(["-f"])
        // Not the silent end of a run that another one keeps off.
        #expect(run.status == 1 && run.error.contains("others have put there"), "\(run)")
    }

    @Test(arguments: [
        "ln victim other/runs", "ln -s ../victim other/runs", "ln -s ../victim-new other/runs", "mkfifo other/runs",
        ": > other/runs; chown nobody other/runs",
    ])
    func theLogOfRunsIsNotLedElsewhere(_ plant: String) throws {
        let sandbox = try sandbox()
        try sandbox.shell("mkdir other; \(plant); chown nobody other")
        let run = try sandbox.spillway(["-fv", "-l", sandbox.path("other/runs")])
        // The rotation matters more than its log.
        #expect(run.status == 1 && run.error.contains("--log: "), "\(plant): \(run)")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try isUnharmed(sandbox) && !sandbox.exists("victim-new"), "\(plant)")
    }

    @Test func theLogOfRunsGoesWhereItsOwnerSays() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.shell("mkdir own; ln -s own/runs link")
        for path in [sandbox.path("link"), "/dev/stdout", "/dev/null"] {
            let run = try sandbox.spillway(["-fv", "-l", path])
            #expect(run.status == 0 && run.error == "", "\(path): \(run)")
        }
        #expect(try sandbox.read("own/runs").contains("1 log, 1 rotated"))
        // In a directory that others can write to, what belongs to root is written to.
        try sandbox.shell("chmod 777 own")
        #expect(try sandbox.spillway(["-fv", "-l", sandbox.path("own/runs")]).status == 0)
    }

    @Test(arguments: [
        "ln -s ../victim other/m", "ln victim other/m", "mkfifo other/m", "ln -s /dev/zero other/m",
        "ln -s ../victim other/m.new", "mkdir other/m.new",
    ])
    func metricsAreNotLedElsewhere(_ plant: String) throws {
        let sandbox = try sandbox()
        try sandbox.shell("mkdir other; \(plant); chown nobody other")
        let run = try sandbox.spillway(["-f", "--metrics", sandbox.path("other/m")])
        #expect(run.status == (plant.contains("mkdir other/m.new") ? 1 : 0), "\(plant): \(run)")
        #expect(try isUnharmed(sandbox), "\(plant)")
        if run.status == 0 {
            #expect(try sandbox.shell("stat -c '%F %h %U' other/m").output == "regular file 1 root\n", "\(plant)")
            #expect(try sandbox.read("other/m").contains("spillway_"), "\(plant)")
        }
    }
}
