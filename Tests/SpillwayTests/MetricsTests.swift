import Foundation
import Testing

/// The figures of `--metrics`, and what is made of them.
struct MetricsTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    private static let monitoring = repository + "/etc/monitoring"

    /// A run with something of everything: a space, archives that go, an error, a log that waits.
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure(
            """
            space LOG {
              budget 700k
              minfree 1M
              minfreeinodes 1
            }
            LOG/a.log {
              size 2
            }
            LOG/quiet.log {
              daily
            }
            """)
        for number in 1...4 { try sandbox.shell("head -c 200000 /dev/urandom > log/a.log.\(number).gz") }
        try sandbox.write("log/a.log", "some\nlines\n")
        try sandbox.write("log/quiet.log", "pending\n")
        return sandbox
    }

    private func metrics(_ sandbox: Sandbox, _ arguments: [String] = []) throws -> [String: Double] {
        try sandbox.spillway(["--metrics", sandbox.path("spillway.prom")] + arguments)
        let lines = try sandbox.read("spillway.prom").split(separator: "\n").filter { !$0.hasPrefix("#") }
        let pairs = lines.compactMap { line -> (String, Double)? in
            guard let blank = line.lastIndex(of: " "), let value = Double(line[line.index(after: blank)...]) else {
                return nil
            }
            return (String(line[..<blank]), value)
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    @Test func alarmsGetWhatTheyNeed() throws {
        let sandbox = try sandbox()
        let log = sandbox.path("log")
        let start = Date().timeIntervalSince1970.rounded(.down)
        let first = try metrics(sandbox)
        #expect(first["spillway_last_run_exit_status"] == 0)
        #expect((first["spillway_last_success_timestamp_seconds"] ?? 0) >= start)
        // 196 KiB each, and a new one of 4 KiB: three of the old ones are within the budget.
        #expect(first["spillway_evicted_archives_total{rule=\"budget\"}"] == 1)
        #expect(first["spillway_evicted_bytes_total{rule=\"budget\"}"] == Double(196 * 1024))
        #expect(first["spillway_evicted_archives_total{rule=\"minfree\"}"] == 0)
        #expect(first["spillway_log_pending_bytes{path=\"\(log)/a.log\"}"] == 0)
        #expect(first["spillway_log_pending_bytes{path=\"\(log)/quiet.log\"}"] == 8)
        #expect(first["spillway_log_archives{path=\"\(log)/a.log\"}"] == 4)
        #expect(first["spillway_log_archived_bytes{path=\"\(log)/a.log\"}"] == Double((3 * 196 + 4) * 1024))
        // The state has the minute, no second.
        let last = try #require(first["spillway_log_last_rotated_timestamp_seconds{path=\"\(log)/a.log\"}"])
        #expect(abs(last - start) < 7200, "\(last) \(start)")
        #expect(first["spillway_unresolved_cuts"] == 0 && first["spillway_unreleased_logs"] == 0)
        #expect(first["spillway_held_bytes"] != nil && first["spillway_errors_total"] == 0)
        #expect((first["spillway_space_free_inodes{path=\"\(log)\"}"] ?? 0) > 1)
        #expect(first["spillway_space_minfree_inodes{path=\"\(log)\"}"] == 1)
    }

    @Test func countersGoOnAndTheLastSuccessIsKept() throws {
        let sandbox = try sandbox()
        let first = try metrics(sandbox)
        try sandbox.configure(try sandbox.read("conf") + "\nLOG/missing.log {\n nomissingok\n}\n")
        try sandbox.shell("head -c 200000 /dev/urandom > log/a.log.9.gz")
        let second = try metrics(sandbox)
        #expect(second["spillway_last_run_exit_status"] == 1)
        #expect(
            second["spillway_last_success_timestamp_seconds"] == first["spillway_last_success_timestamp_seconds"])
        #expect(second["spillway_errors_total"] == 1)
        #expect(second["spillway_evicted_archives_total{rule=\"budget\"}"] == 2)
        // A run for one log alone knows of the others all the same.
        let third = try metrics(sandbox, ["--only", "a.log"])
        #expect(third["spillway_evicted_archives_total{rule=\"budget\"}"] == 2)
        #expect(third["spillway_log_pending_bytes{path=\"\(sandbox.path("log"))/quiet.log\"}"] == 8)
        // What is no such file is no reason to fail: counters begin anew.
        try sandbox.write("spillway.prom", "spillway_errors_total many\n\u{0}")
        #expect(try metrics(sandbox)["spillway_errors_total"] == 1)
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func aCutThatIsNotFinishedIsOne() throws {
        let sandbox = try sandbox()
        // The journal has the cut, and it cannot be carried out now or by a next run.
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=fallocate", "-e", "inject=fallocate:error=EIO", Sandbox.spillway,
                "-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), "--metrics",
                sandbox.path("spillway.prom"), sandbox.path("conf"),
            ])
        #expect(run.status == 1, "\(run)")
        let text = try sandbox.read("spillway.prom")
        #expect(text.contains("spillway_unresolved_cuts 1\n"), "\(text)")
    }

    @Test(
        .enabled(if: hasProgram("/usr/bin/promtool"), "promtool is missing: apt-get install prometheus"))
    func prometheusTakesTheFiguresAndTheRules() throws {
        let sandbox = try sandbox()
        // A name that needs quoting.
        try sandbox.configure(try sandbox.read("conf") + "\n\"LOG/odd \\\"one.log\" {\n size 1\n}\n")
        try sandbox.write("log/odd \"one.log", "x\n")
        _ = try metrics(sandbox)
        let figures = try sandbox.run("/bin/sh", ["-c", "promtool check metrics < spillway.prom 2>&1"])
        #expect(figures.status == 0, "\(figures.output)")
        for arguments in [["check", "rules", "spillway.rules.yml"], ["test", "rules", "spillway.rules.test.yml"]] {
            let command = "cd \(Self.monitoring) && promtool \(arguments.joined(separator: " ")) 2>&1"
            let run = try sandbox.run("/bin/sh", ["-c", command])
            #expect(run.status == 0, "\(run.output)")
        }
    }

    /// Names of figures in a text.
    private func names(_ text: String) -> Set<String> {
        Set(
            text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init).filter { name in
                name.hasPrefix("spillway_")
            })
    }

    /// All that a run writes.
    private func written() throws -> Set<String> {
        let sandbox = try sandbox()
        _ = try metrics(sandbox)
        let lines = try sandbox.read("spillway.prom").split(separator: "\n").filter { $0.hasPrefix("# HELP ") }
        return Set(lines.map { String($0.split(separator: " ")[2]) })
    }

    @Test func rulesAndDashboardAskOnlyForFiguresThatThereAre() throws {
        let written = try written()
        #expect(written.count > 20)
        for file in ["spillway.rules.yml", "spillway.dashboard.json"] {
            let used = names(try String(contentsOfFile: "\(Self.monitoring)/\(file)", encoding: .utf8))
            #expect(used.count > 8 && used.isSubset(of: written), "\(file): \(used.subtracting(written))")
        }
    }

    @Test func everyAlertIsTested() throws {
        let rules = try String(contentsOfFile: "\(Self.monitoring)/spillway.rules.yml", encoding: .utf8)
        let tests = try String(contentsOfFile: "\(Self.monitoring)/spillway.rules.test.yml", encoding: .utf8)
        let alerts = rules.split(separator: "\n").compactMap {
            $0.components(separatedBy: "- alert: ").dropFirst().first
        }
        #expect(alerts.count >= 9)
        for alert in alerts {
            let cases = tests.components(separatedBy: "alertname: \(alert)\n").dropFirst()
            #expect(cases.contains { $0.contains("exp_labels") && !$0.hasPrefix("        exp_alerts: []") }, "\(alert)")
        }
    }

    @Test func theDashboardIsWellFormed() throws {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { var expr: String }
                struct Place: Decodable { var x, y, w, h: Int }
                var id: Int
                var title: String
                var targets: [Target]
                var gridPos: Place
            }
            var panels: [Panel]
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.monitoring)/spillway.dashboard.json"))
        let panels = try JSONDecoder().decode(Dashboard.self, from: data).panels
        #expect(panels.count > 10 && Set(panels.map(\.id)).count == panels.count)
        #expect(panels.allSatisfy { !$0.targets.isEmpty && $0.gridPos.x + $0.gridPos.w <= 24 })
        for (index, panel) in panels.enumerated() {
            for other in panels[(index + 1)...] {
                let (one, two) = (panel.gridPos, other.gridPos)
                let apart =
                    one.x + one.w <= two.x || two.x + two.w <= one.x || one.y + one.h <= two.y || two.y + two.h <= one.y
                #expect(apart, "\(panel.title) lies on \(other.title)")
            }
        }
        guard hasProgram("/usr/bin/promtool") else { return }
        // Each is a query that Prometheus understands, Grafana's variables put in.
        let rules = panels.flatMap(\.targets).enumerated().map { index, target in
            let query = target.expr.replacingOccurrences(of: "$instance", with: ".*")
                .replacingOccurrences(of: "$__rate_interval", with: "5m")
            return "      - record: query\(index)\n        expr: '\(query)'\n"
        }
        let sandbox = try Sandbox()
        try sandbox.write("queries.yml", "groups:\n  - name: dashboard\n    rules:\n" + rules.joined())
        let run = try sandbox.run("/bin/sh", ["-c", "promtool check rules queries.yml 2>&1"])
        #expect(run.status == 0, "\(run.output)")
    }
}
