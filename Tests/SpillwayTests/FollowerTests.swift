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

    /// Who is known to miss lines although he had read everything before, as the manual says.
    private static func mayLose(_ kind: FollowerKind, _ technique: Technique) -> Bool {
        switch technique {
        // The log was made small while it was open to nobody, and was larger than before at the next look.
        case .standard: kind.needsQuiet
        case .lossless: false
        // They leave the old file when the new one has the name: what its writer adds before he hears of it is missed. since
        // takes the new file for an earlier one that had the same inode.
        case .renaming: ["imfile", "tail", "busybox", "uutils", "sec", "since"].contains(kind.name)
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
    private typealias Pair = (follower: Follower, writer: LogWriterProcess)
    private var pairs: [Pair] = []
    private static let linesASecond = 600

    init(_ kinds: [FollowerKind], rules: String) throws {
        sandbox = try Sandbox()
        volume = try LoopMount(sandbox, "log", .ext4, megabytes: 64)
        try sandbox.configure("LOG/*.log {\n \(rules)\n}\n")
        for kind in kinds {
            let log = sandbox.path("log/\(kind.name).log")
            let writer = try LogWriterProcess(
                rules.contains("signal") ? "reopen" : "append", sandbox, log: log, id: kind.name,
                options: ["--rate", "\(Self.linesASecond)", "--pause", sandbox.path("capture/\(kind.name).pause")])
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
            try pause(quiet)
            for (follower, _) in quiet { try follower.catchUp() }
            try cut()
            try resume(quiet)
            lines = lines * 9 / 5
        }
        try grow(by: lines)
    }

    /// All have read everything, and are ended; a cut, the log grows, and they are started again.
    func cutWhileTheyAreStopped() throws {
        try pause(pairs)
        for (follower, _) in pairs { try follower.catchUp() }
        let ended = pairs.map(\.follower).filter { $0.kind.manner != .stays }
        for follower in ended { try follower.stop() }
        try cut()
        try resume(pairs)
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

    /// Has writers write nothing, and waits until that is so.
    private func pause(_ pairs: [Pair]) throws {
        for pair in pairs { try sandbox.write("capture/\(pair.follower.kind.name).pause", "") }
        try sandbox.wait {
            let before = pairs.map(\.writer.lines)
            usleep(200_000)
            return pairs.map(\.writer.lines) == before
        }
    }

    private func resume(_ pairs: [Pair]) throws {
        for pair in pairs { try sandbox.shell("rm 'capture/\(pair.follower.kind.name).pause'") }
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
