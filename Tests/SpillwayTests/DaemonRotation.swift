import Foundation
import Glibc
import Testing

/// Daemons that log, clients that make them, and spillway that rotates under them with Debian's files.
final class DaemonRotation {
    enum Dialect: CaseIterable {
        case spillway, logrotate
    }

    /// rsyslog's file keeps four archives of a log, nginx' file fourteen.
    static let rsyslogLogs = ["auth.log", "mail.log", "syslog", "user.log"]
    static let nginxLogs = ["nginx/access.log", "nginx/error.log"]
    static let logs = rsyslogLogs + nginxLogs
    static let archivesOfRsyslog = 4
    /// How much is in each log when it is rotated: some hundred lines.
    private static let growthBytes = 16 << 10

    let host: DaemonHost
    private var sandbox: Sandbox { host.sandbox }
    private let dialect: Dialect
    private var rsyslogd = Process()
    private var nginx = Process()
    private var writers: [(DaemonWriter, Process)] = []
    /// How often `rotate` was called.
    private(set) var rotations = 0

    /// - Parameter delaycompress: as in Debian's files; or else without, and with signals that come late.
    init(_ dialect: Dialect, delaycompress: Bool) throws {
        host = try DaemonHost()
        self.dialect = dialect
        try sandbox.makeDirectory("bin")
        try sandbox.makeDirectory("shelf")
        try configure(delaycompress: delaycompress)
        for standIn in DaemonStandIn.all {
            try sandbox.write("bin/\(standIn.name)", standIn.script(isLate: !delaycompress), mode: 0o755)
        }
    }

    /// The global part is that of Debian's `logrotate.conf`.
    private func configure(delaycompress: Bool) throws {
        var directory = "/etc/logrotate.d"
        if !delaycompress {
            directory = sandbox.path("without")
            try sandbox.makeDirectory("without")
            for name in ["rsyslog", "nginx"] {
                let text = try String(contentsOfFile: "/etc/logrotate.d/\(name)", encoding: .utf8)
                let lines = text.components(separatedBy: "\n")
                let kept = lines.filter { $0.trimmingCharacters(in: .whitespaces) != "delaycompress" }
                #expect(kept.count == lines.count - 1, "/etc/logrotate.d/\(name)")
                try sandbox.write("without/\(name)", kept.joined(separator: "\n"))
            }
        }
        try sandbox.configure(
            "weekly\nrotate 4\ncreate\ninclude \(directory)/rsyslog\ninclude \(directory)/nginx\n")
    }

    func start() throws {
        try sandbox.write("rsyslog.conf", DaemonConfiguration.rsyslog)
        try sandbox.write("nginx.conf", DaemonConfiguration.nginx)
        try sandbox.write("writer.pl", DaemonWriter.script)
        let rsyslogArguments = ["-n", "-f", sandbox.path("rsyslog.conf"), "-i", "/run/rsyslogd.pid"]
        rsyslogd = try host.start("rsyslogd", "/usr/sbin/rsyslogd", rsyslogArguments)
        nginx = try host.start("nginx", "/usr/sbin/nginx", ["-c", sandbox.path("nginx.conf")])
        for writer in DaemonWriter.all {
            let arguments = [sandbox.path("writer.pl")] + writer.arguments + [sandbox.path("state")]
            writers.append((writer, try host.start(writer.name, "/usr/bin/perl", arguments)))
        }
    }

    // MARK: - Rotation

    /// Runs spillway as cron does, with the stand-ins before the system's programs.
    func runSpillway(_ options: [String] = []) throws -> Finished {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        let own = ["-s", sandbox.path("state/state"), "--journal", sandbox.path("state/journal")]
        let dialectOptions = dialect == .logrotate ? ["--logrotate"] : []
        return try host.run(
            Sandbox.spillway, dialectOptions + own + options + [sandbox.path("conf")],
            environment: ["PATH": "\(sandbox.path("bin")):\(path)", "TZ": Self.zoneWhereItIsNoon])
    }

    /// A day that ended between two runs would make logs due.
    private static let zoneWhereItIsNoon = "NOON\(Int(Date().timeIntervalSince1970) / 3600 % 24 - 12)"

    /// Rotates everything while the clients go on.
    func rotate() throws -> Finished {
        try waitUntilAllHaveGrown()
        try keepWhatGoesNext()
        rotations += 1
        return try runSpillway(["-f"])
    }

    /// A daemon that was not told of the last rotation, or did not open its log again, is found out here.
    func waitUntilAllHaveGrown() throws {
        for log in Self.logs {
            try host.waitUntil("\(log) has grown after rotation \(rotations)") {
                try requireLife()
                return sizeBytes(of: log) >= Self.growthBytes
            }
        }
    }

    private func sizeBytes(of log: String) -> Int {
        var status = stat()
        return stat(sandbox.path("log/\(log)"), &status) == 0 ? status.st_size : 0
    }

    private func requireLife() throws {
        for (name, process) in [("rsyslogd", rsyslogd), ("nginx", nginx)] + writers.map({ ($0.name, $1) }) {
            guard process.isRunning else { throw SandboxError("\(name) has ended: \(try host.output(of: name))") }
        }
    }

    /// `rotate 4` is about to remove them, and their lines are to be found as well.
    private func keepWhatGoesNext() throws {
        for log in Self.rsyslogLogs {
            let oldest = "log/\(log).\(Self.archivesOfRsyslog).gz"
            guard sandbox.exists(oldest) else { continue }
            let kept = sandbox.path("shelf/\(log).\(rotations).gz")
            try FileManager.default.copyItem(atPath: sandbox.path(oldest), toPath: kept)
        }
    }

    // MARK: - The end

    /// Stops the clients; how many messages each of them has sent, once the last is written and all is quiet.
    func stopWriters() throws -> [String: Int] {
        try sandbox.write("state/stop", "")
        var sent: [String: Int] = [:]
        for (writer, process) in writers {
            try host.waitForEnd(of: process, writer.name)
            let count = Int(try sandbox.read("state/\(writer.name).count")) ?? 0
            sent[writer.name] = count
            for log in writer.logs {
                try host.waitUntil("message \(count) of \(writer.name) is in \(log)") {
                    try ["", ".1", ".1.gz"].contains { ending in
                        let file = "log/\(log)\(ending)"
                        return try sandbox.exists(file)
                            && sandbox.content(file).contains(writer.ending(of: count, in: log))
                    }
                }
            }
        }
        try waitUntilQuiet()
        return sent
    }

    private func waitUntilQuiet() throws {
        var before: [DaemonHost.LogFile] = []
        try host.waitUntil("nothing is written any more") {
            let now = try host.logFiles()
            defer { before = now }
            usleep(100_000)
            return now == before
        }
    }

    /// Ends the daemons as the system does; they write what they still have.
    func stopDaemons() throws {
        let stop = "kill -s TERM \"$(cat /run/rsyslogd.pid)\"; kill -s QUIT \"$(cat /run/nginx.pid)\""
        _ = try host.run("/bin/sh", ["-c", stop])
        try host.waitForEnd(of: rsyslogd, "rsyslogd")
        try host.waitForEnd(of: nginx, "nginx")
    }

    /// What the stand-ins were asked for.
    func calls() throws -> [String] {
        try sandbox.read("bin/calls").split(separator: "\n").map(String.init)
    }

    /// Everything that was ever in a log: what was removed, the archives, and the live one.
    func history(of log: String) throws -> String {
        let removed = try sandbox.names("shelf").filter { $0.hasPrefix("\(log).") }.map { "shelf/\($0)" }
        let archives = (1...rotations).reversed().flatMap { ["log/\(log).\($0).gz", "log/\(log).\($0)"] }
        let files = removed + archives.filter(sandbox.exists) + ["log/\(log)"]
        return try files.map(sandbox.content).joined()
    }
}
