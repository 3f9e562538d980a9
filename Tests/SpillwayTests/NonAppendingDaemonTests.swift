import Foundation
import Glibc
import Testing

/// Daemons that open their log without O_APPEND, as they come from Debian, under load. One after the other: a daemon that has
/// inherited another test's pipe keeps that waiting.
@Suite(.serialized)
struct NonAppendingDaemonTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var daemon: NonAppendingDaemon
        var directives: String
        var port: Int
        var testDescription: String { "\(daemon.rawValue) \(directives)" }
    }

    /// slapd would end on the signal, and tinyproxy die of it: they are not sent it, and their logs are cut in place. snmpd opens
    /// its log anew on it, and its socket.
    private static let cases = NonAppendingDaemon.allCases.enumerated().flatMap { index, daemon in
        ["", "signal HUP"].enumerated().map {
            Case(daemon: daemon, directives: $1, port: 38881 + 10 * index + $0)
        }
    }

    @Test(
        .enabled(if: hasProgram("/usr/bin/perl") && geteuid() == 0, "perl is missing: apt-get install perl-base"),
        arguments: cases)
    func everyLineIsThereOnce(_ tested: Case) throws {
        let daemon = tested.daemon
        guard hasProgram(daemon.program) else {
            Issue.record("\(tested.testDescription) did not run: missing here: \(daemon.program)")
            return
        }
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\n\(tested.directives)\n}\n")
        let log = sandbox.path("log/a.log")
        try sandbox.makeDirectory("data")
        try sandbox.write(
            "daemon.conf", daemon.configuration(log: log, directory: sandbox.root, port: tested.port))
        let arguments = daemon.arguments(
            log: log, directory: sandbox.root, configuration: sandbox.path("daemon.conf"))
        // snmpd closes what it has inherited, by which its end would be noticed: a shell waits for it.
        let process = try sandbox.start(
            "/usr/bin/env",
            [
                "--default-signal", "SNMP_PERSISTENT_DIR=\(sandbox.path("data"))", "/bin/sh", "-c",
                "\"$@\" & echo $! >daemon.pid; wait", "sh", daemon.program,
            ] + arguments)
        defer {
            if let text = try? sandbox.read("daemon.pid"), let number = Int32(text.prefix { $0.isNumber }) {
                kill(number, SIGKILL)
            }
            process.waitUntilExit()
        }
        if daemon != .tinyproxy {
            let ready = daemon == .slapd ? "slapd starting\n" : "NET-SNMP version"
            try sandbox.wait { try sandbox.exists("log/a.log") && sandbox.read("log/a.log").contains(ready) }
        }
        let client = try sandbox.start("/usr/bin/perl", ["-e", daemon.client, "\(tested.port)", sandbox.root])
        for _ in 1...5 {
            try sandbox.wait {
                guard process.isRunning, client.isRunning else {
                    throw SandboxError("\(daemon.rawValue) or its client has ended")
                }
                return try sandbox.exists("log/a.log")
                    && sandbox.liveContent("log/a.log").components(separatedBy: daemon.mark()).count > 50
            }
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        try sandbox.write("stop", "")
        client.waitUntilExit()
        #expect(process.isRunning)
        let sent = try #require(Int(try sandbox.read("count")))
        var texts: [String] = []
        let last = daemon.mark(of: daemon.firstNumber + sent - 1)
        try sandbox.wait {
            let archives = try sandbox.names().filter { $0 != "a.log" }.map { try sandbox.content("log/\($0)") }
            #expect(archives.allSatisfy { !$0.contains("\0") && $0.hasSuffix("\n") })
            texts = archives + [try sandbox.liveContent("log/a.log")]
            return texts.contains { $0.contains(last) }
        }
        // Lines are whole in each of them.
        var seen: [Int: Int] = [:]
        for line in texts.flatMap({ $0.components(separatedBy: "\n") }) {
            if let number = daemon.number(of: line) { seen[number, default: 0] += 1 }
        }
        let unsure = (try? sandbox.read("unsure"))?.split(separator: "\n").compactMap { Int($0) } ?? []
        for number in unsure where seen[number] == 1 { seen[number] = nil }
        #expect(
            seen.count == sent - unsure.count && seen.values.allSatisfy { $0 == 1 },
            "\(seen.count) of \(sent), of which \(unsure.count) were not answered")
    }
}
