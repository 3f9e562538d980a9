import Foundation
import Testing

/// A run that has nothing to do does next to nothing.
struct NothingDueTests {
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func oneStatALogNoLogOpenedNothingOfProcRead() throws {
        let sandbox = try Sandbox()
        let count = 500
        try sandbox.configure("daily\nLOG/*.log {\ncreate\npostrotate\ntrue\nendscript\n}\n")
        for index in 0..<count { try sandbox.write("log/\(index).log", "x\n") }
        for index in 0..<50 { try sandbox.write("log/\(index).log.1.gz", "x\n") }
        #expect(try sandbox.spillway().status == 0)
        let trace = sandbox.path("trace")
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", trace, "-e", "trace=%file,%desc", Sandbox.spillway, "-s", sandbox.path("state/state"),
                "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
        guard run.status == 0 else {
            Issue.record("oneStatALogNoLogOpenedNothingOfProcRead did not run: strace cannot trace here: \(run.error)")
            return
        }
        let calls = try sandbox.read("trace").split(separator: "\n")
        let logCalls = calls.filter { $0.contains(".log\"") }
        #expect(logCalls.count == count)
        #expect(logCalls.allSatisfy { $0.contains("newfstatat(") && $0.contains("AT_SYMLINK_NOFOLLOW") })
        // Before anything of spillway runs, the loader and Swift's runtime look at these two.
        let procCalls = calls.filter { $0.contains("/proc") }
        #expect(procCalls.allSatisfy { $0.contains("\"/proc/self/exe\"") || $0.contains("\"/proc/self/maps\"") })
        // The archives are only listed, and the directory once.
        #expect(!calls.contains { $0.contains(".gz\"") })
        #expect(calls.filter { $0.contains("getdents64(") }.count <= 2 + count / 200)
        // Nothing is written, not even the state.
        #expect(!calls.contains { $0.contains("O_WRONLY") || $0.contains("rename") || $0.contains("fsync(") })
    }
}
