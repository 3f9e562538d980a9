import Foundation
import Testing

/// What `spillway check` finds on the disk, and by asking the shell.
struct CheckDiskTests {
    private func check(_ sandbox: Sandbox, _ options: [String] = []) throws -> Finished {
        try sandbox.run(Sandbox.spillway, ["check"] + options + [sandbox.path("conf")])
    }

    @Test func aPathThatIsADirectory() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("log/app")
        try sandbox.configure("LOG/app LOG/a* {\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 0)
        let path = sandbox.path("log/app")
        #expect(
            run.output.contains(
                "conf:1:1: warning: \(path) is a directory: name the logs in it, such as \(path)/*.log\n"))
        // A wildcard may well find directories.
        try sandbox.configure("LOG/*p {\n}\n")
        #expect(try !check(sandbox).output.contains("is a directory"))
    }

    @Test func anOlddirThatIsMissing() throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/a.log", "x\n")
        try sandbox.configure("LOG/a.log {\n olddir old\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 1)
        #expect(run.output.contains("conf:2:2: error: "))
        #expect(run.output.contains("its olddir \(sandbox.path("log/old")) does not exist; createolddir makes it"))
        try sandbox.configure("LOG/a.log {\n olddir old\n createolddir\n}\n")
        #expect(try check(sandbox).status == 0)
        try sandbox.makeDirectory("log/old")
        try sandbox.configure("LOG/a.log {\n olddir old\n}\n")
        #expect(try check(sandbox).status == 0)
    }

    @Test(arguments: ["777", "775"])
    func aDirectoryThatOthersCanWriteTo(_ mode: String) throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/a.log", "x\n")
        try sandbox.shell("chgrp adm log 2>/dev/null || true; chmod \(mode) log")
        try sandbox.configure("LOG/a.log {\n create\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 1 && run.output.contains("can be written to by others (mode 0\(mode)"), "\(run)")
        #expect(run.output.contains("add to its stanza: su "))
        // A log that is empty today, or not there yet, will be refused as well.
        for command in ["> log/a.log", "rm log/a.log"] {
            try sandbox.shell(command)
            #expect(try check(sandbox).output.contains("can be written to by others (mode 0\(mode)"), "\(command)")
        }
        try sandbox.configure("LOG/a.log {\n su root root\n create\n}\n")
        #expect(try check(sandbox).status == 0)
        // In place no name matters.
        try sandbox.configure("LOG/a.log {\n}\n")
        #expect(try check(sandbox).status == 0)
    }

    @Test func aScriptThatTheShellDoesNotUnderstand() throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/a.log", "x\n")
        try sandbox.configure(
            "LOG/a.log {\n postrotate\n if true; then\n touch \(sandbox.path("ran"))\n endscript\n}\n"
                + "LOG/b.log {\n prerotate\n touch \(sandbox.path("ran"))\n endscript\n}\n")
        let run = try check(sandbox)
        #expect(run.status == 1)
        #expect(
            run.output.contains("conf:2:2: error: the shell does not understand this postrotate script: "), "\(run)")
        #expect(run.output.contains("yntax error") && !run.output.contains("prerotate"))
        #expect(!sandbox.exists("ran"), "check runs nothing")
    }

    @Test func aStanzaThatKeepsNothing() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n daily\n}\n")
        #expect(try check(sandbox, ["--logrotate"]).output.contains("conf:1:1: warning: no rotate is said"))
        #expect(try check(sandbox, ["--logrotate", "--strict"]).status == 2)
        #expect(try check(sandbox).output == "")
    }
}
