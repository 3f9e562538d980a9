import Foundation
import Testing

/// `spillway import xenserver` on fake hosts.
struct ImportTests {
    private static let main = """
        # see "man logrotate" for details
        missingok
        rotate 9999

        create
        sharedscripts
        include /etc/logrotate.d

        # no packages own wtmp
        /var/log/wtmp {
            monthly
            minsize 1M
            create 0664 root utmp
            rotate 1
        }
        /var/log/btmp {
            missingok
            monthly
            create 0600 root utmp
            rotate 1
            postrotate
                echo } # no end
            endscript
        }
        """

    private func host(_ main: String?, _ overrides: String?) throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("root/etc/sysconfig")
        if let main { try sandbox.write("root/etc/logrotate-xenserver.conf", main) }
        if let overrides { try sandbox.write("root/etc/sysconfig/logrotate", overrides) }
        return sandbox
    }

    private func run(_ sandbox: Sandbox) throws -> Finished {
        try sandbox.run(Sandbox.spillway, ["import", "xenserver", "--root", sandbox.path("root")])
    }

    /// What is printed has no errors, with a directory of packages' stanzas that is empty.
    private func check(_ output: String, _ sandbox: Sandbox) throws {
        for name in ["logrotate.d", "spillway.d"] { try sandbox.makeDirectory(name) }
        try sandbox.write("conf", output.replacingOccurrences(of: "include /etc/", with: "include \(sandbox.root)/"))
        let run = try sandbox.run(Sandbox.spillway, ["check", sandbox.path("conf")])
        #expect(run.status == 0 && !run.output.contains(": error:"), "\(run.output)")
        // A line that says nothing of itself is not read either.
        try sandbox.write("bad", output + "\nnonsense\n")
        #expect(try sandbox.run(Sandbox.spillway, ["check", sandbox.path("bad")]).status == 1)
    }

    @Test func theOldNumbersWithoutOverrides() throws {
        let sandbox = try host(Self.main, nil)
        let run = try run(sandbox)
        #expect(run.status == 0 && run.error == "")
        for line in [
            "    # BUDGET_MB=500 is the script's own; /etc/sysconfig/logrotate does not set it\n    budget 500M\n",
            "    live 36M 12M\n", "    evict oldest\n", "\nsize 36M\n", "\ncompresslevel 6\n", "\nminkeep 0\n",
            "# /etc/logrotate-xenserver.conf:2\nmissingok\n# /etc/logrotate-xenserver.conf:3\nrotate 9999\n",
            "# /etc/logrotate-xenserver.conf:7\ninclude /etc/logrotate.d\n",
            "# /etc/logrotate-xenserver.conf:10-15\n/var/log/wtmp {\n    monthly\n    minsize 1M\n",
            "# /etc/logrotate-xenserver.conf:16-24\n/var/log/btmp {\n",
            "        echo } # no end\n    endscript\n}\n",
        ] { #expect(run.output.contains(line), "\(line)\n--\n\(run.output)") }
        #expect(!run.output.contains("spillway.d"))
        try check(run.output, sandbox)
    }

    @Test func theOverridesCountAsAShellWouldReadThem() throws {
        let sandbox = try host(
            Self.main,
            """
            # BUDGET_MB=1
            BUDGET_MB=100
              export LIVE_TOTAL_MB_TRIGGER="72"   # more
            LIVE_TOTAL_MB_TARGET='2'4;
            OTHER=$(uname)
            BUDGET_MB=800
            """)
        try sandbox.makeDirectory("root/etc/spillway.d")
        let run = try run(sandbox)
        #expect(run.status == 0 && run.error == "")
        for line in [
            "    # /etc/sysconfig/logrotate:6: BUDGET_MB=800\n    budget 800M\n",
            "    # /etc/sysconfig/logrotate:3: LIVE_TOTAL_MB_TRIGGER=72\n    # /etc/sysconfig/logrotate:4: LIVE_TOTAL_MB_TARGET=24\n    live 72M 24M\n",
            "\nsize 72M\n", "\ninclude /etc/spillway.d\n",
        ] { #expect(run.output.contains(line), "\(line)\n--\n\(run.output)") }
        try check(run.output, sandbox)
    }

    @Test(arguments: [
        "$(touch TOUCHED)", "`touch TOUCHED`", "\"$HOME\"", "12M", "-1", "", "'7", "7 touch TOUCHED", "1e3",
    ])
    func whatIsNoNumberIsSaidAndNotExecuted(_ value: String) throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("root/etc/sysconfig")
        try sandbox.write(
            "root/etc/sysconfig/logrotate",
            "BUDGET_MB=\(value.replacingOccurrences(of: "TOUCHED", with: sandbox.path("touched")))\n")
        let run = try run(sandbox)
        #expect(run.status == 1)
        #expect(
            run.error
                == "spillway: /etc/sysconfig/logrotate:1: the value of BUDGET_MB is no number of megabytes; 500 is used, the script's own\n"
        )
        #expect(run.output.contains("    budget 500M\n"))
        #expect(!sandbox.exists("touched"))
        try check(run.output, sandbox)
    }

    @Test func aTargetAboveTheTriggerIsSaid() throws {
        let sandbox = try host(nil, "LIVE_TOTAL_MB_TARGET=40\n")
        let run = try run(sandbox)
        #expect(run.status == 1 && run.error.contains("LIVE_TOTAL_MB_TARGET (40) is not below"))
        // Without the file there is what its package ships.
        #expect(run.output.contains("# /etc/logrotate-xenserver.conf is not there; its package has:\nrotate 9999\n"))
        #expect(run.output.contains("/var/log/btmp {\n"))
        try check(run.output, sandbox)
    }

    @Test func whatSpillwayWouldNotUseIsSaid() throws {
        let sandbox = try host(Self.main.replacingOccurrences(of: "minsize 1M", with: "minsize 1M\n    bogus"), nil)
        let run = try run(sandbox)
        #expect(run.status == 1 && run.error.contains("/etc/logrotate-xenserver.conf:13:"), "\(run.error)")
        #expect(run.error.contains("bogus") && run.error.contains("until it is mended"))
        let missing = try sandbox.run(Sandbox.spillway, ["import", "xenserver", "--root", sandbox.path("nosuch")])
        #expect(missing.status == 1 && missing.output == "" && missing.error.contains("there is no such directory"))
    }

    @Test func aHostThatIsNoneIsToldSo() throws {
        let sandbox = try host(nil, nil)
        let run = try run(sandbox)
        #expect(run.status == 1 && run.output == "")
        #expect(
            run.error.hasPrefix(
                "spillway: this is no XenServer host: neither \(sandbox.path("root/etc/logrotate-xenserver.conf")) nor "
            ),
            "\(run.error)")
    }

    @Test func whatCannotBeReadIsAnError() throws {
        let sandbox = try Sandbox()
        try sandbox.makeDirectory("root/etc/sysconfig/logrotate")
        let run = try run(sandbox)
        #expect(run.status == 1 && run.error.contains("root/etc/sysconfig/logrotate: Is a directory"))
        #expect(run.output.contains("    budget 500M\n"))
    }
}
