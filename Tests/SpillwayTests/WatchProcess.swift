import Foundation
import Glibc

/// A running `spillway watch` on a sandbox's configuration, state and journal. It is killed with the value.
final class WatchProcess {
    let process = Process()
    private let sandbox: Sandbox
    private let errorFile: String

    init(
        _ sandbox: Sandbox, _ options: [String] = [], configuration: String = "conf",
        environment: [String: String] = [:], under tool: [String] = []
    ) throws {
        self.sandbox = sandbox
        errorFile = sandbox.path("capture/watch-\(UUID().uuidString).err")
        try Data().write(to: URL(fileURLWithPath: errorFile))
        let words =
            tool + [Sandbox.spillway, "watch", "--state", sandbox.path("state/state")]
            + ["--journal", sandbox.path("state/journal")] + options + [sandbox.path(configuration)]
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.currentDirectoryURL = URL(fileURLWithPath: sandbox.root)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorFile))
        try process.run()
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What it, and its runs, have said.
    var said: String { String(decoding: FileManager.default.contents(atPath: errorFile) ?? Data(), as: UTF8.self) }

    /// Waits until it has begun: then its file is written.
    func waitForStart() throws {
        try sandbox.wait {
            (FileManager.default.contents(atPath: sandbox.path("state/journal.watch")) ?? Data()).count > 0
        }
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Asks it to end; how many seconds that took.
    func end() -> Double {
        let begin = Date()
        send(SIGTERM)
        process.waitUntilExit()
        return Date().timeIntervalSince(begin)
    }

    func waitForExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}
