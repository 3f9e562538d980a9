import Foundation
import Testing

/// What comes with the program: configurations, the cron line, manual pages, completions.
struct ShippedFilesTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static let dropIns =
        (try? FileManager.default.contentsOfDirectory(atPath: repository + "/etc/spillway.d"))?.sorted() ?? []

    /// A copy that this user owns, as an installed one belongs to root.
    private func copy(_ file: String, _ sandbox: Sandbox) throws -> String {
        let text = try String(contentsOfFile: Self.repository + "/" + file, encoding: .utf8)
        try sandbox.write("conf", text.replacingOccurrences(of: "/var/log", with: sandbox.path("log")))
        return sandbox.path("conf")
    }

    /// A checkout that nobody has built in has them too: what is not in it cannot be linked in by the packaging.
    @Test func thePackagingNamesAVersionOfEverythingThatIsLinkedIn() throws {
        let manifest = try String(contentsOfFile: Self.repository + "/Package.swift", encoding: .utf8)
        let build = try String(contentsOfFile: Self.repository + "/etc/packaging/build", encoding: .utf8)
        let file = try #require(build.firstMatch(of: #/cp (etc/packaging/\S+) Package\.resolved/#)?.1)
        let versions = try String(contentsOfFile: Self.repository + "/\(file)", encoding: .utf8)
        let packages = manifest.matches(of: #/\.package\(\s*url: "([^"]+)"/#).map(\.1)
        #expect(!packages.isEmpty)
        for package in packages {
            #expect(versions.contains("\"\(package.replacing(#/\.git$/#, with: ""))\""), "\(package)")
        }
        let ignored = try String(contentsOfFile: Self.repository + "/.gitignore", encoding: .utf8).split(
            separator: "\n")
        #expect(!ignored.contains { file.hasSuffix($0) }, "\(file) would not be in the checkout")
    }

    @Test func thereAreDropIns() {
        #expect(Self.dropIns.count >= 5)
    }

    @Test(arguments: dropIns)
    func everyDropInIsCleanOnItsOwn(_ name: String) throws {
        let sandbox = try Sandbox()
        let run = try sandbox.run(Sandbox.spillway, ["check", "--strict", try copy("etc/spillway.d/" + name, sandbox)])
        #expect(run.status == 0 && run.output == "", "\(run.output)")
        // On a machine without these logs it is silent.
        let rotation = try sandbox.spillway(["-f"])
        #expect(rotation.status == 0 && rotation.output == "" && rotation.error == "")
    }

    @Test func theDefaultConfigurationReadsBothDirectories() throws {
        let sandbox = try Sandbox()
        let text = try String(contentsOfFile: Self.repository + "/etc/spillway.conf", encoding: .utf8)
        try sandbox.makeDirectory("spillway.d")
        try sandbox.makeDirectory("logrotate.d")
        try sandbox.write(
            "conf",
            text.replacingOccurrences(of: "include /etc/", with: "include \(sandbox.root)/"))
        try sandbox.configure("LOG/a.log {\n rotate 2\n}\n", "spillway.d/own.conf")
        try sandbox.configure("LOG/*.log {\n create\n rotate 9\n}\n", "logrotate.d/package")
        for name in ["a", "b"] { try sandbox.write("log/\(name).log", "x\n") }
        let before = try sandbox.run(Sandbox.spillway, ["check", sandbox.path("conf")])
        #expect(before.status == 0)
        // The drop-in comes first.
        #expect(
            before.output.contains(
                "logrotate.d/package:1:1: warning: \(sandbox.path("log"))/a.log is governed by the stanza at \(sandbox.path("spillway.d"))/own.conf:1:1"
            ))
        let inodes = { try sandbox.shell("stat -c %i log/a.log log/b.log").output.split(separator: "\n") }
        let old = try inodes()
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let new = try inodes()
        #expect(old[0] == new[0], "in place")
        #expect(old[1] != new[1], "created anew")
    }

    /// tapdisk's log: only the process whose log was renamed gets a signal, and it is asked for by its number.
    @Test(.enabled(if: hasProgram("/usr/bin/perl"), "perl is missing: apt-get install perl-base"))
    func eachTapdiskGetsItsOwnSignal() throws {
        let sandbox = try Sandbox()
        _ = try copy("etc/spillway.d/xenserver-blktap.conf", sandbox)
        try sandbox.makeDirectory("log/blktap")
        // Opens with truncation, buffers, and on SIGHUP closes and opens again with truncation.
        let tapdisk = """
            $0 = "tapdisk";
            my $name = "log/blktap/tapdisk.$$.log"; my $reopen = 0; $SIG{HUP} = sub { $reopen = 1 };
            open(my $log, ">", $name); my $n = 0;
            until (-e "stop") {
                if ($reopen) { $reopen = 0; close $log; open($log, ">", $name); print {*STDOUT} "$$\\n" }
                $n++; print $log "record $n\\n"; select(undef, undef, undef, 0.0005);
            }
            close $log;
            """
        try sandbox.write("tapdisk.pl", tapdisk)
        let writers = try (0..<3).map { _ in
            try sandbox.start(
                "/usr/bin/env", ["--default-signal=HUP", "/bin/sh", "-c", "exec perl tapdisk.pl >> signalled"])
        }
        let logs = writers.map { "log/blktap/tapdisk.\($0.processIdentifier).log" }
        try sandbox.wait { logs.allSatisfy(sandbox.exists) }
        for _ in 0..<4 {
            // What is still in its buffer is not in its log.
            try sandbox.wait { (try? sandbox.size(sandbox.path(logs[0]))) ?? 0 > 0 }
            let run = try sandbox.spillway(["-f", "--only", "tapdisk.\(writers[0].processIdentifier).log"])
            #expect(run.status == 0 && run.error == "")
        }
        try sandbox.write("stop", "")
        for writer in writers { writer.waitUntilExit() }
        #expect(Set(try sandbox.read("signalled").split(separator: "\n")) == ["\(writers[0].processIdentifier)"])
        for log in logs {
            let archives = (1...4).reversed().map { "\(log).\($0).gz" }.filter(sandbox.exists)
            #expect(archives.count == (log == logs[0] ? 4 : 0))
            let lines = try (archives + [log]).map(sandbox.content).joined().split(separator: "\n")
            #expect(lines.map(String.init) == (1...max(1, lines.count)).map { "record \($0)" })
        }
    }

    @Test(
        .enabled(if: hasProgram("/usr/bin/mandoc"), "mandoc is missing: apt-get install mandoc"),
        arguments: ["spillway.8", "spillway.conf.5"])
    func manualPagesAreClean(_ page: String) throws {
        let sandbox = try Sandbox()
        let run = try sandbox.run("/usr/bin/mandoc", ["-Tlint", "-Wwarning", "\(Self.repository)/man/\(page)"])
        #expect(run.status == 0 && run.output == "", "\(run.output)")
    }

    @Test func everyOptionAndDirectiveIsInTheManual() throws {
        let sandbox = try Sandbox()
        let manual = try String(contentsOfFile: Self.repository + "/man/spillway.8", encoding: .utf8)
        let commands = [["rotate"], ["check"], ["held"], ["import", "xenserver"]]
        let help = try commands.map { try sandbox.run(Sandbox.spillway, $0 + ["--help"]).output }.joined()
        let options = help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
            line.split { " ,".contains($0) }.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
        }
        #expect(options.count > 20)
        for option in options { #expect(manual.contains("-\(option)"), "--\(option)") }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreGenerated(_ shell: String) throws {
        let sandbox = try Sandbox()
        let run = try sandbox.run(Sandbox.spillway, ["--generate-completion-script", shell])
        #expect(run.status == 0 && run.output.contains("wait-for-state-lock"))
    }

    @Test func theCronLineRunsEveryMinute() throws {
        let text = try String(contentsOfFile: Self.repository + "/etc/cron.d/spillway", encoding: .utf8)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("spillway") }
        #expect(
            lines == [
                "* * * * * root test ! -x /usr/lib/spillway/schedule || /usr/lib/spillway/schedule cron"
            ])
    }
}
