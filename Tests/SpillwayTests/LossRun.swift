import Foundation
import Glibc

/// Carries out a `LossCase`: a file system, a writer, readers, and a rotator in a loop.
final class LossRun {
    private let lossCase: LossCase
    private let sandbox: Sandbox
    private let volume: LoopMount
    private var readers: [(name: String, process: Process, output: String)] = []
    private var rsyslogd: Process?
    /// What runs have said to be lost, and how often one did not say how much.
    private var statedBytes = 0
    private var unstated = 0
    /// Whether the writer has ended.
    private var isOver = false
    private static let pauseMicroseconds: UInt32 = 60_000

    init(_ lossCase: LossCase) throws {
        self.lossCase = lossCase
        sandbox = try Sandbox()
        // A log that is flooded grows by what is written while it is compressed.
        let megabytes = max(lossCase.rate == 0 ? 900 : 200, lossCase.fileSystem.smallestMegabytes)
        volume = try LoopMount(sandbox, "log", lossCase.fileSystem, megabytes: megabytes)
    }

    deinit {
        for process in readers.map(\.process) + [rsyslogd].compactMap(\.self) where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    private var log: String { sandbox.path("log/a.log") }

    func result() throws -> LossResult {
        let begin = Date()
        let writer = try startWriter()
        if lossCase.hasReaders { try startReaders() }
        let target = rsyslogd?.processIdentifier ?? writer.process.processIdentifier
        try sandbox.write("conf", lossCase.configuration(log: log, writer: target))
        var failures: [Finished] = []
        for _ in 0..<lossCase.rotations {
            usleep(Self.pauseMicroseconds)
            let run = try rotate()
            if run.status != 0 { failures.append(run) }
        }
        let held = heldDeletedFiles(below: sandbox.path("log"))
        try stop(writer)
        isOver = true
        let readers = try stopReaders(writer)
        // A server's kernel remembers sizes for a second: a reader sees as much of an archive that it met while it was made.
        if lossCase.fileSystem.isLayer { usleep(1_100_000) }
        let history = try count(writer)
        var result = LossResult(history: history, afterwards: history, readers: readers)
        result.archives = try sandbox.names().count { $0.hasPrefix("a.log.") }
        if lossCase.rotator == .spillway {
            // What was still written is finished by later runs, and a last one has nothing to do.
            for options in [["-f"], ["-f"], []] {
                let run = try rotate(options)
                if run.status != 0 { failures.append(run) }
            }
            result.afterwards = try count(writer)
        }
        result.statedBytes = statedBytes
        result.unstated = unstated
        result.failures = failures.count
        result.firstFailure = failures.first.map { $0.error + $0.output } ?? ""
        result.held = held
        let own = volume.kind == .tmpfs ? [] : ["lost+found"]
        result.leftOver = try sandbox.names().filter { !$0.hasPrefix("a.log") && !own.contains($0) }
        result.seconds = Date().timeIntervalSince(begin)
        return result
    }

    private func rotate(_ options: [String] = ["-f"]) throws -> Finished {
        var command = lossCase.obstacle?.prefix ?? []
        switch lossCase.rotator {
        case .spillway: command += [LogWriterProcess.spillway, "--journal", sandbox.path("state/journal")]
        case .logrotate: command += [ComparisonRun.logrotate ?? "/usr/sbin/logrotate"]
        }
        let states = lossCase.rotator == .spillway && !lossCase.fileSystem.hasHoles
        command += options + (states ? ["-v"] : []) + ["-s", sandbox.path("state/state"), sandbox.path("conf")]
        let run = try sandbox.run(command[0], Array(command.dropFirst()))
        // Afterwards nobody writes, and nothing more can be lost.
        if states, !isOver { noteLosses(run.output) }
        return run
    }

    private func noteLosses(_ output: String) {
        for match in output.matches(of: #/before it was truncated is lost(?:: at most (\d+) bytes)?/#) {
            if let bytes = match.1.flatMap({ Int($0) }) { statedBytes += bytes } else { unstated += 1 }
        }
    }

    private func count(_ writer: LogWriterProcess) throws -> LineCount {
        let files = try LineCount.history(
            of: "a.log", in: sandbox.path("log"), plainIsArchive: lossCase.rotator == .logrotate)
        return try LineCount(sandbox, files, expecting: [writer.expectation])
    }

    // MARK: - Writers

    private func startWriter() throws -> LogWriterProcess {
        var options = ["--rate", "\(lossCase.rate)", "--ceiling", "\(lossCase.ceilingMegabytes)"]
        // Short writes meet a rotation most often, and leave the other core to it.
        if lossCase.rate == 0, !["writev", "osync"].contains(lossCase.writer) { options += ["--batch", "1"] }
        if lossCase.lateMilliseconds > 0 { options += ["--late", "\(lossCase.lateMilliseconds)"] }
        if lossCase.writer == "rsyslogd" {
            let (process, socket) = try SocketRsyslogd.start(sandbox, log: log)
            rsyslogd = process
            return try LogWriterProcess("socket", sandbox, log: socket, options: options)
        }
        if lossCase.writer == "start" {
            let old = try LogWriterProcess("append", sandbox, log: log, id: "old", options: ["--count", "15000"])
            try old.wait(for: 15_000)
            try old.stop()
        }
        return try LogWriterProcess(lossCase.writer, sandbox, log: log, options: options)
    }

    private func stop(_ writer: LogWriterProcess) throws {
        // It has to come past the old content, of which what is left is nobody's line.
        if lossCase.writer == "start" { try writer.wait(for: 20_000) }
        try writer.stop()
        guard let rsyslogd else { return }
        // It writes what it was given, and ends.
        try waitUntilQuiet(log)
        kill(rsyslogd.processIdentifier, SIGTERM)
        rsyslogd.waitUntilExit()
    }

    // MARK: - Readers

    private func startReaders() throws {
        let output = ["tail -F": sandbox.path("capture/tail"), "follow": sandbox.path("capture/follow")]
        for (name, file) in output.sorted(by: { $0.key < $1.key }) {
            let process =
                name == "follow"
                ? try sandbox.start(LogWriterProcess.program, ["follow", "--file", log, "--output", file])
                : try sandbox.start("/bin/sh", ["-c", "exec tail -n +1 -F '\(log)' > '\(file)' 2>/dev/null"])
            readers.append((name, process, file))
            try sandbox.wait { Self.sizeBytes(file) > 0 }
        }
    }

    private func stopReaders(_ writer: LogWriterProcess) throws -> [String: LineCount] {
        var counts: [String: LineCount] = [:]
        for reader in readers {
            try waitUntilQuiet(reader.output)
            kill(reader.process.processIdentifier, SIGKILL)
            reader.process.waitUntilExit()
            counts[reader.name] = try LineCount(sandbox, [reader.output], expecting: [writer.expectation])
        }
        return counts
    }

    /// Waits until a file has not grown for a third of a second.
    private func waitUntilQuiet(_ file: String) throws {
        var before = -1
        try sandbox.wait {
            let now = Self.sizeBytes(file)
            defer { before = now }
            // On a file system of a program tail(1) looks once a second.
            if now != before { usleep(lossCase.fileSystem.isLayer ? 1_400_000 : 300_000) }
            return now == before
        }
    }

    private static func sizeBytes(_ file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? status.st_size : 0
    }
}
