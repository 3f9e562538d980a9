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

    /// He could have given a file of root's that he cannot read the name of his log.
    @Test(
        arguments: [
            (0, 0, "600", false), (0, 0, "644", true), (4321, 0, "600", true), (0, 4321, "640", true),
            (0, 0, "640", false),
        ])
    func whatTheOwnerOfADirectoryCannotReadIsNotMailed(
        _ owner: Int, _ group: Int, _ mode: String, _ isMailed: Bool
    ) throws {
        let sandbox = try Sandbox()
        guard geteuid() == 0 else {
            return print("whatTheOwnerOfADirectoryCannotReadIsNotMailed: only root can give files away")
        }
        try sandbox.write("log/a.log", "secret word\n")
        try sandbox.write("log/a.log.1", "older secret\n")
        try sandbox.write("mailer", "#!/bin/sh\ncat >>'\(sandbox.path("sent"))'\n", mode: 0o755)
        try sandbox.write("sent", "")
        try sandbox.configure("LOG/a.log {\nrotate 1\nnocompress\nmail someone@example.org\n}\n")
        let log = sandbox.path("log")
        #expect(
            try sandbox.run(
                "/bin/sh",
                [
                    "-c",
                    "chown 4321:4321 \(log); chown \(owner):\(group) \(log)/*; chmod \(mode) \(log)/*; chmod 755 \(log)",
                ]
            ).status == 0)
        let run = try sandbox.spillway(["-f", "-m", sandbox.path("mailer")])
        #expect(run.status == (isMailed ? 0 : 1), "\(run.error)")
        #expect(
            run.error.contains("a.log.2 is not mailed, and kept: the owner of its directory cannot read it") != isMailed
        )
        #expect(try sandbox.read("sent") == (isMailed ? "older secret\n" : ""))
        #expect(sandbox.exists("log/a.log.2") != isMailed)
    }

    /// In a directory of root's it is root's script that has put something else there.
    @Test func whatAScriptMakesOfAnArchiveIsMailed() throws {
        let (run, mail) = try mailed("sed -i s/secret/harmless/ \"$2\"")
        #expect(run.status == 0, "\(run.error)")
        #expect(mail == "harmless word\n")
    }
}
