import Foundation
import Testing

/// Which file is mailed.
struct MailedArchiveTests {
    private func mailed(_ script: String) throws -> (run: Finished, mail: String) {
        let sandbox = try Sandbox()
        try sandbox.write("log/a.log", "secret word\n")
        try sandbox.write("mailer", "#!/bin/sh\ncat >>'\(sandbox.path("sent"))'\n", mode: 0o755)
        try sandbox.write("sent", "")
        try sandbox.configure(
            """
            LOG/a.log {
            rotate 3
            nocompress
            mail someone@example.org
            mailfirst
            create
            postrotate
            \(script)
            endscript
            }
            """)
        let run = try sandbox.spillway(["-f", "-m", sandbox.path("mailer")])
        return (run, try sandbox.read("sent"))
    }

    /// In a directory of root's it is root's script that has put something else there.
    @Test func whatAScriptMakesOfAnArchiveIsMailed() throws {
        let (run, mail) = try mailed("sed -i s/secret/harmless/ \"$2\"")
        #expect(run.status == 0, "\(run.error)")
        #expect(mail == "harmless word\n")
    }
}
