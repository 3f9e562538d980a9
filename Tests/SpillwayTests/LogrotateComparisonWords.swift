import Foundation
import Testing

/// A configuration, and how both programs are called, for what they say. In the texts `LOG` and `BIN` stand for the
/// directories of logs and of mail commands.
struct SpokenCase: Sendable, CustomTestStringConvertible {
    var name: String
    var configuration: String
    /// Shell lines run in the directory of logs before.
    var prepare = ""
    var options: [String]

    var testDescription: String { ([name] + options).joined(separator: " ") }
}

/// What happens is told in logrotate's words: the trace of `-v` and `-d`, and what goes wrong on the way.
@Suite(
    .enabled(if: ComparisonRun.logrotate != nil, "logrotate is not installed: nothing to compare with"),
    .enabled(if: getuid() == 0, "only root can give files to others"))
struct LogrotateComparisonWords {
    /// Many in one test: each takes two processes.
    private static let batchSize = 16
    static let batches = Array(stride(from: 0, to: SpokenCase.all.count, by: batchSize))

    @Test(arguments: batches)
    func areTheSame(_ start: Int) throws {
        for spoken in SpokenCase.all.dropFirst(start).prefix(Self.batchSize) {
            let logrotate = try #require(ComparisonRun.logrotate)
            var said = try (theirs: Told(spoken, logrotate), ours: Told(spoken, Sandbox.spillway))
            // The clock went on in between.
            if said.theirs != said.ours { said = try (Told(spoken, logrotate), Told(spoken, Sandbox.spillway)) }
            // The few lines that differ, not the many that do not.
            let difference = said.ours.lines.difference(from: said.theirs.lines)
            let changes = difference.map { change in
                switch change {
                case .insert(let number, let line, _): "  spillway, line \(number): \(line)"
                case .remove(let number, let line, _): "  logrotate, line \(number): \(line)"
                }
            }
            #expect(difference.isEmpty, "\(spoken.testDescription):\n\(changes.joined(separator: "\n"))")
            #expect(said.ours.status == said.theirs.status, "\(spoken.testDescription)")
            #expect(said.ours.names == said.theirs.names, "\(spoken.testDescription)")
        }
    }

    @Test func noCaseIsTwice() {
        #expect(Set(SpokenCase.all.map(\.testDescription)).count == SpokenCase.all.count)
    }

    /// What a program said, and the names of what it left.
    private struct Told: Equatable {
        var lines: [String]
        var status: Int32
        var names: [String]

        init(_ spoken: SpokenCase, _ program: String) throws {
            let sandbox = try Sandbox()
            func expand(_ text: String) -> String {
                text.replacingOccurrences(of: "LOG", with: sandbox.path("log"))
                    .replacingOccurrences(of: "BIN", with: sandbox.path("bin"))
            }
            for name in ["app", "b"] { try sandbox.write("log/\(name).log", "\(name)\n") }
            try sandbox.makeDirectory("bin")
            try sandbox.write("bin/plain", "no program\n")
            try sandbox.write("bin/failing", "#!/bin/sh\ncat >/dev/null\nexit 3\n")
            try sandbox.shell("chmod 644 log/*; chmod 755 bin/failing; cd log\n" + expand(spoken.prepare))
            try sandbox.write("conf", expand(spoken.configuration))
            let isOurs = program == Sandbox.spillway
            // Called by that name, it is that program.
            if isOurs { try sandbox.shell("ln -s '\(program)' logrotate") }
            let run = try sandbox.run(
                isOurs ? sandbox.path("logrotate") : program,
                ["-s", sandbox.path("state/state")] + (isOurs ? ["--journal", sandbox.path("state/journal")] : [])
                    + spoken.options.map(expand) + [sandbox.path("conf")])
            status = run.status
            names = try sandbox.names()
            lines = Self.lines((run.output + run.error).replacingOccurrences(of: sandbox.root, with: "ROOT"))
        }

        /// Without what is no part of the work: where logrotate keeps its state and whose rights it has, what spillway
        /// adds about bytes and mails, what gzip says when nobody takes what it writes, or does not come to, and the hint or
        /// reason behind its words.
        private static func lines(_ text: String) -> [String] {
            let others = [
                "Allocating hash table", "switching euid", "    ",
                "mailing ", "gzip: stdout: ",
                "error: uncompress command failed mailing ",
            ]
            return text.split(separator: "\n").map(String.init).filter { line in
                !others.contains { line.hasPrefix($0) }
            }.map { line in
                line.replacingOccurrences(
                    of: #" \(([^(]* script for |[^(]* is not (mailed|compressed)).*\)$"#, with: "",
                    options: .regularExpression
                )
            }.filter { !$0.isEmpty }
        }
    }
}
