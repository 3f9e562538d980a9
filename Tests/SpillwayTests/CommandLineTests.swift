import Foundation
import Testing

/// A plain run's command line is read without the library that reads all others: both say the same.
struct CommandLineTests {
    /// Each with what the library would read in the same way.
    @Test(arguments: [
        (["-s", "STATE"], ["--state=STATE"]), (["-v", "-n"], ["-vn"]),
        (["--only", "*.log", "-v"], ["-v", "--only=*.log"]),
        (["--log", "LOGFILE", "-v"], ["--log=LOGFILE", "--verbose"]), (["-f", "--dry-run"], ["-fn"]),
        (["--wait-for-state-lock=5"], ["--wait-for-state-lock=5s"]), (["-d", "--json"], ["--json", "-d"]),
    ])
    func bothReadTheSame(_ plain: [String], _ other: [String]) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\ndaily\n}\n")
        try sandbox.write("log/a.log", "x\n")
        func run(_ arguments: [String]) throws -> Finished {
            let words = arguments.map {
                $0.replacingOccurrences(of: "STATE", with: sandbox.path("state/other"))
                    .replacingOccurrences(of: "LOGFILE", with: sandbox.path("logfile"))
            }
            return try sandbox.run(
                Sandbox.spillway,
                words + ["-m", "/bin/true", "--journal", sandbox.path("state/journal"), sandbox.path("conf")])
        }
        // Never this machine's own state.
        let state = plain.contains("-s") ? [] : ["-s", sandbox.path("state/state")]
        let first = try run(["--skip-state-lock"] + plain + state)
        let second = try run(["rotate", "--skip-state-lock"] + other + state)
        #expect(first.status == second.status)
        #expect(first.error == second.error)
    }

    @Test(arguments: [
        ["--nonsense"], ["-s"], ["--state="], ["--only"], ["--logrotate"], ["-x", "/etc/x"], ["--json=1"],
    ])
    func mistakesAreSaidWithTheUsage(_ arguments: [String]) throws {
        let run = try Sandbox().run(Sandbox.spillway, arguments)
        #expect(run.status == 64)
        #expect(run.error.contains("Usage: "))
    }
}
