import Foundation
import Glibc

/// A running `LogWriter`, see `Tests/LogWriter`. It is killed with the value.
final class LogWriterProcess {
    /// The program that was built with the tests, or with the release that is measured.
    static let program = URL(fileURLWithPath: programDirectory).appendingPathComponent("LogWriter").path
    /// spillway from the same place, or the one that is shipped.
    static let spillway =
        ProcessInfo.processInfo.environment["SPILLWAY_PROGRAM"] ?? programDirectory + "/spillway"

    private static let programDirectory =
        ProcessInfo.processInfo.environment["SPILLWAY_PROGRAMS"] ?? Sandbox.programDirectory

    let id: String
    let process: Process
    private let sandbox: Sandbox
    /// The file that has the number of its lines.
    let done: String

    /// Starts a writer of a mode, and waits for its first line.
    ///
    /// - Parameter log: the log's path.
    init(
        _ mode: String, _ sandbox: Sandbox, log: String, id: String = "w", options: [String] = [],
        program: String = LogWriterProcess.program
    ) throws {
        self.sandbox = sandbox
        self.id = id
        let done = sandbox.path("capture/\(id).done")
        self.done = done
        let process = try sandbox.start(
            program, [mode, "--file", log, "--id", id, "--done", done] + options)
        self.process = process
        try sandbox.wait {
            guard process.isRunning else { throw SandboxError("LogWriter \(mode) ended at once") }
            return Self.lines(in: done) > 0
        }
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// How many lines it has written so far.
    var lines: Int { Self.lines(in: done) }

    /// The argument of `count` that expects them.
    var expectation: String { "\(id)=@\(done)" }

    private static func lines(in file: String) -> Int {
        guard let data = FileManager.default.contents(atPath: file), data.count == 8 else { return 0 }
        return data.withUnsafeBytes { Int($0.loadUnaligned(as: Int64.self)) }
    }

    /// Waits until it has written a counted number of lines.
    func wait(for count: Int) throws {
        try sandbox.wait { lines >= count && process.isRunning }
    }

    /// Has it write what it keeps back, and end.
    func stop() throws {
        guard process.isRunning else { throw SandboxError("the writer \(id) has ended before its time") }
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SandboxError("the writer \(id) failed") }
    }
}

/// What `LogWriter count` found in a history.
struct LineCount: CustomStringConvertible {
    private var figures: [String: Int] = [:]
    var description: String
    /// The beginning of the first line that is not as its writer wrote it.
    var firstBroken: String

    /// - Parameter isEvicted: the oldest archives may have gone, for want of room: what is left has no gap.
    init(_ sandbox: Sandbox, _ files: [String], expecting: [String], isEvicted: Bool = false) throws {
        let options = isEvicted ? ["--evicted", "yes"] : []
        let result = try sandbox.run(
            LogWriterProcess.program, ["count"] + options + expecting.flatMap { ["--expect", $0] } + files)
        guard result.status == 0 else { throw SandboxError("count: \(result.error)") }
        description = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        firstBroken = result.error
        for pair in description.split(separator: " ") {
            let parts = pair.split(separator: "=")
            figures[String(parts[0])] = Int(parts[1])
        }
    }

    subscript(_ name: String) -> Int { figures[name] ?? -1 }

    /// Everything of a log in a directory: the archives from the oldest on, then the live log.
    ///
    /// What is plain may be a renamed log that is still written, and was cut like a live one.
    static func history(of log: String, in directory: String, plainIsArchive: Bool = false) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        let archives = names.filter { $0.hasPrefix("\(log).") }.map { name in
            (name, Int(name.dropFirst(log.count + 1).prefix { $0.isNumber }) ?? 0)
        }.sorted { ($1.1, $1.0.count) < ($0.1, $0.0.count) }.map(\.0)
        return (archives + names.filter { $0 == log }).map { name in
            let isArchive = name.hasSuffix(".gz") || plainIsArchive && name != log
            return (isArchive ? "" : "live:") + "\(directory)/\(name)"
        }
    }
}

/// What a process still holds of a directory although it has been deleted, as /proc tells it.
func heldDeletedFiles(below directory: String) -> [String] {
    let manager = FileManager.default
    let processes = (try? manager.contentsOfDirectory(atPath: "/proc"))?.filter { Int($0) != nil } ?? []
    return processes.flatMap { process in
        ((try? manager.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []).compactMap { number in
            guard let link = try? manager.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(number)"),
                link.hasPrefix(directory + "/"), link.hasSuffix(" (deleted)")
            else { return nil }
            return "\(process): \(link)"
        }
    }
}
