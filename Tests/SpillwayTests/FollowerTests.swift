import Foundation
import Glibc
import Testing

/// What programs that follow a log get of it while it is rotated: the real ones, each on a log of its own.
@Suite(.enabled(if: FileSystem.ext4.missing == nil, "missing here: \(FileSystem.ext4.missing ?? "")"), .serialized)
struct FollowerTests {
    /// How the logs are emptied.
    enum Technique: String, CaseIterable, Sendable {
        case standard, lossless, renaming

        var rules: String {
            switch self {
            case .standard: ""
            case .lossless: "lossless"
            case .renaming: "create\n signal HUP"
            }
        }
    }

    /// Followers that are known to miss lines although they had read everything before the log was emptied, because it
    /// became smaller and then larger than it was while they did not look; as the manual says.
    private static func mayLose(_ kind: FollowerKind, _ technique: Technique) -> Bool {
        switch technique {
        case .standard: kind.manner == .isCalled || kind.name == "fail2ban" || kind.name == "syslog-ng"
        case .lossless: false
        case .renaming: false
        }
    }

    @Test(arguments: Technique.allCases)
    func everyLineComesOnce(_ technique: Technique) throws {
        for kind in FollowerKind.all where !kind.missing.isEmpty {
            print("not tried: \(kind), because there is no \(kind.missing.joined(separator: ", "))")
        }
        let run = try FollowerRun(FollowerKind.all.filter(\.missing.isEmpty), rules: technique.rules)
        try run.cutUnderFollowers()
        try run.cutWhileTheyAreStopped()
        for (follower, count) in try run.end() {
            print("\(technique), \(follower.kind): \(count); \(follower.peakMemoryKiB) KiB")
            #expect(count["doubled"] == 0 && count["nuls"] == 0, "\(follower.kind): \(count) \(count.firstBroken)")
            if !Self.mayLose(follower.kind, technique) {
                #expect(count["lost"] == 0 && count["broken"] == 0, "\(follower.kind): \(count) \(count.firstBroken)")
            }
        }
    }
}

/// Followers side by side, a log and a writer for each, and spillway that rotates all of them.
final class FollowerRun {
    private let sandbox: Sandbox
    private let volume: LoopMount
    private var pairs: [(follower: Follower, writer: LogWriterProcess)] = []
    private static let linesASecond = 600

    init(_ kinds: [FollowerKind], rules: String) throws {
        sandbox = try Sandbox()
        volume = try LoopMount(sandbox, "log", .ext4, megabytes: 64)
        try sandbox.configure("LOG/*.log {\n \(rules)\n}\n")
        for kind in kinds {
            let log = sandbox.path("log/\(kind.name).log")
            let writer = try LogWriterProcess(
                rules.contains("signal") ? "reopen" : "append", sandbox, log: log, id: kind.name,
                options: ["--rate", "\(Self.linesASecond)"])
            let follower = try Follower(kind, sandbox, log: log)
            pairs.append((follower, writer))
            if kind.manner != .isCalled { try follower.start() }
        }
    }

    // MARK: - What happens

    /// Three cuts; each log grows beyond what it was before the next.
    func cutUnderFollowers() throws {
        var lines = 600
        for _ in 1...3 {
            try grow(by: lines)
            // Whoever has the log closed has looked at it right before, as far as anybody can: that is what is asked here.
            let quiet = pairs.filter { $0.follower.kind.needsQuiet }
            for (_, writer) in quiet { kill(writer.process.processIdentifier, SIGSTOP) }
            usleep(20_000)
            for (follower, _) in quiet { try follower.catchUp() }
            try cut()
            for (_, writer) in quiet { kill(writer.process.processIdentifier, SIGCONT) }
            lines = lines * 9 / 5
        }
        try grow(by: lines)
    }

    /// All have read everything, and are ended; a cut, the log grows, and they are started again.
    func cutWhileTheyAreStopped() throws {
        for (_, writer) in pairs { kill(writer.process.processIdentifier, SIGSTOP) }
        usleep(20_000)
        for (follower, _) in pairs { try follower.catchUp() }
        let ended = pairs.map(\.follower).filter { $0.kind.manner != .stays }
        for follower in ended { try follower.stop() }
        try cut()
        for (_, writer) in pairs { kill(writer.process.processIdentifier, SIGCONT) }
        try grow(by: 1000)
        for follower in ended where follower.kind.manner != .isCalled { try follower.start() }
        try grow(by: 300)
    }

    func end() throws -> [(Follower, LineCount)] {
        for (_, writer) in pairs { try writer.stop() }
        return try pairs.map { follower, writer in
            try follower.catchUp()
            try follower.stop()
            return (follower, try follower.count(writer))
        }
    }

    private func grow(by lines: Int) throws {
        let wanted = pairs.map { $0.writer.lines + lines }
        for (pair, count) in zip(pairs, wanted) { try pair.writer.wait(for: count) }
    }

    private func cut() throws {
        let run = try sandbox.spillway(["-f"])
        guard run.status == 0 else { throw SandboxError("\(run)") }
    }
}
