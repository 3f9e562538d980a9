import Foundation
import Testing

/// Users and groups: from the files of this machine, and from whatever getent(1) knows.
struct AccountTests {
    /// What `check` says of a stanza that names a user, where PATH has only this getent.
    private func check(_ user: String, getent script: String?, _ sandbox: Sandbox) throws -> Finished {
        try sandbox.configure("LOG/a.log {\n create 0640 \(user) root\n}\n")
        try sandbox.makeDirectory("bin")
        if let script { try sandbox.write("bin/getent", "#!/bin/sh\n\(script)\n", mode: 0o755) }
        return try sandbox.run(
            Sandbox.spillway, ["check", sandbox.path("conf")], environment: ["PATH": sandbox.path("bin")])
    }

    @Test func whoeverIsInTheFileIsNotAskedFor() throws {
        let sandbox = try Sandbox()
        for user in ["root", "daemon", "4321"] {
            let run = try check(user, getent: "echo asked > \(sandbox.path("asked")); exit 1", sandbox)
            #expect(run.status == 0 && run.output == "", "\(run.output)")
        }
        #expect(!sandbox.exists("asked"))
    }

    @Test func whoeverOnlyADirectoryServiceKnowsIsFound() throws {
        let sandbox = try Sandbox()
        let script = "test \"$1 $2\" = 'passwd somebody.ldap' && echo 'somebody.ldap:*:70001:70001::/home/x:/bin/sh'"
        let run = try check("somebody.ldap", getent: script, sandbox)
        #expect(run.status == 0 && run.output == "", "\(run.output)")
        // And the log that is created belongs to him.
        guard getuid() == 0 else { return }
        try sandbox.write("log/a.log", "line\n")
        let rotation = try sandbox.spillway(["-f"], environment: ["PATH": "\(sandbox.path("bin")):/usr/bin:/bin"])
        #expect(rotation.status == 0, "\(rotation.error)")
        #expect(try sandbox.shell("stat -c %u:%g log/a.log").output == "70001:0\n")
    }

    @Test(
        arguments: [
            ("exit 2", "there is no user 'nobody.ldap'\n"),
            (
                "exit 1",
                "there is no user 'nobody.ldap' in /etc/passwd, and getent(1), which asks a directory service for it, ended with status 1\n"
            ),
            (
                "kill -9 $$",
                "there is no user 'nobody.ldap' in /etc/passwd, and getent(1), which asks a directory service for it, was ended by signal 9\n"
            ),
            // An answer about somebody else is none.
            ("echo other:x:5:5::/:/bin/sh", "there is no user 'nobody.ldap'\n"),
            (
                nil,
                "there is no user 'nobody.ldap' in /etc/passwd, and no getent(1) here that could ask a directory service for it\n"
            ),
        ] as [(String?, String)])
    func whoeverIsNotFoundIsAnErrorThatSaysWhoWasAsked(_ script: String?, _ end: String) throws {
        let run = try check("nobody.ldap", getent: script, try Sandbox())
        #expect(run.status == 1)
        #expect(run.output.contains("error: create: " + end), "\(run.output)")
    }

    @Test func aGetentThatPrintsWithoutEndIsNotReadWithoutEnd() throws {
        let run = try check("nobody.ldap", getent: "while echo some:x:5:5::/:/bin/sh; do :; done", try Sandbox())
        #expect(run.status == 1 && run.output.contains("there is no user 'nobody.ldap'"), "\(run.output)")
    }
}
