import Foundation
import Glibc
import LinuxChanges
import LinuxSystem
import Testing

/// Two copies of a case's tree, and what a program leaves in each.
final class ComparisonTree {
    private let comparison: ComparisonCase
    private let started = Date()
    private let texts: [String: String]

    /// What a program left behind after a run.
    struct Outcome {
        var finished: Finished
        /// Names, and what there is to say of each.
        var files: [String: String] = [:]
        /// Names and contents.
        var contents: [String: String] = [:]
        var trace = ""
        var state: [String: String] = [:]
    }

    init(_ comparison: ComparisonCase) {
        self.comparison = comparison
        let weekday = Calendar.current.component(.weekday, from: started) - 1
        texts = [
            "TODAY": Self.text(started, "yyyyMMdd"),
            "YESTERDAY": Self.text(Self.noonBefore(started), "yyyy-M-d"), "WEEKDAY": String(weekday),
            "TOMORROW": String((weekday + 1) % 7),
        ]
    }

    private static func noonBefore(_ time: Date) -> Date {
        Calendar.current.startOfDay(for: time).addingTimeInterval(-12 * 3600)
    }

    /// A time on the wall's clock.
    static func text(_ time: Date, _ format: String) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = format
        return formatter.string(from: time)
    }

    /// With the words that stand for something replaced.
    func expand(_ text: String, in sandbox: Sandbox? = nil) -> String {
        var words = texts
        if let sandbox {
            for (word, name) in ["LOG": "log", "ETC": "etc", "TRACE": "trace", "BIN": "bin"] {
                words[word] = sandbox.path(name)
            }
        }
        // In two goes: a sandbox's random name can have one of the words in it.
        let marks = words.keys.sorted().enumerated().map { ($1, "\u{1}\($0)\u{2}") }
        let marked = marks.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        return marks.reduce(marked) { $0.replacingOccurrences(of: $1.1, with: words[$1.0] ?? "") }
    }
}

// MARK: - Before

extension ComparisonTree {
    /// The original, and a copy with the same times, owners, links and access control lists.
    func make() throws -> (Sandbox, Sandbox) {
        let original = try Sandbox()
        for file in comparison.files { try make(file, in: original) }
        try inLogs(comparison.prepare, original)
        let copy = try Sandbox()
        try original.shell("cp -a '\(original.path("log"))' '\(copy.root)/'")
        for sandbox in [original, copy] { try furnish(sandbox) }
        return (original, copy)
    }

    private func make(_ file: TreeFile, in sandbox: Sandbox) throws {
        let name = "log/\(expand(file.name))"
        try sandbox.makeDirectory((name as NSString).deletingLastPathComponent)
        try write(file.content, to: sandbox.path(name), mode: file.mode)
        let modified = started.addingTimeInterval(-file.ageHours * 3600)
        try FileManager.default.setAttributes(
            [.ownerAccountID: file.owner, .groupOwnerAccountID: file.group, .modificationDate: modified],
            ofItemAtPath: sandbox.path(name))
        // chown(2) takes the set-id bits away.
        try FileManager.default.setAttributes([.posixPermissions: file.mode], ofItemAtPath: sandbox.path(name))
    }

    /// Foundation syncs what it writes to the disk: for these many small files that would be half of the time.
    private func write(_ content: String, to path: String, mode: Int = 0o644) throws {
        unlink(path)
        try Descriptor.openForAppending(Path(path), mode: UInt32(mode)).writeAll(Array(content.utf8))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// Configurations, mail commands and the state.
    private func furnish(_ sandbox: Sandbox) throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sandbox.root)
        try sandbox.makeDirectory("etc")
        try sandbox.makeDirectory("bin")
        let trace = sandbox.path("trace")
        try write(expand(comparison.configuration, in: sandbox), to: sandbox.path("conf"))
        for (name, text) in comparison.includes {
            try write(expand(text, in: sandbox), to: sandbox.path("etc/\(name)"))
        }
        try write("", to: trace)
        let mail = "#!/bin/sh\n{ printf '<%s>' \"$@\"; echo; cat; } >>'\(trace)'\n"
        try write(mail, to: sandbox.path("bin/mail"), mode: 0o755)
        try write(mail + "exit 1\n", to: sandbox.path("bin/failing-mail"), mode: 0o755)
        try writeState(sandbox)
    }

    private func writeState(_ sandbox: Sandbox) throws {
        if let text = comparison.stateText {
            return try write(expand(text, in: sandbox), to: sandbox.path("state/state"), mode: 0o600)
        }
        let lines = comparison.lastRotated.sorted { $0.key < $1.key }.map { name, hours in
            "\"\(sandbox.path("log"))/\(expand(name))\" \(hour(hours)):0:0\n"
        }
        // Others could lock what they can read: logrotate says so and goes on without a lock.
        try write("logrotate state -- version 2\n" + lines.joined(), to: sandbox.path("state/state"), mode: 0o600)
    }

    /// So many hours ago, as the state file has it.
    func hour(_ hoursAgo: Int) -> String {
        Self.text(started.addingTimeInterval(Double(hoursAgo) * -3600), "yyyy-M-d-H")
    }

    private func inLogs(_ script: String, _ sandbox: Sandbox) throws {
        guard !script.isEmpty else { return }
        try sandbox.shell("cd '\(sandbox.path("log"))'\n" + expand(script, in: sandbox))
    }
}

// MARK: - Runs

extension ComparisonTree {
    /// Runs a program as often as the case wants it. State, force and configurations come behind `options`.
    func run(_ program: String, _ options: [String], in sandbox: Sandbox, _ mode: ComparisonCase.Mode) throws
        -> [Outcome]
    {
        try (1...comparison.runs).map { number in
            if number > 1 {
                try inLogs(comparison.between, sandbox)
                try writeState(sandbox)
            }
            var arguments = options + ["-s", sandbox.path("state/state")]
            if mode == .forced { arguments.append("-f") }
            arguments += comparison.arguments.map { expand($0, in: sandbox) }
            arguments += comparison.read.map { sandbox.path($0) }
            let environment = comparison.environment.mapValues { expand($0, in: sandbox) }
            let finished = try sandbox.run(program, arguments, environment: environment)
            return try look(finished, sandbox)
        }
    }

    private func look(_ finished: Finished, _ sandbox: Sandbox) throws -> Outcome {
        var outcome = Outcome(finished: finished)
        outcome.trace = hide(sandbox, try sandbox.read("trace"))
        outcome.state = try state(sandbox)
        for name in try FileManager.default.subpathsOfDirectory(atPath: sandbox.path("log")) {
            let (description, content) = try describe("log/\(name)", in: sandbox)
            outcome.files[name] = description
            outcome.contents[name] = content
        }
        return outcome
    }

    /// The sandboxes' names are equally long, but not equal.
    private func hide(_ sandbox: Sandbox, _ text: String) -> String {
        text.replacingOccurrences(of: sandbox.root, with: "ROOT")
    }

    /// Paths and dates up to the hour; none where there is no state file.
    private func state(_ sandbox: Sandbox) throws -> [String: String] {
        var entries: [String: String] = [:]
        guard sandbox.exists("state/state") else { return [:] }
        for line in hide(sandbox, try sandbox.read("state/state")).split(separator: "\n").dropFirst() {
            let parts = line.split(separator: " ")
            let date = parts.last?.prefix { $0 != ":" } ?? ""
            entries[parts.dropLast().joined(separator: " ")] = String(date)
        }
        return entries
    }

    private func describe(_ name: String, in sandbox: Sandbox) throws -> (description: String, content: String?) {
        let path = sandbox.path(name)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        func number(_ key: FileAttributeKey) -> Int { (attributes[key] as? NSNumber)?.intValue ?? -1 }
        let mode = String(number(.posixPermissions), radix: 8)
        let owner = "\(mode) \(number(.ownerAccountID)):\(number(.groupOwnerAccountID))"
        switch attributes[.type] as? FileAttributeType {
        case .typeRegular?:
            let file = try content(name, in: sandbox)
            let modified = (attributes[.modificationDate] as? Date ?? .distantPast)
            // What was written during the test has its times from there, and those differ.
            let time = modified >= started.addingTimeInterval(-1) ? "now" : String(Int(modified.timeIntervalSince1970))
            let acl = try Descriptor.open(Path(path)).attribute("system.posix_acl_access") ?? []
            let links = number(.referenceCount)
            return (
                "\(owner) links \(links) time \(time) acl \(acl) \(file.kind) \(file.text.debugDescription)", file.text
            )
        case .typeDirectory?: return ("\(owner) directory", nil)
        case .typeSymbolicLink?:
            return ("link to \(try FileManager.default.destinationOfSymbolicLink(atPath: path))", nil)
        default: return ("\(owner) something else", nil)
        }
    }

    /// What a file holds, decompressed by the program that its first bytes ask for.
    private func content(_ name: String, in sandbox: Sandbox) throws -> (kind: String, text: String) {
        let magics: [(bytes: [UInt8], program: String)] = [
            ([0x1f, 0x8b], "gzip"), (Array("BZh".utf8), "bzip2"), ([0xfd, 0x37, 0x7a], "xz"),
            ([0x28, 0xb5, 0x2f], "zstd"),
        ]
        let bytes = FileManager.default.contents(atPath: sandbox.path(name)) ?? Data()
        guard let program = magics.first(where: { bytes.starts(with: $0.bytes) })?.program else {
            return ("plain", hide(sandbox, String(decoding: bytes, as: UTF8.self)))
        }
        let result = try sandbox.run("/bin/sh", ["-c", "\(program) -dc <\"$1\"", "sh", sandbox.path(name)])
        guard result.status == 0 else { throw SandboxError("\(program) -dc \(name): \(result.error)") }
        return (program, hide(sandbox, result.output))
    }
}
