import Foundation
import Testing

/// ext4 with inline_data cannot say where the data ends while a log's last writes wait for their blocks.
struct InlineDataTests {
    @Test(.enabled(if: FileSystem.ext4.missing == nil, "ext4 cannot be mounted here"), arguments: [1, 16, 40, 2000])
    func aLogThatWasJustWrittenIsRotated(lines: Int) throws {
        let sandbox = try Sandbox()
        let volume = try LoopMount(sandbox, "log", .ext4, making: ["-O", "inline_data"])
        defer { volume.unmount() }
        let log = sandbox.path("log/a.log")
        try sandbox.write("conf", "\(log) {\nrotate 9\n}\n")
        var expected = ""
        for round in 1...3 {
            let text = (1...lines).map { "\(round) \($0)\n" }.joined()
            expected += text
            // Line by line: what grows out of its inode is what has no answer.
            let script =
                "printf '%s' \"$1\" | while read -r line; do echo \"$line\"; done >> \"$2\"; shift 2; exec \"$@\""
            let run = try sandbox.run(
                "/bin/sh",
                ["-c", script, "sh", text, log, LogWriterProcess.spillway, "-f", "-s", sandbox.path("state/state")]
                    + ["--journal", sandbox.path("state/journal"), sandbox.path("conf")])
            #expect(run.status == 0, "\(run.error)")
        }
        let archives = (1...3).reversed().map { "\(log).\($0).gz" }
        let history = try sandbox.run("/bin/zcat", archives)
        #expect(history.output == expected)
    }
}
