import HostObservation
import LinuxSystem
import RotationCore
import RotationEngine

/// A deleted file, and what can be said of it.
struct HeldRow {
    var file: DeletedFile
    /// Why it would not be freed.
    var obstacle: HeldObstacle?
    /// What became of it.
    var outcome: HeldReclaim.Outcome?

    /// Whether somebody still has to see to it.
    var isUnfinished: Bool {
        switch outcome {
        case .refused?, .failed?: true
        case .freed?, .gone?, nil: false
        }
    }

    /// Where its content was saved.
    var archive: Path? {
        switch outcome {
        case .freed(_, let archive)?, .gone(let archive)?, .refused(_, let archive)?, .failed(_, let archive)?: archive
        case nil: nil
        }
    }
}

/// Deleted files for people.
enum HeldText {
    /// The table: a line for each holder of each file.
    ///
    /// - Parameter advice: what is said below.
    static func list(_ held: HeldFiles, _ rows: [HeldRow], advice: HeldAdvice? = nil) {
        var lines = [["OCCUPIES", "USER", "PID", "COMMAND", "FD", "ACCESS", "FILE"]]
        for row in rows {
            for (index, holder) in row.file.holders.enumerated() {
                lines.append([
                    index == 0 ? Figures.bytes(row.file.status.allocatedBytes) : "", user(holder),
                    String(holder.process),
                    holder.command.description, holder.descriptor.map(String.init) ?? "-", access(holder),
                    row.file.path.description,
                ])
            }
        }
        if !rows.isEmpty { for line in aligned(lines) { Output.standardOutput(line) } }
        Output.standardOutput(sum(held))
        tellUnreadable(held)
        for line in advice?.lines ?? [] { Output.standardOutput(line) }
    }

    /// Whose the process is, by name.
    static func user(_ holder: Holder) -> String {
        ProcessOwner.user(of: holder.process).map { SystemAccounts().user($0) } ?? "-"
    }

    private static func sum(_ held: HeldFiles) -> String {
        switch held.files.count {
        case 0: "no deleted file that is still held takes space here"
        case 1: "1 file, \(Figures.bytes(held.totalBytes))"
        default: "\(held.files.count) files, \(Figures.bytes(held.totalBytes))"
        }
    }

    /// That files may be missing in a report, where that is no matter of rights.
    static func tellObstacle(_ held: HeldFiles) {
        if held.obstacle != nil { tellUnreadable(held) }
    }

    private static func tellUnreadable(_ held: HeldFiles) {
        guard held.unreadableProcesses > 0 else { return }
        let remedy =
            if let obstacle = held.obstacle { ": \(obstacle)" } else {
                Accounts.effectiveUser == 0 ? "; that needs CAP_SYS_PTRACE" : "; root can"
            }
        let processes = held.unreadableProcesses == 1 ? "1 process" : "\(held.unreadableProcesses) processes"
        Output.standardError("spillway: \(processes) could not be looked into\(remedy)")
    }

    static func access(_ holder: Holder) -> String {
        if holder.descriptor == nil { return "mapped" }
        return switch holder.access {
        case .reading: "read"
        case .readingAndWriting: "read-write"
        case .writing: holder.appends ? "append" : "write"
        }
    }

    /// Columns as wide as they need to be; the first to the right, the last as it is.
    private static func aligned(_ lines: [[String]]) -> [String] {
        guard let columns = lines.first?.count else { return [] }
        let widths = (0..<columns).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? padding + text : column == columns - 1 ? text : text + padding
            }.joined(separator: "  ")
        }
    }

    /// What became of a file.
    ///
    /// - Parameter archive: where files were to be saved first.
    static func tell(_ row: HeldRow, archive: String?) {
        let path = row.file.path
        let saved = row.archive.map { "; its content is in \($0)" } ?? ""
        switch row.outcome {
        case .freed(let bytes, _)?: Output.standardOutput("\(path): \(Figures.bytes(bytes)) freed\(saved)")
        case .gone?: Output.standardOutput("\(path): nobody holds it any more\(saved)")
        case .refused(let obstacle, _)?:
            Output.standardError("spillway: \(path) is not freed: \(obstacle)\(way(obstacle, path, archive))\(saved)")
        case .failed(let message, _)?: Output.standardError("spillway: \(path) is not freed: \(message)\(saved)")
        case nil: break
        }
    }

    /// How it is freed all the same.
    private static func way(_ obstacle: HeldObstacle, _ path: Path, _ archive: String?) -> String {
        if case .runs = obstacle { return "" }
        let saving = archive.map { "--archive \(Path($0).shellWord) " } ?? ""
        return "; whoever reads it then finds NULs, but this frees it: "
            + "spillway held --reclaim --force \(saving)\(path.shellWord)"
    }

    /// The last line of a report.
    static func tellSum(_ held: HeldFiles, _ rows: [HeldRow]) {
        if rows.isEmpty { Output.standardOutput(sum(held)) }
        tellUnreadable(held)
    }
}
