import LinuxSystem
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
            .joined()
    }
}
