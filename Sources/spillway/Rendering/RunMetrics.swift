import LinuxSystem
import RotationCore
import RotationEngine

/// The run's figures in Prometheus's text format, for node_exporter's textfile collector.
enum RunMetrics {
    static func render(_ report: RunReport, exitStatus: Int32, seconds: Double, now: Timestamp) -> String {
        let figures: [(name: String, help: String, value: String)] = [
            ("spillway_last_run_timestamp_seconds", "When the last run ended.", "\(now.seconds)"),
            ("spillway_last_run_duration_seconds", "How long it took.", "\(seconds)"),
            ("spillway_last_run_exit_status", "Its exit status; 0 is success.", "\(exitStatus)"),
            ("spillway_last_run_logs", "Logs it looked at.", "\(report.logCount)"),
            ("spillway_last_run_rotated", "Logs it rotated.", "\(report.rotatedCount)"),
            ("spillway_last_run_errors", "Errors it met.", "\(report.problems.count(where: \.isError))"),
            ("spillway_last_run_freed_bytes", "Bytes that removing and compressing gave back.", "\(report.freedBytes)"),
        ]
        return figures.map { "# HELP \($0.name) \($0.help)\n# TYPE \($0.name) gauge\n\($0.name) \($0.value)\n" }
            .joined() + spaces(report.spaces)
    }

    /// What each space occupies, may occupy, and has free.
    private static func spaces(_ spaces: [SpaceFigures]) -> String {
        let figures: [(name: String, help: String, value: (SpaceFigures) -> Int64?)] = [
            ("spillway_space_used_bytes", "What the tree occupies.", { $0.usedBytes }),
            ("spillway_space_budget_bytes", "What it may occupy.", { $0.limits.budgetBytes }),
            ("spillway_space_free_bytes", "What is free on its file system.", { $0.limits.freeBytes }),
            ("spillway_space_minfree_bytes", "What must be.", { $0.limits.minimumFreeBytes }),
        ]
        return figures.map { figure in
            let lines = spaces.compactMap { space in
                figure.value(space).map { "\(figure.name){path=\(label(space.path))} \($0)\n" }
            }
            guard !lines.isEmpty else { return "" }
            return "# HELP \(figure.name) \(figure.help)\n# TYPE \(figure.name) gauge\n" + lines.joined()
        }.joined()
    }

    private static func label(_ path: Path) -> String {
        let text = path.description.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }
        return "\"" + text.joined() + "\""
    }
}
