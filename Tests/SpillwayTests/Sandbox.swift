import Foundation
import Testing

/// A directory of its own for a test, and the programs run in it. It is removed with the value.
final class Sandbox {
    let root: String

    init() throws {
        let place = ProcessInfo.processInfo.environment["SPILLWAY_TEST_DIRECTORY"] ?? "/tmp"
        var template = Array("\(place)/spillway-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SandboxError("mkdtemp: errno \(errno)") }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try makeDirectory("log")
        try makeDirectory("state")
        try makeDirectory("capture")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    /// The absolute path of something in here.
    func path(_ name: String) -> String { "\(root)/\(name)" }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    /// Writes a file with a mode, and makes it so many seconds old.
    func write(_ name: String, _ content: String, mode: Int = 0o644, ageSeconds: Double = 0) throws {
        let file = path(name)
        try Data(content.utf8).write(to: URL(fileURLWithPath: file))
        let modified = Date(timeIntervalSinceNow: -ageSeconds)
        try FileManager.default.setAttributes(
            [.posixPermissions: mode, .modificationDate: modified], ofItemAtPath: file)
    }

    /// Writes a configuration; `LOG` stands for the directory of logs.
    func configure(_ text: String, _ name: String = "conf") throws {
        try write(name, text.replacingOccurrences(of: "LOG", with: path("log")))
    }

    func append(_ name: String, _ content: String) throws {
        let file = try opened(name, O_WRONLY)
        try file.seekToEnd()
        try file.write(contentsOf: Data(content.utf8))
        try file.close()
    }

    func read(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    func bytes(_ name: String) throws -> Data {
        try opened(name, O_RDONLY).readToEnd() ?? Data()
    }

    /// Foundation opens with O_NONBLOCK, which fails with EAGAIN while a run has a lease on the file; a plain open waits.
    private func opened(_ name: String, _ access: Int32) throws -> FileHandle {
        let descriptor = open(path(name), access | O_CLOEXEC)
        guard descriptor >= 0 else { throw SandboxError("\(path(name)): errno \(errno)") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// The content of a plain or compressed file.
    func content(_ name: String) throws -> String {
        guard name.hasSuffix(".gz") else { return try read(name) }
        let result = try run("/bin/gzip", ["-dc", path(name)])
        guard result.status == 0 else { throw SandboxError("gzip -dc \(name): \(result.error)") }
        return result.output
    }

    /// What a log has besides its head, which is archived, and its hole.
    func liveContent(_ name: String) throws -> String {
        let bytes = Array(try bytes(name))
        guard let first = bytes.first, first != 0, bytes.count > 4096, bytes[4096] == 0 else {
            return String(decoding: bytes.drop { $0 == 0 }, as: UTF8.self)
        }
        return String(decoding: bytes[4096...].drop { $0 == 0 }, as: UTF8.self)
    }

    /// The names in a directory, sorted.
    func names(_ directory: String = "log") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(directory)).sorted()
    }

    func exists(_ name: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path(name))) != nil
    }

    /// Runs spillway on `conf` with state and journal of this sandbox.
    @discardableResult
    func spillway(_ arguments: [String] = [], configuration: String = "conf", environment: [String: String] = [:])
        throws
        -> Finished
    {
        try run(
            Sandbox.spillway,
            ["-s", path("state/state"), "--journal", path("state/journal")] + arguments + [path(configuration)],
            environment: environment)
    }

    /// Where the tests are, and what was built with them.
    static let programDirectory: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: tests).deletingLastPathComponent().path
    }()

    /// The program that was built with the tests, or the one that is shipped: `SPILLWAY_PROGRAM` names it.
    static let spillway =
        ProcessInfo.processInfo.environment["SPILLWAY_PROGRAM"] ?? programDirectory + "/spillway"

    /// Runs a program to its end.
    @discardableResult
    func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.currentDirectoryURL = URL(fileURLWithPath: root)
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: nobody has to read them while the program runs.
        let name = UUID().uuidString
        let files = ["out", "err"].map { path("capture/\(name).\($0)") }
        for file in files { try Data().write(to: URL(fileURLWithPath: file)) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: files[0]))
        let error = try FileHandle(forWritingTo: URL(fileURLWithPath: files[1]))
        process.standardOutput = output
        process.standardError = error
        try process.run()
        process.waitUntilExit()
        try output.close()
        try error.close()
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        return Finished(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: String(decoding: FileManager.default.contents(atPath: files[0]) ?? Data(), as: UTF8.self),
            error: String(decoding: FileManager.default.contents(atPath: files[1]) ?? Data(), as: UTF8.self))
    }

    /// Starts a program in here; it is ended with the process of the tests at the latest.
    func start(_ program: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: root)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Waits until something holds, at most half a minute.
    func wait(until condition: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 30)
        while try !condition() {
            guard Date() < deadline else { throw SandboxError("waited in vain") }
            usleep(5000)
        }
    }

    /// Runs shell lines with `set -e` in here.
    @discardableResult
    func shell(_ script: String) throws -> Finished {
        let result = try run("/bin/sh", ["-ec", script])
        guard result.status == 0 else { throw SandboxError("\(script): \(result.error)") }
        return result
    }

    /// Files in memory that take the place of a journal here, and of what lies beside it: their names have its path's CRC.
    func standIns(of journal: String) throws -> [String] {
        let sum = "printf %s '\(path(journal))' | gzip -c | tail -c 8 | od -An -N4 -tx4 | sed 's/^ *0*//'"
        let number = try shell(sum).output.dropLast()
        let names = try FileManager.default.contentsOfDirectory(atPath: "/run")
        return names.filter { $0.hasPrefix("spillway-\(number).") }.sorted().map { "/run/\($0)" }
    }
}

/// How a program ended and what it printed.
struct Finished {
    var status: Int32
    var output: String
    var error: String
}

struct SandboxError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Whether a program is there; tests that need one that is not say so by name.
func hasProgram(_ path: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: path)
}
