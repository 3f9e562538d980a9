import Testing

/// Debian's own rsyslogd and nginx, rotated with Debian's own `/etc/logrotate.d/rsyslog` and `nginx`.
@Suite(
    .enabled(if: DaemonHost.missing.isEmpty, "missing here: \(DaemonHost.missing.joined(separator: ", "))"),
    .serialized)
struct DaemonTests {
    private static let rotations = 5

    @Test(arguments: DaemonRotation.Dialect.allCases)
    func everyLineOfRsyslogAndNginxIsFoundAgain(_ dialect: DaemonRotation.Dialect) throws {
        try rotateAndFindEveryLine(dialect, delaycompress: true)
    }

    /// The daemons still write to what was renamed when their scripts are over: compression has to wait for them.
    @Test(arguments: DaemonRotation.Dialect.allCases)
    func withoutDelaycompressEveryLineIsFoundAgain(_ dialect: DaemonRotation.Dialect) throws {
        try rotateAndFindEveryLine(dialect, delaycompress: false)
    }

    private func rotateAndFindEveryLine(_ dialect: DaemonRotation.Dialect, delaycompress: Bool) throws {
        let daemons = try DaemonRotation(dialect, delaycompress: delaycompress)
        try daemons.start()
        for _ in 1...Self.rotations {
            let run = try daemons.rotate()
            #expect(run.status == 0 && run.output == "" && run.error == "", "\(run)")
        }
        try daemons.waitUntilAllHaveGrown()
        let sent = try daemons.stopWriters()
        try expectFiles(of: daemons, delaycompress: delaycompress)
        try expectNothingToDo(daemons)
        #expect(try daemons.host.heldDeletedFiles() == [])
        let calls = DaemonStandIn.all.map { "\($0.name) \($0.request)" }
        #expect(try daemons.calls() == (1...Self.rotations).flatMap { _ in calls })
        try daemons.stopDaemons()
        try expectEveryLine(sent, of: daemons)
    }

    // MARK: - Files

    private func expectFiles(of daemons: DaemonRotation, delaycompress: Bool) throws {
        let files = try daemons.host.logFiles()
        #expect(files.map(\.name) == Self.expectedNames(delaycompress: delaycompress))
        for file in files where !Self.isOfNginxOwnMaking(file.name) {
            #expect(file.access == Self.access(to: file.name), "\(file.name)")
        }
    }

    private static func expectedNames(delaycompress: Bool) -> [String] {
        func names(_ log: String, archives: Int) -> [String] {
            [log] + (1...archives).map { $0 == 1 && delaycompress ? "\(log).1" : "\(log).\($0).gz" }
        }
        let rsyslog = DaemonRotation.rsyslogLogs.flatMap { names($0, archives: DaemonRotation.archivesOfRsyslog) }
        let nginx = DaemonRotation.nginxLogs.flatMap { names($0, archives: rotations) }
        return (rsyslog + nginx).sorted()
    }

    /// The first of nginx' logs, which it created itself as its umask has it.
    private static func isOfNginxOwnMaking(_ name: String) -> Bool {
        name.hasPrefix("nginx/") && name.hasSuffix(".\(rotations).gz")
    }

    /// The global `create` makes a log like the one before, nginx' own as it says. An archive is as its log was.
    private static func access(to name: String) -> String {
        if name.hasPrefix("mail.log") { return "600 www-data adm" }
        return name.hasPrefix("nginx/") ? "640 www-data adm" : "640 root adm"
    }

    private func expectNothingToDo(_ daemons: DaemonRotation) throws {
        let before = try daemons.host.logFiles()
        let run = try daemons.runSpillway()
        #expect(run.status == 0 && run.output == "" && run.error == "", "\(run)")
        #expect(try daemons.host.logFiles() == before)
    }

    // MARK: - Lines

    private func expectEveryLine(_ sent: [String: Int], of daemons: DaemonRotation) throws {
        for log in DaemonRotation.logs {
            let lines = DaemonLines(try daemons.history(of: log), of: log)
            let writers = DaemonWriter.all.filter { $0.logs.contains(log) }
            let expected = Dictionary(uniqueKeysWithValues: writers.map { ($0.name, sent[$0.name] ?? 0) })
            #expect(lines.differences(from: expected) == [], "\(log)")
            // rsyslogd itself says there that it heard the signal.
            if log == "syslog" { #expect(lines.hangUps == daemons.rotations) }
        }
    }
}
