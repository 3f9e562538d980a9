import Foundation
import Glibc
import Testing

/// Who is sent a signal when logs were moved, and who is not.
@Suite(.enabled(if: hasProgram("/usr/bin/perl"), "perl is missing: apt-get install perl-base"))
struct SignalTests {
    /// A process that has logs open, and on SIGHUP says that it was told and opens them anew; it ends with the test, or after
    /// half a minute.
    ///
    /// - Parameter mode: of Perl's open; `>` does not append.
    private func start(_ sandbox: Sandbox, _ name: String, _ logs: [String], mode: String = ">", catches: Bool = true)
        throws -> Process
    {
        let script = """
            use IO::Handle;
            my ($name, @logs) = @ARGV;
            my @files;
            sub opened { @files = map { open(my $file, "\(mode)", "log/$_") or die; $file->autoflush(1); $file } @logs }
            sub tell_it { open(my $file, ">>", $_[0]) or die; print $file "x\n"; close($file) }
            \(catches ? "$SIG{HUP} = sub { tell_it(qq(told.$name)); opened() };" : "")
            opened();
            print $_ "$name\n" for @files;
            tell_it("ready.$name");
            for (1 .. 1500) { last if -e "stop"; select(undef, undef, undef, 0.02) }
            """
        let process = try sandbox.start(
            "/usr/bin/env", ["--default-signal=HUP", "/usr/bin/perl", "-e", script, name] + logs)
        try sandbox.wait { sandbox.exists("ready.\(name)") }
        return process
    }

    private func told(_ sandbox: Sandbox, _ name: String) throws -> Int {
        sandbox.exists("told.\(name)") ? try sandbox.read("told.\(name)").count / 2 : 0
    }

    private func stop(_ sandbox: Sandbox, _ processes: [Process]) throws {
        try sandbox.write("stop", "")
        for process in processes { process.waitUntilExit() }
    }

    @Test func aWriterOfSeveralLogsIsToldOnceWhenAllAreMoved() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log LOG/b.log {\nsignal HUP\n}\nLOG/c.log {\nsignal HUP\n}\n")
        let writer = try start(sandbox, "w", ["a.log", "b.log", "c.log"])
        let other = try start(sandbox, "o", ["d.log"])
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        try sandbox.wait { try told(sandbox, "w") > 0 }
        #expect(run.output.components(separatedBy: "sent to ").count == 4)
        try stop(sandbox, [writer, other])
        #expect(try told(sandbox, "w") == 1 && told(sandbox, "o") == 0)
        for name in ["a", "b", "c"] { #expect(try sandbox.content("log/\(name).log.1.gz") == "w\n") }
        #expect(try sandbox.read("log/d.log") == "o\n")
        // They are moved before anybody is told, also those of another stanza.
        let lines = run.output.split(separator: "\n").map(String.init)
        let lastMove = try #require(lines.lastIndex { $0.contains("  rename ") })
        let firstSignal = try #require(lines.firstIndex { $0.contains("  send SIGHUP ") })
        #expect(lastMove < firstSignal)
    }

    @Test func aNumberInAFileCountsOnlyIfItsProcessWritesToTheLog() throws {
        let sandbox = try Sandbox()
        let writer = try start(sandbox, "w", ["a.log"])
        let other = try start(sandbox, "o", ["b.log"])
        func run(_ number: String) throws -> Finished {
            try sandbox.configure("LOG/a.log {\nsignal HUP pidfile \(sandbox.root)/pid\nsignalwait 1s\n}\n")
            try sandbox.write("pid", number)
            return try sandbox.spillway(["-fv"])
        }
        let wrong = try run("\(other.processIdentifier)\n")
        #expect(wrong.status == 1, "\(wrong)")
        #expect(
            wrong.error.contains(
                "process \(other.processIdentifier) of \(sandbox.path("pid")) does not write to it, and was not sent SIGHUP"
            ))
        #expect(try told(sandbox, "w") == 0 && told(sandbox, "o") == 0)
        // It goes on in the renamed log, which is no archive yet; it was not told, so the next run tells it.
        #expect(try sandbox.names().contains("a.log.1"))
        let right = try run("\(writer.processIdentifier)\n")
        #expect(right.error == "" && right.status == 0, "\(right.error)")
        try sandbox.wait { try told(sandbox, "w") == 1 }
        try stop(sandbox, [writer, other])
        #expect(try told(sandbox, "o") == 0)
        _ = try sandbox.spillway([])
        #expect(try sandbox.names().allSatisfy { $0.hasSuffix(".gz") || $0.hasSuffix(".log") })
    }

    /// Who can write the file says which of the writers is told, or that none is.
    @Test(arguments: [
        "chmod 666 pid", "chown nobody pid", "mv pid real; ln -s real pid; chmod 777 .", "rm pid; mkfifo pid",
    ])
    func aNumberThatOthersCanHaveWrittenIsNotBelieved(_ change: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP pidfile \(sandbox.root)/pid\nsignalwait 1s\n}\n")
        let writer = try start(sandbox, "w", ["a.log"])
        try sandbox.write("pid", "\(writer.processIdentifier)\n")
        try sandbox.shell(change)
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 1 && run.error.contains("a.log.1: its writer is not told: "), "\(change): \(run)")
        #expect(try told(sandbox, "w") == 0, "\(change)")
        try stop(sandbox, [writer])
    }

    /// A daemon's own user may write down the number of a process of his.
    @Test(.enabled(if: hasProgram("/usr/bin/setpriv"), "setpriv is missing: apt-get install util-linux"))
    func aNumberOfTheWritersOwnUserIsBelieved() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\ncreate\nsignal HUP pidfile \(sandbox.root)/pid\nsignalwait 5s\n}\n")
        try sandbox.shell("chmod 755 .; mkdir his; : > log/a.log; chown nobody his log/a.log")
        let script =
            "trap 'exec 3>>log/a.log; : > his/told' HUP; exec 3>>log/a.log; : > his/ready; while :; do sleep 0.1; done"
        let writer = try sandbox.start(
            "/usr/bin/setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/env", "--default-signal=HUP", "/bin/sh",
                "-c", script,
            ])
        defer { kill(writer.processIdentifier, SIGKILL) }
        try sandbox.wait { sandbox.exists("his/ready") }
        try sandbox.append("log/a.log", "x\n")
        try sandbox.write("pid", "\(writer.processIdentifier)\n")
        try sandbox.shell("chown nobody pid")
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.output.contains("sent to sh"), "\(run)")
        try sandbox.wait { sandbox.exists("his/told") }
    }

    @Test func aNameCountsOnlyForWritersOfTheLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP process perl\n}\n")
        let writer = try start(sandbox, "w", ["a.log"])
        let other = try start(sandbox, "o", ["b.log"])
        #expect(try sandbox.spillway(["-f"]).status == 0)
        try sandbox.wait { try told(sandbox, "w") == 1 }
        try stop(sandbox, [writer, other])
        #expect(try told(sandbox, "o") == 0)
    }

    /// Without a handler SIGHUP would end it: its log is cut in place, and it is left in peace.
    @Test func whoDoesNotCatchTheSignalIsNotSentIt() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\n}\nLOG/b.log {\nsignal HUP\ncreate\nsignalwait 1s\n}\n")
        let writers = try ["a", "b"].map { try start(sandbox, $0, ["\($0).log"], catches: false) }
        let run = try sandbox.spillway(["-fv"])
        #expect(run.output.contains("emptied in place"))
        // `create` renames whoever writes: that he goes on there is said, and he lives.
        #expect(run.status == 1)
        #expect(
            run.error.contains("perl (pid \(writers[1].processIdentifier)) does not catch SIGHUP, and was not sent it"))
        #expect(run.error.contains("b.log.1 is still in use"))
        #expect(writers.allSatisfy { $0.isRunning })
        #expect(try sandbox.content("log/a.log.1.gz") == "a\n")
        try stop(sandbox, writers)
        #expect(try sandbox.spillway(["-v"]).status == 0)
        #expect(try sandbox.content("log/b.log.1.gz") == "b\n")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz", "b.log", "b.log.1.gz"])
    }

    @Test func inPlaceItIsNoErrorThatAWriterDoesNotCatchTheSignal() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\n}\n")
        let writer = try start(sandbox, "w", ["a.log"], mode: ">>", catches: false)
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(run.output.contains("does not catch SIGHUP, and was not sent it") && writer.isRunning, "\(run)")
        #expect(try sandbox.content("log/a.log.1.gz") == "w\n")
        try stop(sandbox, [writer])
    }

    @Test func whoAppendsIsToldInPlaceAndNobodyIsNoError() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/*.log {\nsignal HUP\n}\n")
        try sandbox.write("log/b.log", "x\n")
        let writer = try start(sandbox, "w", ["a.log"], mode: ">>")
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0 && run.error == "", "\(run)")
        #expect(
            run.output.contains("emptied in place")
                && run.output.contains("sent to perl (pid \(writer.processIdentifier))")
        )
        #expect(!run.output.contains("writers of \(sandbox.path("log"))/b.log"))
        try sandbox.wait { try told(sandbox, "w") == 1 }
        try stop(sandbox, [writer])
    }
}

extension SignalTests {
    /// A child that was started with the log open writes there, and knows nothing of signals: its parent is told all the same.
    @Test func whoInheritedTheLogIsNoHindrance() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsignal HUP\ncreate\nsignalwait 1s\n}\n")
        let writer = try sandbox.start(
            "/usr/bin/env",
            [
                "--default-signal=HUP", "/bin/sh", "-c",
                """
                trap 'exec 3>log/a.log; echo x >> told.w' HUP; exec 3>log/a.log; echo w >&3; touch ready
                for i in $(seq 150); do [ -e stop ] && break; sleep 0.2; done
                """,
            ])
        try sandbox.wait { sandbox.exists("ready") }
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0, "\(run)")
        #expect(run.output.contains("sent to sh (pid \(writer.processIdentifier))"), "\(run)")
        try stop(sandbox, [writer])
        #expect(try told(sandbox, "w") == 1)
        #expect(try sandbox.spillway([]).status == 0)
        #expect(try sandbox.content("log/a.log.1.gz") == "w\n")
    }
}
