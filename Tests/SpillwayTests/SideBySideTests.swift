import Foundation
import Testing

/// Two real runs at the same time, as where a package's own call and the daily one meet.
@Suite(.enabled(if: getuid() == 0, "only root can make a namespace for what runs remember"))
struct SideBySideTests {
    private static let logCount = 200

    /// A tree of logs that are written, and a stanza for it.
    private func makeTree(_ name: String, _ rules: String, _ sandbox: Sandbox) throws -> LogWriterProcess {
        for number in 1...Self.logCount {
            try sandbox.makeDirectory("log/\(name)")
            try sandbox.write("log/\(name)/\(number).log", "\(name) \(number)\n")
        }
        try sandbox.configure("LOG/\(name)/*.log {\n rotate 9\n copytruncate\n compress\n\(rules)}\n", name)
        return try LogWriterProcess(
            "append", sandbox, log: sandbox.path("log/\(name)/written.log"), id: name, options: ["--rate", "2000"])
    }

    /// Each waits in a script until the other is at work, and the first until the second has ended: if one of them waited for
    /// the other, neither would come to its end.
    @Test func twoStatesUnderLoadLoseNothingAndDoNotWait() throws {
        let sandbox = try Sandbox()
        func waiting(_ script: String, for file: String, then line: String = "true") -> String {
            let path = sandbox.path("log/\(file)")
            return
                " \(script)\n  n=0; while [ ! -e \(path) ]; do n=$((n+1)); [ $n -lt 600 ] || exit 1; sleep 0.05; done\n  \(line)\n endscript\n"
        }
        let slow = " postrotate\n  sleep 0.01\n endscript\n"
        let writers = try [
            makeTree(
                "one",
                " firstaction\n  touch LOG/oneBegan\n endscript\n" + slow + waiting("lastaction", for: "twoEnded"),
                sandbox),
            makeTree("two", waiting("firstaction", for: "oneBegan") + " sharedscripts\n" + slow, sandbox),
        ]
        try sandbox.shell("ln -s '\(Sandbox.spillway)' logrotate")
        // What spillway remembers is in a place of its own: no --journal, which would be one for both.
        let script = """
            mount -t tmpfs none /var/lib
            ./logrotate -f -s state/one one & first=$!
            ./logrotate -f -s state/two two; echo "two $?"; touch log/twoEnded
            wait $first; echo "one $?"
            """
        let run = try sandbox.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
        #expect(run.output == "two 0\none 0\n" && run.error == "", "\(run)")
        for writer in writers { try writer.stop() }
        for (name, writer) in zip(["one", "two"], writers) {
            for number in 1...Self.logCount {
                #expect(try sandbox.content("log/\(name)/\(number).log.1.gz") == "\(name) \(number)\n")
            }
            let history = try LineCount.history(of: "written.log", in: sandbox.path("log/\(name)"))
            #expect(history.count == 2)
            let count = try LineCount(sandbox, history, expecting: [writer.expectation])
            #expect(count["lost"] == 0 && count["doubled"] == 0 && count["broken"] == 0, "\(name): \(count)")
            #expect(try sandbox.read("state/\(name)").split(separator: "\n").count == Self.logCount + 2)
        }
    }

    /// The second of two runs with one state ends at once, with logrotate's words and status, and the first goes on.
    @Test func oneStateIsForOneRun() throws {
        let programs = [Sandbox.spillway] + (ComparisonRun.logrotate.map { [$0] } ?? [])
        let answers = try programs.map { program in
            let sandbox = try Sandbox()
            try sandbox.shell("ln -s '\(program)' logrotate")
            try sandbox.configure(
                "LOG/a.log {\n rotate 1\n prerotate\n  touch LOG/began\n  while [ ! -e LOG/end ]; do sleep 0.05; done\n endscript\n}\n"
            )
            try sandbox.write("log/a.log", "one\n")
            let script = """
                mount -t tmpfs none /var/lib
                ./logrotate -f -s state/state conf & first=$!
                while [ ! -e log/began ]; do sleep 0.05; done
                ./logrotate -f -s state/state conf 2>&1; echo "second $?"
                touch log/end; wait $first; echo "first $?"; ls log
                """
            return try sandbox.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script]).output
        }
        #expect(answers[0].hasPrefix("error: state file state/state is already locked\n"), "\(answers[0])")
        #expect(answers[0].hasSuffix("second 3\nfirst 0\na.log.1\nbegan\nend\n"), "\(answers[0])")
        #expect(answers.allSatisfy { $0 == answers[0] }, "\(answers)")
    }
}
