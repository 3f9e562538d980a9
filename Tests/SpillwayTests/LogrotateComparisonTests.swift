import Foundation
import Testing

/// Debian's logrotate and `spillway --logrotate` on copies of the same tree leave the same files behind: names,
/// contents, modes, owners, access control lists, times, what scripts and mail commands were called with, the state and
/// whether the exit status is 0.
@Suite(
    .enabled(if: ComparisonRun.logrotate != nil, "logrotate is not installed: nothing to compare with"),
    .enabled(if: getuid() == 0, "only root can give files to others"))
struct LogrotateComparison {
    @Test(arguments: ComparisonCase.all.filter { $0.modes.contains(.forced) })
    func leavesTheSameForced(_ comparison: ComparisonCase) throws {
        try expectSame(comparison, .forced)
    }

    @Test(arguments: ComparisonCase.all.filter { $0.modes.contains(.byDate) })
    func leavesTheSameByDate(_ comparison: ComparisonCase) throws {
        try expectSame(comparison, .byDate)
    }

    @Test(arguments: DeliberateDifference.all)
    func differsOnPurpose(_ difference: DeliberateDifference) throws {
        for mode in difference.comparison.modes {
            let result = try ComparisonRun.compare(difference.comparison, mode)
            let name = "\(difference.comparison.name), \(mode)"
            #expect(!result.differences.isEmpty, "\(name): logrotate does the same now")
            guard let last = result.spillway.last else { continue }
            let expected = Dictionary(
                uniqueKeysWithValues: difference.spillway.map { (result.tree.expand($0.key), $0.value) })
            #expect(last.contents == expected, "\(name): \(difference.reason)")
            #expect((last.finished.status == 0) == difference.succeeds, "\(name): \(last.finished.error)")
            if let trace = difference.trace {
                #expect(last.trace == result.tree.expand(trace), "\(name): \(difference.reason)")
            }
            if let state = difference.state {
                let dates = Dictionary(uniqueKeysWithValues: state.map { ("\"ROOT/log/\($0)\"", result.tree.hour($1)) })
                #expect(last.state == dates, "\(name): \(difference.reason)")
            }
        }
    }

    @Test func everyCaseHasANameOfItsOwn() {
        let names = ComparisonCase.all.map(\.name) + DeliberateDifference.all.map(\.comparison.name)
        #expect(Set(names).count == names.count)
        #expect(ComparisonCase.namesOfKnownFailures.subtracting(names) == [])
    }

    private func expectSame(_ comparison: ComparisonCase, _ mode: ComparisonCase.Mode) throws {
        guard let reason = comparison.knownFailure else { return try compare(comparison, mode) }
        withKnownIssue(Comment(rawValue: reason)) { try compare(comparison, mode) }
    }

    private func compare(_ comparison: ComparisonCase, _ mode: ComparisonCase.Mode) throws {
        let result = try ComparisonRun.compare(comparison, mode)
        guard !result.differences.isEmpty else { return }
        func said(_ outcomes: [ComparisonTree.Outcome]) -> String {
            outcomes.map(\.finished).map { "(\($0.status)) \($0.output)\($0.error)" }.joined(separator: "\n")
        }
        let report = """
            \(comparison.name), \(mode):
            \(result.differences.joined(separator: "\n"))
            logrotate said: \(said(result.logrotate))
            spillway said: \(said(result.spillway))
            """
        Issue.record(Comment(rawValue: report))
    }
}
