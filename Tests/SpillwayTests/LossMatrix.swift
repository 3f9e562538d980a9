import Foundation
import Testing

/// The whole matrix of losses, by hand: `Tests/Loss/run`, which says what to choose from and where the table goes.
struct LossMatrix {
    private static let table = ProcessInfo.processInfo.environment["SPILLWAY_LOSS_TABLE"]

    @Test(.enabled(if: table != nil, "run by hand: Tests/Loss/run"))
    func everyLineIsThereOnceEverywhere() throws {
        let path = try #require(Self.table)
        var rows: [LossRow] = []
        print(LossRow.head)
        for lossCase in LossChoice().cases() {
            if let missing = lossCase.fileSystem.missing {
                Issue.record("\(lossCase.testDescription) did not run: missing here: \(missing)")
                continue
            }
            let row: LossRow
            do {
                row = LossRow(lossCase: lossCase, result: try lossCase.run())
            } catch {
                // The other rows are of interest all the same.
                Issue.record("\(lossCase.testDescription): \(error)")
                continue
            }
            rows.append(row)
            print(row.text)
            fflush(nil)
            if lossCase.rotator == .spillway { #expect(row.problems == [], "\(lossCase.testDescription)") }
        }
        #expect(!rows.isEmpty, "nothing was chosen")
        let text = ([LossRow.head] + rows.map(\.text)).joined(separator: "\n") + "\n\n" + LossSummary(rows).text
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}

/// Which rows are wanted: of the environment, words with blanks between them; everything without.
private struct LossChoice {
    private func words(_ name: String) -> [String] {
        (ProcessInfo.processInfo.environment["SPILLWAY_LOSS_\(name)"] ?? "").split(separator: " ").map(String.init)
    }

    private func wants(_ name: String, _ value: String) -> Bool {
        let words = words(name)
        return words.isEmpty || words.contains(value)
    }

    private static let inPlace = [
        "append", "offset", "offsetend", "start", "tapdisk", "reopen", "ignore", "die", "pwrite", "osync", "buffered",
        "writev", "rsyslogd",
    ]
    private static let renamed = [
        ("reopen", 0), ("tapdisk", 0), ("tapdisk", 200), ("tapdisk", 2500), ("ignore", 0), ("die", 0), ("rsyslogd", 0),
    ]

    /// Every case that was chosen, Debian's logrotate beside spillway.
    func cases() -> [LossCase] {
        let rotations = words("ROUNDS").first.flatMap(Int.init) ?? 20
        var cases: [LossCase] = []
        for fileSystem in FileSystem.allCases where wants("FS", fileSystem.rawValue) {
            for rate in [100_000, 0] where wants("RATE", "\(rate)") {
                cases += row(fileSystem, rate).map { lossCase in
                    var lossCase = lossCase
                    lossCase.rotations = min(lossCase.rotations, rotations)
                    if lossCase.rotations == 20 { lossCase.rotations = rotations }
                    return lossCase
                }
            }
        }
        return cases.filter {
            wants("WRITER", $0.writer) && wants("TECHNIQUE", $0.technique.word) && wants("ROTATOR", $0.rotator.rawValue)
        }
    }

    private func row(_ fileSystem: FileSystem, _ rate: Int) -> [LossCase] {
        var cases: [LossCase] = []
        func add(_ writer: String, _ technique: LossCase.Technique, _ change: (inout LossCase) -> Void = { _ in }) {
            var lossCase = LossCase(writer: writer, technique: technique, fileSystem: fileSystem, rate: rate)
            lossCase.ceilingMegabytes = 24
            if technique == .copytruncate { lossCase.rotator = .logrotate }
            change(&lossCase)
            cases.append(lossCase)
        }
        for writer in Self.inPlace {
            // A layer takes no ranges out; where it has no holes either, nobody may insist on them.
            for technique in [LossCase.Technique.inPlace, .collapse, .punch]
            where technique == .inPlace || !fileSystem.isLayer || technique == .punch && fileSystem.hasHoles {
                add(writer, technique)
            }
            add(writer, .copytruncate) {
                // What such a writer leaves is a file of NULs that grows with each of its writes.
                if !["append", "buffered", "writev", "osync", "rsyslogd"].contains(writer), rate == 0 {
                    $0.rotations = 5
                }
            }
        }
        // Who follows a log on inline_data makes Linux lose its lines, without any rotator.
        if rate > 0, fileSystem != .inlineData {
            for writer in ["append", "offset"] {
                add(writer, .inPlace) { $0.hasReaders = true }
                add(writer, .collapse) { $0.hasReaders = true }
                add(writer, .copytruncate) { $0.hasReaders = true }
            }
        }
        for (writer, late) in Self.renamed {
            // Without a limit it has written more than there is room for before it answers.
            if rate == 0, late > 0 || ["ignore", "die"].contains(writer) { continue }
            add(writer, .signal) {
                $0.lateMilliseconds = late
                // Each of them waits until the signal's time is over.
                if $0.mayStayUnreleased { $0.rotations = 5 }
            }
        }
        for writer in ["reopen", "tapdisk", "rsyslogd"] {
            add(writer, .postrotate)
            add(writer, .postrotate) { $0.rotator = .logrotate }
        }
        return cases
    }
}

extension LossCase.Technique {
    /// The one word it is chosen by.
    fileprivate var word: String {
        switch self {
        case .inPlace: "auto"
        case .collapse: "collapse"
        case .punch: "punch"
        case .signal: "signal"
        case .postrotate: "postrotate"
        case .copytruncate: "copytruncate"
        }
    }
}

/// A case and what became of it.
private struct LossRow {
    var lossCase: LossCase
    var result: LossResult

    var problems: [String] { result.problems(of: lossCase) }

    static let head = """
        | file system | writer | lines/s | rotated by | rotations | lines | lost | said | doubled | broken | NULs | tail -F | follow | |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        """

    var text: String {
        let count = result.history
        let late = lossCase.lateMilliseconds > 0 ? ", \(lossCase.lateMilliseconds) ms late" : ""
        let cells = [
            lossCase.fileSystem.rawValue, lossCase.writer + late,
            lossCase.rate == 0 ? "unthrottled" : "\(lossCase.rate)",
            "\(lossCase.rotator.rawValue): \(lossCase.technique.rawValue)", "\(lossCase.rotations)",
            "\(count["lines"])",
            "\(count["lost"])", said, "\(count["doubled"])", "\(count["broken"])", "\(count["nuls"])",
            reader("tail -F"), reader("follow"),
            lossCase.rotator == .logrotate || problems.isEmpty
                ? "" : problems.map { $0.prefix(80) }.joined(separator: "; "),
        ]
        return "| " + cells.map { $0.replacingOccurrences(of: "\n", with: " ") }.joined(separator: " | ") + " |"
    }

    /// How many bytes are lost, and how many spillway said that are, where it has to truncate.
    private var said: String {
        guard lossCase.isTruncated, lossCase.rotator == .spillway else { return "" }
        return "\(result.history["lostBytes"]) of at most \(result.statedBytes) bytes"
    }

    /// What a reader missed and repeated.
    private func reader(_ name: String) -> String {
        guard let count = result.readers[name] else { return "" }
        return "-\(count["lost"]) +\(count["doubled"])" + (count["nuls"] > 0 ? ", \(count["nuls"]) NULs" : "")
    }
}

/// The rows added up over file systems and speeds: what the README shows.
private struct LossSummary {
    private struct Sum {
        var writer: String
        var rotatedBy: String
        var rows = 0
        var figures: [String: Int] = [:]
    }
    private var sums: [Sum] = []

    init(_ rows: [LossRow]) {
        for row in rows {
            let rotatedBy = "\(row.lossCase.rotator.rawValue): \(row.lossCase.technique.rawValue)"
            let found = sums.firstIndex { $0.writer == row.lossCase.writer && $0.rotatedBy == rotatedBy }
            let index = found ?? sums.count
            if found == nil { sums.append(Sum(writer: row.lossCase.writer, rotatedBy: rotatedBy)) }
            sums[index].rows += 1
            sums[index].figures["rotations", default: 0] += row.lossCase.rotations
            for name in ["lines", "lost", "doubled", "broken", "nuls"] {
                sums[index].figures[name, default: 0] += row.result.history[name]
            }
        }
    }

    var text: String {
        let head = """
            | writer | rotated by | runs | rotations | lines found | lost | doubled | broken | NULs in archives |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |

            """
        let names = ["rotations", "lines", "lost", "doubled", "broken", "nuls"]
        return head
            + sums.sorted { ($0.writer, $0.rotatedBy) < ($1.writer, $1.rotatedBy) }.map { sum in
                let figures = names.map { "\(sum.figures[$0] ?? 0)" }
                return "| " + ([sum.writer, sum.rotatedBy, "\(sum.rows)"] + figures).joined(separator: " | ") + " |\n"
            }.joined()
    }
}
