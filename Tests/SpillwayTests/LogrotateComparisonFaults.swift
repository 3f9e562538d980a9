import Foundation
import Testing

/// A configuration with a mistake in it; `LOG` stands for the directory of logs, in which are `app.log` and `b.log`.
struct FaultyConfiguration: Sendable, CustomTestStringConvertible {
    /// What is compared.
    enum Comparison: Sendable {
        /// What is said, the exit status and the names of what is left.
        case everything
        /// What is said and the exit status: a mistake costs less than with logrotate, which gives the whole file up.
        case words
        /// What spillway says and returns where it means to do otherwise.
        case own(String, status: Int32)
    }

    var text: String
    var comparison = Comparison.everything

    init(_ text: String, _ comparison: Comparison = .everything) {
        self.text = text
        self.comparison = comparison
    }

    var testDescription: String { text.replacingOccurrences(of: "\n", with: "|") }
}

/// Every kind of mistake is told in logrotate's words, with its exit status.
@Suite(
    .enabled(if: ComparisonRun.logrotate != nil, "logrotate is not installed: nothing to compare with"),
    .enabled(if: getuid() == 0, "only root can give files to others"))
struct LogrotateComparisonFaults {
    /// Many in one test: each takes two processes.
    private static let batchSize = 20
    static let batches = Array(stride(from: 0, to: FaultyConfiguration.all.count, by: batchSize))

    @Test(arguments: batches)
    func areToldInTheSameWords(_ start: Int) throws {
        for configuration in FaultyConfiguration.all.dropFirst(start).prefix(Self.batchSize) {
            let theirs = try Told(configuration, try #require(ComparisonRun.logrotate))
            let ours = try Told(configuration, Sandbox.spillway)
            let name = configuration.testDescription
            if case .own(let words, let status) = configuration.comparison {
                #expect(ours.words == words && ours.status == status, "\(name): \(ours)")
                #expect(ours != theirs, "\(name): logrotate does the same now")
                continue
            }
            #expect(ours.words == theirs.words, "\(name)")
            #expect(ours.status == theirs.status, "\(name)")
            if case .everything = configuration.comparison { #expect(ours.names == theirs.names, "\(name)") }
        }
    }

    @Test func thereAreEnough() {
        let compared = FaultyConfiguration.all.filter { if case .own = $0.comparison { false } else { true } }
        #expect(compared.count >= 120)
        #expect(Set(FaultyConfiguration.all.map(\.text)).count == FaultyConfiguration.all.count)
    }

    /// What a program said of a configuration.
    private struct Told: Equatable {
        var words: String
        var status: Int32
        var names: [String]

        init(_ configuration: FaultyConfiguration, _ program: String) throws {
            let sandbox = try Sandbox()
            for name in ["app", "b"] { try sandbox.write("log/\(name).log", "\(name)\n") }
            try sandbox.configure(configuration.text)
            let isOurs = program == Sandbox.spillway
            // Called by that name, it is that program.
            if isOurs { try sandbox.shell("ln -s '\(program)' logrotate") }
            let run = try sandbox.run(
                isOurs ? sandbox.path("logrotate") : program,
                ["-f", "-s", sandbox.path("state/state")]
                    + (isOurs ? ["--journal", sandbox.path("state/journal")] : [])
                    + [sandbox.path("conf")], environment: ["HOME": sandbox.path("log")])
            status = run.status
            names = try sandbox.names()
            let said = (run.output + run.error).replacingOccurrences(of: sandbox.root, with: "ROOT")
            // A hint behind the words, or the reason, is ours.
            words = said.replacingOccurrences(
                of: #" \((did you mean|write: |[^(]* script for )[^)]*\)"#, with: "", options: .regularExpression)
        }
    }
}
