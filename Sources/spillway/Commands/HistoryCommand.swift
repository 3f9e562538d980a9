import ArgumentParser
import HostObservation
import LinuxSystem
import RotationCore

/// A moment, as `--since` and `--until` take it.
struct MomentArgument: ExpressibleByArgument {
    var time: Timestamp

    /// `2026-11-22`, `2026-11-22 09:05`, `2026-11-22T09:05:00Z`, or how long ago: `90s`, `5m`, `12h`, `7d`.
    init?(argument: String) {
        if let seconds = Quantities.age(argument, unitSeconds: 1), argument.last?.isLetter == true {
            time = Timestamp(seconds: Timestamp.now().seconds - seconds)
        } else if let time = ISO8601.time(argument, zone: LocalZone()) {
            self.time = time
        } else {
            return nil
        }
    }
}

/// `spillway history`.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows what spillway did: rotations, evictions, signals, errors; newest last.",
        discussion: """
            Nothing is changed. The history holds the last 2 to 4 MiB of records.

            Examples:
              spillway history --since 12h
              spillway history --log /var/log/syslog
              spillway history --kind evict --since 2026-11-22
              spillway history --json | jq 'select(.rule == "budget")'
            """)

    @Option(
        help: ArgumentHelp(
            "Only what is newer: 2026-11-22, '2026-11-22 09:05', or how long ago, as 12h.", valueName: "time"))
    var since: MomentArgument?

    @Option(
        help: ArgumentHelp("Only what is about this log, or an archive of it.", valueName: "path"),
        completion: LogCompletion.kind)
    var log: String?

    @Option(
        help: ArgumentHelp(
            "Only these kinds: \(HistoryRecord.Kind.allCases.map(\.rawValue).joined(separator: ", ")); may repeat.",
            valueName: "kind"))
    var kind: [HistoryKind] = []

    @Flag(help: "Print the records as JSON, one a line.")
    var json = false

    @Option(
        help: ArgumentHelp("The journal that it lies beside. (default: /var/lib/spillway/journal)", valueName: "file"))
    var journal: String?

    func run() throws {
        let journal = journal.map { Path($0).resolved(against: Environment.workingDirectory) }
        var records: [HistoryRecord]
        do throws(WalkError) {
            records = try HistoryFile.read(HistoryFile.path(of: journal))
        } catch {
            Output.standardError("spillway: \(error)")
            throw ExitStatus.failure.exit()
        }
        if let since { records.removeAll { $0.at < since.time } }
        if let log {
            let path = Path(log).resolved(against: Environment.workingDirectory)
            records.removeAll { !$0.isAbout(path) }
        }
        if !kind.isEmpty {
            let wanted = Set(kind.map(\.kind))
            records.removeAll { !wanted.contains($0.kind) }
        }
        let zone = LocalZone()
        for record in records {
            Output.standardOutput(json ? record.line : HistoryText.describe(record, zone: zone))
        }
        if records.isEmpty, !json, isTerminal(2) { Output.standardError("spillway: nothing of that kind is recorded") }
    }
}

/// A kind of record, as a command line has it.
struct HistoryKind: ExpressibleByArgument {
    var kind: HistoryRecord.Kind

    init?(argument: String) {
        guard let kind = HistoryRecord.Kind(rawValue: argument) else { return nil }
        self.kind = kind
    }

    static var allValueStrings: [String] { HistoryRecord.Kind.allCases.map(\.rawValue) }
}
