import Foundation
import Glibc

/// A follower that is run on a log of its own.
final class Follower {
    let kind: FollowerKind
    let log: String
    private let sandbox: Sandbox
    private let command: FollowerCommand
    private let output: String
    private(set) var process: Process?
    /// The most memory that it had, in KiB; of those that stay.
    private(set) var peakMemoryKiB = 0

    init(_ kind: FollowerKind, _ sandbox: Sandbox, log: String) throws {
        self.kind = kind
        self.sandbox = sandbox
        self.log = log
        let directory = sandbox.path("followers/\(kind.name)")
        output = sandbox.path("capture/\(kind.name).got")
        command = FollowerCommand(kind, log: log, directory: directory, output: output)
        for name in ["", "/filter.d", "/action.d"] { try sandbox.makeDirectory("followers/\(kind.name)\(name)") }
        for (file, text) in command.configuration {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
        try Data().write(to: URL(fileURLWithPath: output))
    }

    deinit { try? end(SIGKILL) }

    // MARK: - Running

    func start() throws {
        guard process == nil else { return }
        let process = Process()
        // Foundation starts programs with the signals of its own thread blocked.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal"] + command.arguments
        process.environment = ProcessInfo.processInfo.environment.merging(command.environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        let messages = sandbox.path("capture/\(kind.name).messages")
        if !FileManager.default.fileExists(atPath: messages) { try Data().write(to: URL(fileURLWithPath: messages)) }
        process.standardError = try Self.appending(to: messages)
        process.standardOutput = try Self.appending(to: command.printsLines ? output : messages)
        try process.run()
        self.process = process
    }

    /// Has it end as the system would.
    func stop() throws { try end(SIGTERM) }

    private func end(_ signal: Int32) throws {
        guard let process else { return }
        noteMemory(of: process)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        self.process = nil
    }

    /// Calls it, if it is one that is called, and waits until it has the log's last line, at most so long. One that does
    /// not get it has lost it, which its lines will tell.
    func catchUp(seconds: Double = 15) throws {
        if kind.manner == .isCalled {
            try start()
            process?.waitUntilExit()
            process = nil
            return
        }
        let last = Self.end(of: log).split(separator: "\n").last.map(String.init) ?? ""
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !Self.end(of: output).contains(last), Date() < deadline { usleep(20_000) }
    }

    private func noteMemory(of process: Process) {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        peakMemoryKiB = max(peakMemoryKiB, line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
    }

    // MARK: - What it got

    func count(_ writer: LogWriterProcess) throws -> LineCount {
        let lines = sandbox.path("capture/\(kind.name).lines")
        // fail2ban tells of each line: `... INFO    [lines] Found LINE - 2026-11-22 10:00:00`.
        let selection = kind.name == "fail2ban" ? "sed -n 's/^.* Found \\(.*\\) - [-0-9]* [:0-9]*$/\\1/p'" : "cat"
        try sandbox.shell("\(selection) <'\(output)' >'\(lines)'")
        return try LineCount(sandbox, [lines], expecting: [writer.expectation])
    }

    private static func appending(to file: String) throws -> FileHandle {
        let handle = FileHandle(fileDescriptor: open(file, O_WRONLY | O_APPEND | O_CLOEXEC), closeOnDealloc: true)
        guard handle.fileDescriptor >= 0 else { throw SandboxError("\(file): errno \(errno)") }
        return handle
    }

    /// The last bytes of a file, more than a line.
    private static func end(of file: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: file), let size = try? handle.seekToEnd() else { return "" }
        try? handle.seek(toOffset: size > 9000 ? size - 9000 : 0)
        return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
