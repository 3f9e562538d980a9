import Foundation
import Testing

/// Called as `logrotate`, by a link, it is that program for whoever calls it.
struct LogrotateNameTests {
    private func sandbox(_ configuration: String = "LOG/a.log {\n rotate 1\n}\n") throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.shell("ln -s '\(Sandbox.spillway)' logrotate")
        try sandbox.configure(configuration)
        try sandbox.write("log/a.log", "x\n")
        return sandbox
    }

    /// Runs the link in the sandbox's directory; `STATE` stands for the state file.
    private func call(_ sandbox: Sandbox, _ arguments: [String]) throws -> Finished {
        let state = sandbox.path("state/state")
        return try sandbox.run(
            sandbox.path("logrotate"),
            ["--journal", sandbox.path("state/journal")]
                + arguments.map { $0.replacingOccurrences(of: "STATE", with: state) })
    }

    @Test(arguments: [
        ["conf", "-fv", "-s", "STATE"], ["-fvsSTATE", "conf"], ["conf", "-fvs", "STATE"], ["-vs=STATE", "conf", "-f"],
        ["-f", "-v", "--state", "STATE", "--", "conf"], ["--force", "conf", "--verbose", "--state=STATE"],
        ["-m/bin/true", "-fv", "-s", "STATE", "--skip-state-lock", "conf"],
        ["--wait-for-state-lock", "-fv", "-s", "STATE", "conf"], ["-fvf", "-s", "/dev/null", "-s", "STATE", "conf"],
    ])
    func optionsStandTogetherAndAnywhere(_ arguments: [String]) throws {
        let sandbox = try sandbox()
        let run = try call(sandbox, arguments)
        #expect(run.status == 0 && run.error.contains("rotating pattern: "), "\(run)")
        #expect(try sandbox.names() == ["a.log.1"])
        #expect(try sandbox.read("state/state").contains("a.log"))
    }

    @Test(arguments: [
        ["-x", "conf"], ["--foo", "conf"], ["-s"], ["--state"], ["--force=3", "conf"], ["-fvx", "conf"], ["-vm"],
        ["--for", "conf"],
    ])
    func whatIsNotUnderstoodIsRefused(_ arguments: [String]) throws {
        let sandbox = try sandbox()
        let run = try call(sandbox, arguments)
        let bad = arguments.first { $0.hasPrefix("-") } ?? ""
        #expect(run.status == 2 && run.error == "logrotate: bad argument \(bad): unknown error\n", "\(run)")
        #expect(try sandbox.names() == ["a.log"])
    }

    @Test func helpUsageAndVersion() throws {
        let sandbox = try sandbox()
        for option in ["--help", "-?", "--usage"] {
            let run = try call(sandbox, [option])
            #expect(run.status == 0 && run.output.hasPrefix("Usage: logrotate ") && run.error == "", "\(option)")
        }
        let version = try call(sandbox, ["--version"])
        #expect(version.status == 0 && version.output.hasPrefix("logrotate 3.21.0 (spillway "))
        let none = try call(sandbox, [])
        #expect(none.status == 1 && none.output == "" && none.error.contains("Usage: logrotate [-dfv?]"))
        let both = try call(sandbox, ["--skip-state-lock", "--wait-for-state-lock", "conf"])
        #expect(both.status == 1 && both.error.hasSuffix("are mutually exclusive\n"))
        #expect(try sandbox.names() == ["a.log"])
    }

    @Test func theLogHasWhatVerboseWouldTell() throws {
        let sandbox = try sandbox()
        let run = try call(sandbox, ["-f", "-l", "said", "-s", "STATE", "conf"])
        #expect(run.status == 0 && run.output == "" && run.error == "", "\(run)")
        let said = try sandbox.read("said")
        for text in ["reading config file conf\n", "Handling 1 logs\n", "  log needs rotating\n"] {
            #expect(said.contains(text), "\(said)")
        }
        let system = try call(sandbox, ["-f", "-l", "syslog", "-s", "STATE", "conf"])
        #expect(system.output == "" && !sandbox.exists("syslog"))
    }

    @Test func aDryRunTellsWhatLogrotateTells() throws {
        let sandbox = try sandbox("weekly\nLOG/a.log {\n daily\n rotate 3\n create 0640 daemon adm\n compress\n}\n")
        let run = try call(sandbox, ["-df", "-s", "STATE", "conf"])
        let log = sandbox.path("log/a.log")
        #expect(run.status == 0)
        for text in [
            "warning: logrotate in debug mode does nothing except printing debug messages!", "reading config file ",
            "note: 'daily' overrides previously specified 'weekly'", "Creating new state\n  Now: 20",
            "rotating log \(log), log->rotateCount is 3\n",
            "renaming \(log).3.gz to \(log).4.gz (rotatecount 3, logstart 1, i 3), \n",
            "renaming \(log).1.gz to \(log).2.gz (rotatecount 3, logstart 1, i 1), \n",
            "renaming \(log) to \(log).1\ncreating new \(log) mode = 0640 uid = 1 gid = 4\ncompressing log with: /bin/gzip\n",
        ] {
            #expect(run.error.contains(text), "\(text): \(run.error)")
        }
        #expect(try sandbox.names() == ["a.log"])
    }

    /// What it opens would get the numbers of the streams, and what it says be written there.
    @Test func closedStreamsAreNoPlaceForWords() throws {
        let sandbox = try sandbox(
            "LOG/a.log {\n rotate 2\n copytruncate\n compress\n postrotate\n echo script; echo script >&2\n endscript\n}\n"
        )
        try sandbox.shell("./logrotate --journal state/journal -fv -s state/state conf <&- >&- 2>&-")
        #expect(try sandbox.content("log/a.log.1.gz") == "x\n")
        let strays = try sandbox.run(
            "/bin/grep", ["-rlE", "rotating|script", sandbox.path("state"), sandbox.path("log")])
        #expect(strays.output == "")
    }

    /// As its caller calls them: whoever greps knows no other names.
    @Test func filesAreCalledAsTheCallerCallsThem() throws {
        let sandbox = try sandbox("LOG/a.log {\n rotate x\n}\n")
        var programs = [sandbox.path("logrotate")]
        if let logrotate = ComparisonRun.logrotate { programs.append(logrotate) }
        for program in programs {
            let isOurs = program == programs[0]
            try sandbox.write("state/state", "logrotate state -- version 2\nnonsense\n", mode: 0o600)
            let run = try sandbox.run(
                program, (isOurs ? ["--journal", sandbox.path("state/journal")] : []) + ["-s", "state/state", "conf"])
            let state = "error: bad line 2 in state file state/state\n"
            #expect(
                run.error.hasPrefix("error: conf:2 bad rotation count 'x'\n") && run.error.hasSuffix(state), "\(run)")
        }
    }

    @Test func aLogThatCannotBeOpenedIsSaidAndNothingElse() throws {
        let sandbox = try sandbox()
        let ours = try call(sandbox, ["-f", "-s", "STATE", "-l", "none/x", "conf"])
        #expect(ours.status == 0 && ours.error == "error: error opening log file none/x: No such file or directory\n")
        #expect(try sandbox.names() == ["a.log.1"])
        guard let logrotate = ComparisonRun.logrotate else { return }
        try sandbox.write("log/a.log", "x\n")
        let theirs = try sandbox.run(
            logrotate, ["-f", "-s", sandbox.path("state/theirs"), "-l", "none/x", "conf"])
        #expect(theirs.status == ours.status && theirs.error.hasPrefix(ours.error))
    }

    @Test(arguments: [[], ["--skip-state-lock"]])
    func aStateMayBeALink(_ options: [String]) throws {
        let sandbox = try sandbox()
        try sandbox.write("state/real", "logrotate state -- version 2\n", mode: 0o600)
        try sandbox.shell("ln -s real state/state")
        let run = try call(sandbox, ["-f", "-s", "STATE"] + options + ["conf"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(try sandbox.read("state/real").contains("a.log"))
        #expect(try sandbox.shell("readlink state/state").output == "real\n")
    }

    @Test(arguments: [
        ("nonsense", "bad line 2"), ("\"LOG\" 1800-1-1-1:1:1", "bad year 1800 for file LOG"),
        ("\"LOG\" 2026-13-1-1:1:1", "bad month 13 for file LOG"), ("\"LOG\" 2026-1-32", "bad day 32 for file LOG"),
        ("\"LOG\" 2026-1-1-25:1:1", "bad hour 25 for file LOG"),
        ("\"LOG\" 2026-1-1-1:61:1", "bad minute 61 for file LOG"),
        ("\"LOG\" 2026-1-1-1:1:99", "bad second 99 for file LOG"), ("\"LOG 2026-1-1", "bad line 2"),
        ("\"LOG\"", "bad line 2"),
        ("\"LOG\" 2026-1-1-1:1:1 more", "bad line 2"), ("\"LOG\" x", "bad line 2"),
    ])
    func aBadStateIsToldInItsWords(_ line: String, _ expected: String) throws {
        let sandbox = try sandbox("LOG/a.log {\n daily\n}\n")
        func expand(_ text: String) -> String { text.replacingOccurrences(of: "LOG", with: sandbox.path("log/a.log")) }
        let state = "logrotate state -- version 2\n\(expand(line))\n"
        func run(_ program: String, _ options: [String]) throws -> Finished {
            try sandbox.write("state/state", state, mode: 0o600)
            return try sandbox.run(program, ["-s", sandbox.path("state/state")] + options + [sandbox.path("conf")])
        }
        let ours = try run(sandbox.path("logrotate"), ["--journal", sandbox.path("state/journal")])
        #expect(ours.status == 1)
        #expect(ours.error == "error: \(expand(expected)) in state file \(sandbox.path("state/state"))\n")
        guard let logrotate = ComparisonRun.logrotate else { return }
        let theirs = try run(logrotate, [])
        #expect(theirs.error == ours.error && theirs.status == ours.status)
    }

    @Test(arguments: [
        ("mkdir state/x", "state/x", "error opening state file state/x: Is a directory"),
        ("true", "none/x", "error creating stub state file none/x: No such file or directory"),
    ])
    func aStateThatCannotBeUsedIsToldInItsWords(_ prepare: String, _ state: String, _ expected: String) throws {
        let sandbox = try sandbox()
        try sandbox.shell(prepare)
        let ours = try call(sandbox, ["-f", "-s", state, "conf"])
        #expect(ours.status == 3 && ours.error == "error: \(expected)\n", "\(ours)")
        #expect(try sandbox.names() == ["a.log"])
        guard let logrotate = ComparisonRun.logrotate else { return }
        let theirs = try sandbox.run(logrotate, ["-f", "-s", state, "conf"])
        #expect(theirs.status == ours.status && theirs.error == ours.error)
    }

    /// logrotate says so and returns 0, which would be a rotation that nobody misses.
    @Test(arguments: [
        (
            "chmod 664 conf",
            "warning: Potentially dangerous mode on CONF: 0664\nerror: Ignoring CONF because it is writable by group or others.\n"
        ),
        ("rm conf; mkfifo conf", "error: Ignoring CONF because it's not a regular file.\n"),
        ("rm conf", "error: cannot stat CONF: No such file or directory\n"),
    ])
    func aConfigurationThatIsNotReadIsToldInItsWords(_ prepare: String, _ expected: String) throws {
        let sandbox = try sandbox()
        try sandbox.shell(prepare)
        let run = try call(sandbox, ["-f", "-s", "STATE", sandbox.path("conf")])
        #expect(run.error == expected.replacingOccurrences(of: "CONF", with: sandbox.path("conf")))
        #expect(run.status == 1)
        #expect(try sandbox.names() == ["a.log"])
    }

    @Test func aFailureHasItsReasonBehindTheWords() throws {
        let sandbox = try sandbox("LOG/a.log {\n rotate 1\n postrotate\n  exit 3\n endscript\n}\n")
        let run = try call(sandbox, ["-f", "-s", "STATE", "conf"])
        let log = sandbox.path("log/a.log")
        #expect(run.status == 1)
        #expect(
            run.error
                == "error: error running non-shared postrotate script for \(log) of '\(log) ' (conf:3:2: the postrotate script for \(log) ended with status 3)\n"
        )
        try sandbox.configure("LOG/a.log {\n rotate 1\n compress\n compresscmd /bin/false\n}\n")
        try sandbox.write("log/a.log", "x\n")
        let compressing = try call(sandbox, ["-f", "-s", "STATE", "conf"])
        #expect(compressing.error.hasPrefix("error: failed to compress log \(log).1 ("), "\(compressing)")
        #expect(compressing.error.hasSuffix("/bin/false ended with status 1)\n"))
    }

    @Test func anUnchangedErrorIsToldEveryTime() throws {
        let sandbox = try sandbox("LOG/none.log {\n}\n")
        let said = "error: stat of \(sandbox.path("log/none.log")) failed: No such file or directory\n"
        for _ in 0..<2 {
            let run = try call(sandbox, ["-s", "STATE", "conf"])
            #expect(run.status == 1 && run.error == said)
        }
    }

    @Test func aBusyStateIsSaidInItsWords() throws {
        let sandbox = try sandbox()
        try sandbox.write("state/state", "logrotate state -- version 2\n", mode: 0o600)
        let run = try sandbox.shell(
            "flock state/state sh -c './logrotate --journal state/journal -s state/state conf || echo status $?' 2>&1")
        #expect(run.output.contains("error: state file state/state is already locked\n"), "\(run)")
        #expect(run.output.hasSuffix("on the same set of logfiles.\nstatus 3\n"))
    }

    /// Anybody can hold the lock on what everybody can read, and for ever.
    @Test func aLockThatAnybodyCanTakeIsNotWaitedFor() throws {
        let sandbox = try sandbox()
        try sandbox.write("state/state", "logrotate state -- version 2\n", mode: 0o644)
        let run = try sandbox.shell(
            "flock state/state ./logrotate --journal state/journal -f -s state/state conf 2>&1")
        #expect(run.output.hasPrefix("warning: state file state/state is world-readable"), "\(run)")
        #expect(try sandbox.names() == ["a.log.1"])
        #expect(try sandbox.shell("stat -c %a state/state").output == "640\n")
    }

    @Test(.enabled(if: getuid() == 0, "only root can give files to others"))
    func theStateKeepsModeOwnerAndList() throws {
        let sandbox = try sandbox()
        try sandbox.write("state/state", "logrotate state -- version 2\n", mode: 0o660)
        try sandbox.shell("chgrp adm state/state; setfacl -m u:daemon:r state/state")
        let before = try sandbox.shell("getfacl -p state/state").output
        #expect(try call(sandbox, ["-f", "-s", "STATE", "conf"]).status == 0)
        #expect(try sandbox.read("state/state").contains("a.log"))
        #expect(try sandbox.shell("getfacl -p state/state").output == before)
    }
}
