import HostObservation
import LinuxSystem
import RotationCore
import RotationEngine

/// The run's figures in Prometheus's text format, for node_exporter's textfile collector.
struct RunMetrics {
    let report: RunReport
    /// Logs, spaces and held files as they are after the run.
    let overview: Overview
    /// What the file had before: counters go on from there.
    let previous: PreviousMetrics
    let exitStatus: Int32
    let seconds: Double
    let now: Timestamp
    private let zone = LocalZone()

    init(
        _ report: RunReport, _ overview: Overview, previous: PreviousMetrics, exitStatus: Int32, seconds: Double,
        now: Timestamp
    ) {
        self.report = report
        self.overview = overview
        self.previous = previous
        self.exitStatus = exitStatus
        self.seconds = seconds
        self.now = now
    }

    /// The whole file.
    var text: String { (run + evictions + host + spaces + logs).map(\.text).joined() }

    // MARK: The run

    private var run: [MetricFamily] {
        let success = exitStatus == 0 ? now.seconds : previous.integer("spillway_last_success_timestamp_seconds")
        let errors = Int64(report.problems.count(where: \.isError))
        var families = [
            MetricFamily("spillway_last_run_timestamp_seconds", "When the last run ended.", now.seconds),
            MetricFamily(
                "spillway_last_run_duration_seconds", "How long it took.", samples: [MetricSample(number: "\(seconds)")]
            ),
            MetricFamily(
                "spillway_last_run_exit_status", "Its exit status; 0 is success.", Int64(exitStatus)),
            MetricFamily("spillway_last_run_logs", "Logs it looked at.", Int64(report.logCount)),
            MetricFamily("spillway_last_run_rotated", "Logs it rotated.", Int64(report.rotatedCount)),
            MetricFamily("spillway_last_run_errors", "Errors it met.", errors),
            MetricFamily(
                "spillway_last_run_freed_bytes", "Bytes that removing and compressing gave back.", report.freedBytes),
            MetricFamily(
                "spillway_errors_total", "Errors of all runs.",
                previous.count("spillway_errors_total", adding: errors), kind: .counter),
        ]
        if let success {
            families.append(
                MetricFamily(
                    "spillway_last_success_timestamp_seconds", "When a run last ended without an error.", success))
        }
        return families
    }

    /// What went for space, by the limit that asked for it. A limit that took nothing yet is 0, so that an increase is seen.
    private var evictions: [MetricFamily] {
        var counts: [String: (files: Int64, bytes: Int64)] = [:]
        for (planned, result) in report.steps {
            guard case .evicted(let reason) = planned.reason, case .remove = planned.step, case .done? = result else {
                continue
            }
            counts[reason.rule.name, default: (0, 0)].files += 1
            counts[reason.rule.name, default: (0, 0)].bytes += reason.bytes
        }
        func samples(_ name: String, _ value: (String) -> Int64) -> [MetricSample] {
            Self.rules.map { rule in
                let sample = MetricSample(label: ("rule", rule), number: "")
                let sum = previous.count(name + sample.labels, adding: value(rule))
                return MetricSample(label: ("rule", rule), sum)
            }
        }
        let files = "spillway_evicted_archives_total"
        let bytes = "spillway_evicted_bytes_total"
        return [
            MetricFamily(
                files, "Archives that went for space, by the limit.",
                samples: samples(files) { counts[$0]?.files ?? 0 },
                kind: .counter),
            MetricFamily(
                bytes, "What they occupied.", samples: samples(bytes) { counts[$0]?.bytes ?? 0 }, kind: .counter),
        ]
    }

    private static let rules: [String] = [
        EvictionRule.maximumTotal(limitBytes: 0), .budget(limitBytes: 0), .room(neededBytes: 0),
        .freeFloor(limitBytes: 0), .inodeFloor(limit: 0),
    ].map(\.name)

    // MARK: What there is

    private var host: [MetricFamily] {
        var families = [
            MetricFamily(
                "spillway_unresolved_cuts", "Cuts that an earlier run began and none could finish.",
                Int64(overview.unresolved.count)),
            MetricFamily(
                "spillway_unreleased_logs", "Renamed logs that somebody still writes to.",
                Int64(overview.unreleased.count)),
        ]
        if let held = overview.held {
            families += [
                MetricFamily(
                    "spillway_held_files", "Deleted files that processes hold.", Int64(held.files.count)),
                MetricFamily("spillway_held_bytes", "What they occupy.", held.totalBytes),
            ]
        }
        return families
    }

    /// What each space occupies, may occupy, and has free.
    private var spaces: [MetricFamily] {
        let figures: [(name: String, help: String, value: (SpaceFigures) -> Int64?)] = [
            ("spillway_space_used_bytes", "What the tree occupies.", { $0.usedBytes }),
            ("spillway_space_budget_bytes", "What it may occupy.", { $0.limits.budgetBytes }),
            ("spillway_space_free_bytes", "What is free on its file system.", { $0.limits.freeBytes }),
            ("spillway_space_minfree_bytes", "What must be.", { $0.limits.minimumFreeBytes }),
            ("spillway_space_free_inodes", "Inodes that are free there.", { $0.limits.freeInodes }),
            ("spillway_space_minfree_inodes", "Those that must be.", { $0.limits.minimumFreeInodes }),
        ]
        return figures.map { figure in
            MetricFamily(
                figure.name, figure.help,
                samples: report.spaces.compactMap { space in
                    figure.value(space).map { MetricSample(label: ("path", "\(space.path)"), $0) }
                })
        }
    }

    private var logs: [MetricFamily] {
        // Asking the zone is dear, and thousands of logs were rotated in the same minute.
        let rotations = Set(overview.logs.compactMap(\.lastRotated))
        let times = Dictionary(uniqueKeysWithValues: rotations.map { ($0, zone.time(of: $0).seconds) })
        let figures: [(name: String, help: String, value: (Overview.Log) -> Int64?)] = [
            (
                "spillway_log_last_rotated_timestamp_seconds", "When the log was last rotated.",
                { log in log.lastRotated.flatMap { times[$0] } }
            ),
            (
                "spillway_log_pending_bytes", "What of it is not archived yet.",
                { log in log.status.map { _ in log.pendingBytes } }
            ),
            ("spillway_log_archived_bytes", "What its archives occupy.", { $0.archivedBytes }),
            ("spillway_log_archives", "How many there are.", { Int64($0.archives.count) }),
        ]
        return figures.map { figure in
            MetricFamily(
                figure.name, figure.help,
                samples: overview.logs.compactMap { log in
                    figure.value(log).map { MetricSample(label: ("path", "\(log.path)"), $0) }
                })
        }
    }
}
