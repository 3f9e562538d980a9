import Foundation
import Testing

/// Configurations that nobody thought of: hundreds of generated stanzas, many in one run of each program.
@Suite(
    .enabled(if: ComparisonRun.logrotate != nil, "logrotate is not installed: nothing to compare with"),
    .enabled(if: getuid() == 0, "only root can give files to others"))
struct LogrotateComparisonGenerated {
    private static let batchSize = 40
    static let batches = Array(0..<16)

    @Test(arguments: batches)
    func leavesTheSame(_ batch: Int) throws {
        let kind = GeneratedStanza.Kind(isForced: batch.isMultiple(of: 2), isDated: batch % 4 > 1)
        let stanzas = (0..<Self.batchSize).map { GeneratedStanza(batch * Self.batchSize + $0, kind) }
        let comparison = ComparisonCase(
            "generated \(batch)", stanzas.map(\.text).joined(separator: "\n"), stanzas.flatMap(\.files),
            prepare: stanzas.map(\.prepare).joined(),
            lastRotated: stanzas.reduce(into: [:]) { $0.merge($1.lastRotated) { first, _ in first } },
            runs: kind.isDated ? 1 : 2,
            between: stanzas.flatMap(\.logs).map { "echo more >>\($0)\n" }.joined(), clock: .hour)
        let mode = kind.isForced ? ComparisonCase.Mode.forced : .byDate
        let result = try ComparisonRun.compare(comparison, mode)
        guard !result.differences.isEmpty else { return }
        let concerned = stanzas.filter { stanza in
            result.differences.contains { $0.contains("\(stanza.name)/") }
        }
        func said(_ outcomes: [ComparisonTree.Outcome]) -> String { outcomes.map(\.finished.error).joined() }
        let report = """
            \(mode):
            \(result.differences.joined(separator: "\n"))
            \(concerned.map(\.text).joined())
            logrotate said: \(said(result.logrotate))
            spillway said: \(said(result.spillway))
            """
        Issue.record(Comment(rawValue: report))
    }
}
