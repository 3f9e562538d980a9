import Foundation
import RotationCore
import Testing

/// What users can name is where they look for it: in the manual, in `--help`, in what their shell completes.
struct InterfaceTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let commands = ["rotate", "status", "explain", "cat", "history", "check", "held", "import xenserver"]

    private func manual() throws -> String {
        try String(contentsOfFile: Self.repository + "/man/spillway.8", encoding: .utf8)
    }

    private func help(_ words: [String]) throws -> String {
        let run = try Sandbox().run(Sandbox.spillway, words + ["--help"])
        #expect(run.status == 0)
        return run.output
    }

    /// Long options, from the left side of the list of options.
    private func options(_ help: String) -> [String] {
        help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
            line.split { " ,".contains($0) }.prefix(3).filter { $0.hasPrefix("--") }.map(String.init)
        }
    }

    private func completions(_ shell: String) throws -> String {
        let run = try Sandbox().run(Sandbox.spillway, ["--generate-completion-script", shell])
        #expect(run.status == 0 && run.error == "")
        return run.output
    }

    @Test func theHelpHasTheOptionsOfARunExamplesAndExitStatuses() throws {
        let text = try help([])
        let ofARun = options(try help(["rotate"]))
        #expect(ofARun.count >= 14 && ofARun.contains("--only"))
        #expect(options(text).sorted() == ofARun.sorted())
        let examples = text.components(separatedBy: "Examples:\n").last?.components(separatedBy: "\n\n").first ?? ""
        #expect(examples.split(separator: "\n").count == 4, "\(examples)")
        for status in ["0 all well", "1 something failed", "3 another run", "64 wrong usage"] {
            #expect(text.replacingOccurrences(of: "\n", with: " ").contains(status))
        }
        for command in Self.commands {
            #expect(text.contains("  \(command.split(separator: " ")[0]) "), "\(command)")
        }
        let short = try Sandbox().run(Sandbox.spillway, ["-h"])
        #expect(short.output == text)
    }

    @Test(arguments: commands, ["bash", "zsh", "fish"])
    func everyOptionIsCompleted(_ command: String, _ shell: String) throws {
        let script = try completions(shell)
        let names = options(try help(command.split(separator: " ").map(String.init)))
        #expect(names.count >= 2)
        for name in names {
            let word = shell == "fish" ? "-l '\(name.dropFirst(2))'" : name
            #expect(script.contains(word), "\(name)")
        }
    }

    @Test(arguments: [
        (["--dr"], "--dry-run"), (["-n", "--on"], "--only"), (["sta"], "status"), (["held", "--recl"], "--reclaim"),
        (["cat", "--sin"], "--since"),
    ])
    func bashCompletesOptionsOfARunWithoutItsName(_ words: [String], _ wanted: String) throws {
        let sandbox = try Sandbox()
        try writeOffer(sandbox)
        let run = try sandbox.run("/bin/bash", ["offer"] + words)
        #expect(run.output.split(separator: "\n").map(String.init).contains(wanted), "\(run)")
    }

    /// A script that says what bash offers for the last of its arguments.
    private func writeOffer(_ sandbox: Sandbox) throws {
        try sandbox.write("completion", try completions("bash"))
        let script = """
            . ./completion
            COMP_WORDS=(\(Sandbox.spillway) "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
            _spillway spillway "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        try sandbox.write("offer", script)
    }

    /// Logs are those of /etc/spillway.conf: in a namespace of mounts there is one of this test.
    @Test(arguments: [["--only"], ["explain"], ["cat"], ["history", "--log"]])
    func logsAreOfferedByTheirNames(_ words: [String]) throws {
        let sandbox = try Sandbox()
        guard getuid() == 0 else {
            Issue.record("logsAreOfferedByTheirNames did not run: it needs root, for a mount of its own")
            return
        }
        try sandbox.makeDirectory("etc")
        try sandbox.configure("LOG/*.log {\n}\n", "etc/spillway.conf")
        for name in ["app", "web"] { try sandbox.write("log/\(name).log", "x\n") }
        try writeOffer(sandbox)
        // Completions call it by its name.
        try sandbox.shell("mkdir bin && ln -s \(Sandbox.spillway) bin/spillway")
        let offers = try sandbox.shell(
            "unshare -m sh -c 'mount --bind etc /etc && PATH=\(sandbox.path("bin")):$PATH exec /bin/bash offer \(words.joined(separator: " ")) \(sandbox.path("log"))/a'"
        ).output
        #expect(offers == "\(sandbox.path("log"))/app.log\n", "\(words): \(offers)")
    }

    @Test func everyCommandThatTheManualHasHasItsOptionsThere() throws {
        let manual = try manual()
        for command in Self.commands where manual.contains(".It Cm \(command)\n") {
            for option in options(try help(command.split(separator: " ").map(String.init))) {
                #expect(manual.contains("-\(option.dropFirst(2))"), "\(command) \(option)")
            }
        }
    }

    @Test func theManualHasExamples() throws {
        let examples = try manual().components(separatedBy: ".Sh EXAMPLES\n").dropFirst().first ?? ""
        #expect(examples.components(separatedBy: ".Dl spillway").count > 8)
    }

    @Test func everyDirectiveOfASpaceIsInTheManual() throws {
        let manual = try String(contentsOfFile: Self.repository + "/man/spillway.conf.5", encoding: .utf8)
        for word in ["budget", "minfree", "minfreeinodes", "live", "evict", "reclaimheld", "purge"] {
            #expect(manual.contains(".It Ic \(word)"), "\(word)")
        }
    }

    @Test func everyFigureIsInTheManual() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            "space LOG {\nbudget 1G\nminfree 1M\nminfreeinodes 1\n}\nLOG/a.log {\nsize 1\n}\n")
        try sandbox.write("log/a.log", "x\n")
        try sandbox.spillway(["--metrics", sandbox.path("prom")])
        let names = try sandbox.read("prom").split(separator: "\n").filter { $0.hasPrefix("# HELP ") }
            .map { $0.split(separator: " ")[2] }
        #expect(names.count > 20)
        let manual = try manual()
        for name in names { #expect(manual.contains("\n.It Li \(name)"), "\(name)") }
    }
}
