import Foundation
import Glibc

/// Writers, followers, a watch and runs beside it on a disk that is too small for them; whatever happens to programs happens here.
final class SoakRun {
    /// How long it is asked for.
    static let minutes = ProcessInfo.processInfo.environment["SPILLWAY_SOAK_MINUTES"].flatMap { Double($0) }

    private let sandbox: Sandbox
    private let volume: LoopMount
    private let logs: [SoakLog]
    private var numbers: SeededNumbers
    private var rsyslogd: Process?
    private var watch: WatchProcess?
    private var pairs: [(log: SoakLog, writer: LogWriterProcess, follower: Follower?, own: Process?)] = []
    private var earlierWords: [String] = []

    /// How often each thing was done.
    private(set) var done: [String: Int] = [:]
    /// Deleted files that somebody held at two looks one after the other.
    private(set) var held: Set<String> = []
    private var heldBefore: Set<String> = []
    private(set) var leastFree = Int.max
    /// What the watch that was not disturbed any more had, over time: KiB, descriptors.
    private(set) var samples: [(memoryKiB: Int, descriptors: Int)] = []

    init(seed: UInt64, logs: [SoakLog] = SoakLog.all) throws {
        sandbox = try Sandbox()
        numbers = SeededNumbers(seed: seed)
        volume = try LoopMount(sandbox, "log", .ext4, megabytes: 320, making: ["-m", "0"])
        self.logs = logs.filter { log in
            guard let kind = Self.kind(log.follower), !kind.missing.isEmpty else { return true }
            print("not tried: \(kind), because there is no \(kind.missing.joined(separator: ", "))")
            return false
        }
        try sandbox.configure(
            "size 1M\n" + self.logs.map { "LOG/\($0.name).log {\n \($0.rules)\n}\n" }.joined()
                + "space LOG {\n budget 180M\n minfree 10%\n}\n")
    }

    deinit {
        for process in pairs.compactMap(\.own) + [rsyslogd].compactMap(\.self) where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    private static func kind(_ name: String?) -> FollowerKind? { FollowerKind.all.first { $0.name == name } }

    // MARK: - Beginning

    func start() throws {
        try startWatch()
        for log in logs {
            let path = sandbox.path("log/\(log.name).log")
            let writer = try startWriter(log, path)
            var follower: Follower?
            var own: Process?
            if let kind = Self.kind(log.follower) {
                follower = try Follower(kind, sandbox, log: path)
                try follower?.start()
            } else if log.follower != nil {
                own = try sandbox.start(
                    LogWriterProcess.program,
                    ["follow", "--file", path, "--output", sandbox.path("capture/\(log.name).follow")])
            }
            pairs.append((log, writer, follower, own))
        }
    }

    private func startWriter(_ log: SoakLog, _ path: String) throws -> LogWriterProcess {
        let options = ["--rate", "\(log.linesASecond)"]
        guard log.writer == "rsyslogd" else {
            return try LogWriterProcess(log.writer, sandbox, log: path, id: log.name, options: options)
        }
        let (process, socket) = try SocketRsyslogd.start(sandbox, log: path)
        rsyslogd = process
        return try LogWriterProcess("socket", sandbox, log: socket, id: log.name, options: options)
    }

    private func startWatch() throws {
        if let watch { earlierWords.append(watch.said) }
        watch = try WatchProcess(sandbox)
    }

    // MARK: - What happens

    /// Disturbs everything for so long; then the watch itself is left alone, and looked at.
    func soak(seconds: Double) throws {
        let begin = Date()
        var lastSample = begin
        while Date().timeIntervalSince(begin) < seconds {
            let elapsed = Date().timeIntervalSince(begin)
            usleep(UInt32.random(in: 200_000...1_500_000, using: &numbers))
            try disturb(mayEndWatch: elapsed < seconds * 0.4)
            look()
            if elapsed > seconds * 0.45, Date().timeIntervalSince(lastSample) > 1 {
                sample()
                lastSample = Date()
            }
        }
    }

    private func disturb(mayEndWatch: Bool) throws {
        switch Int.random(in: 0..<14, using: &numbers) {
        case 0, 1, 2: try killOwnRun()
        case 3, 4, 5: killRunOfWatch()
        case 6:
            note("run beside the watch")
            try sandbox.spillway([
                "-f", "--only", sandbox.path("log/\(logs.randomElement(using: &numbers)?.name ?? "").log"),
            ])
        case 7, 8: try holdWriter()
        case 9: holdFollower()
        case 10: fillDisk()
        case 11:
            note("watch told to read its configuration")
            watch?.send(SIGHUP)
        case 12 where mayEndWatch:
            note("watch killed")
            watch?.send(SIGKILL)
            _ = watch?.waitForExit()
            usleep(UInt32.random(in: 0...500_000, using: &numbers))
            try startWatch()
        case 13 where mayEndWatch:
            note("watch ended")
            _ = watch?.end()
            try startWatch()
        default: note("nothing")
        }
    }

    private func note(_ what: String) { done[what, default: 0] += 1 }

    /// A run as cron's, that dies at any moment.
    private func killOwnRun() throws {
        let run = try sandbox.start(
            "/usr/bin/env",
            [
                "--default-signal", Sandbox.spillway, "-s", sandbox.path("state/state"), "--journal",
                sandbox.path("state/journal"),
            ]
                + (Bool.random(using: &numbers) ? ["-f"] : []) + [sandbox.path("conf")])
        usleep(UInt32.random(in: 1000...400_000, using: &numbers))
        if run.isRunning {
            note("run killed")
            kill(run.processIdentifier, SIGKILL)
        } else {
            note("run that ended")
        }
        run.waitUntilExit()
    }

    private func killRunOfWatch() {
        guard let watch else { return }
        let process = watch.process.processIdentifier
        let until = Date(timeIntervalSinceNow: 2)
        while Date() < until {
            let children = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
            if let child = children?.split(separator: " ").first.flatMap({ pid_t($0) }) {
                usleep(UInt32.random(in: 0...100_000, using: &numbers))
                note("run of the watch killed")
                kill(child, SIGKILL)
                return
            }
            usleep(5000)
        }
    }

    /// It makes up for what it could not write.
    private func holdWriter() throws {
        guard let pair = pairs.randomElement(using: &numbers) else { return }
        note("writer held")
        kill(pair.writer.process.processIdentifier, SIGSTOP)
        usleep(UInt32.random(in: 100_000...2_000_000, using: &numbers))
        kill(pair.writer.process.processIdentifier, SIGCONT)
    }

    /// For less than the second that a cut waits for those who read.
    private func holdFollower() {
        guard let follower = pairs.compactMap({ $0.follower?.process ?? $0.own }).randomElement(using: &numbers) else {
            return
        }
        note("follower held")
        kill(follower.processIdentifier, SIGSTOP)
        usleep(UInt32.random(in: 50_000...500_000, using: &numbers))
        kill(follower.processIdentifier, SIGCONT)
    }

    /// Somebody else takes nearly all the room there is, for a while: less stays than the floor, and what rsyslogd needs, which
    /// loses what it cannot write.
    private func fillDisk() {
        note("disk filled")
        let ballast = sandbox.path("log/ballast")
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let taken = freeBytes - (24 << 20)
        if descriptor >= 0, taken > 0 { posix_fallocate(descriptor, 0, off_t(taken)) }
        close(descriptor)
        usleep(UInt32.random(in: 100_000...2_000_000, using: &numbers))
        unlink(ballast)
    }

    private var freeBytes: Int {
        var status = statvfs()
        return statvfs(volume.place, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : 0
    }

    private func look() {
        leastFree = min(leastFree, freeBytes)
        // A run that works has what it is just removing.
        let now = Set(
            heldDeletedFiles(below: volume.place).filter { entry in
                let process = entry.prefix { $0.isNumber }
                let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
                return program?.hasPrefix(Sandbox.spillway) != true
            })
        held.formUnion(now.intersection(heldBefore))
        heldBefore = now
    }

    private func sample() {
        guard let process = watch?.process.processIdentifier,
            let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        else { return }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        samples.append((line.flatMap { Int($0.filter(\.isNumber)) } ?? 0, descriptors))
    }

    // MARK: - End

    /// What is left of a log, and what its follower got.
    struct Account {
        var log: SoakLog
        var history: LineCount
        var follower: LineCount?
    }

    func end() throws -> [Account] {
        if let watch {
            _ = watch.end()
            earlierWords.append(watch.said)
        }
        // A run that it left ends at its next safe point.
        try sandbox.wait { try sandbox.spillway(["--only", "none"]).status == 0 }
        for (_, writer, _, _) in pairs { try writer.stop() }
        if let rsyslogd {
            var before = -1
            try sandbox.wait {
                defer { before = Self.sizeBytes(sandbox.path("log/rsyslogd.log")) }
                usleep(300_000)
                return before == Self.sizeBytes(sandbox.path("log/rsyslogd.log"))
            }
            kill(rsyslogd.processIdentifier, SIGTERM)
            rsyslogd.waitUntilExit()
        }
        for (_, _, follower, _) in pairs { try follower?.catchUp() }
        usleep(500_000)
        for (_, _, _, own) in pairs.filter({ $0.own != nil }) {
            own.map { _ = kill($0.processIdentifier, SIGTERM) }
            own?.waitUntilExit()
        }
        for (_, _, follower, _) in pairs { try follower?.stop() }
        look()
        for options in [["-f"], []] {
            let run = try sandbox.spillway(options)
            earlierWords.append(run.error)
            guard run.status == 0 else { throw SandboxError("\(options): \(run)") }
        }
        return try pairs.map { log, writer, follower, own in
            var account = Account(
                log: log,
                history: try LineCount(
                    sandbox, try LineCount.history(of: "\(log.name).log", in: volume.place),
                    expecting: [writer.expectation],
                    isEvicted: true))
            if let follower { account.follower = try follower.count(writer) }
            if own != nil {
                account.follower = try LineCount(
                    sandbox, [sandbox.path("capture/\(log.name).follow")], expecting: [writer.expectation])
            }
            return account
        }
    }

    /// What lies in the directory of logs and belongs to none.
    func leftOver() throws -> [String] {
        try sandbox.names().filter { name in name != "lost+found" && !logs.contains { name.hasPrefix("\($0.name).log") }
        }
    }

    /// What the watch and its runs have said, each sentence once, with how often: numbers and times are left out.
    var words: [(String, Int)] {
        var counts: [String: Int] = [:]
        for line in earlierWords.joined(separator: "\n").split(separator: "\n") {
            counts[String(line).replacing(sandbox.root, with: "").replacing(#/\d+/#, with: "N"), default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }

    private static func sizeBytes(_ file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? status.st_size : 0
    }
}
