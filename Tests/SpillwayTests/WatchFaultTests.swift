import Foundation
import Testing

/// Each call of `watch` itself fails once: it goes on, or ends with a word that says why, and what it did not do the next
/// run does.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct WatchFaultTests {
    private static let step = sweepStep(97)
    private static let line = "a line that is long enough to be counted\n"

    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nsize 1k\nrotate 100\n}\n")
        try sandbox.write("log/a.log", "")
        try sandbox.spillway()
        return sandbox
    }

    /// Waits where a run has a lease on the log just then, which Foundation does not.
    private func write(_ sandbox: Sandbox) throws {
        try sandbox.write("lines", String(repeating: Self.line, count: 100))
        try sandbox.shell("cat lines >> log/a.log")
    }

    /// Lets it watch a log that grows until it is rotated, and ends it; whether it ended by itself.
    private func watch(_ sandbox: Sandbox, under strace: [String]) throws -> (watch: WatchProcess, isDone: Bool) {
        // Its runs are not traced: their calls fail in a sweep of their own.
        let watch = try WatchProcess(sandbox, under: ["/usr/bin/strace", "-qq", "-o", sandbox.path("trace")] + strace)
        let begin = Date()
        var isWritten = false
        var isDone = false
        while watch.process.isRunning, !isDone, Date().timeIntervalSince(begin) < 15 {
            if !isWritten, sandbox.exists("state/journal.watch") || Date().timeIntervalSince(begin) > 1 {
                try write(sandbox)
                isWritten = true
            }
            usleep(20_000)
            isDone = try sandbox.names().contains("a.log.1.gz")
        }
        return (watch, isDone)
    }

    private func end(_ watch: WatchProcess) throws {
        // strace passes a signal on that it gets itself only where it started the program.
        if let child = try? String(
            contentsOfFile: "/proc/\(watch.process.processIdentifier)/task/\(watch.process.processIdentifier)/children",
            encoding: .utf8
        ).split(separator: " ").first.flatMap({ pid_t($0) }) {
            kill(child, SIGTERM)
        }
        watch.process.waitUntilExit()
    }

    @Test(.enabled(if: isWanted("fault watch")))
    func aWatchMayFailAnywhere() throws {
        let plain = try sandbox()
        let (watch, isDone) = try watch(plain, under: ["-y"])
        #expect(isDone, "\(watch.said)")
        try end(watch)
        #expect(watch.process.terminationStatus == 0, "\(watch.said)")
        let traced = try plain.read("trace").split(separator: "\n").map { "1 \($0)" }.joined(separator: "\n")
        try plain.write("trace", traced)
        let faults = try FaultSweep.faults(in: plain)
        var met = 0
        var ended = 0
        for (index, fault) in faults.enumerated() where index % Self.step == Self.step / 3 {
            let sandbox = try sandbox()
            let (watch, isDone) = try self.watch(sandbox, under: FaultSweep.injecting(fault))
            let isAlive = watch.process.isRunning
            if isAlive { try end(watch) }
            guard let call = try FaultSweep.metCall(fault, in: sandbox) else { continue }
            met += 1
            var found: [String] = []
            let status = watch.process.terminationStatus
            if watch.process.terminationReason != .exit { found.append("signal \(status)") }
            if isAlive, !isDone { found.append("it watches, and nothing comes of it; it said: \(watch.said)") }
            if !isAlive {
                ended += 1
                // Whoever is told that a lock is taken believes it.
                let isBusy = status == 3 && call.contains("LOCK_NB") && fault.error == "EAGAIN"
                if status != 1 && !isBusy || !watch.said.contains("/") {
                    found.append("it ended with \(status), saying: \(watch.said)")
                }
            }
            let next = try sandbox.spillway()
            if next.status != 0 { found.append("next run: \(next)") }
            let archives = try sandbox.names().filter { $0.hasSuffix(".gz") }.sorted(by: >)
            let history =
                try archives.map { try sandbox.content("log/\($0)") }.joined() + sandbox.liveContent("log/a.log")
            let lines = history.split(separator: "\n").count
            if lines % 100 != 0 || lines == 0 && isAlive { found.append("\(lines) lines") }
            #expect(found == [], "\(fault.error): \(call)")
            for problem in found { report("fault watch: \(fault.error): \(call): \(problem)") }
        }
        report("fault watch: \(met) of \(faults.count) faults, \(ended) ended it")
        #expect(met > 0)
    }

    /// Another one takes over at once, and what the dead one's run has left is finished.
    @Test(.enabled(if: isWanted("kill watch")))
    func aWatchMayBeKilledAnywhere() throws {
        let plain = try sandbox()
        let (watch, isDone) = try watch(plain, under: [])
        #expect(isDone, "\(watch.said)")
        try end(watch)
        var places: [KillTests.Place] = []
        var numbers: [String: Int] = [:]
        for line in try plain.read("trace").split(separator: "\n") {
            guard let call = line.firstMatch(of: #/^(\w+)\(/#)?.1 else { continue }
            numbers[String(call), default: 0] += 1
            places.append(KillTests.Place(call: String(call), number: numbers[String(call)] ?? 0))
        }
        var killed = 0
        for (index, place) in places.enumerated() where index % Self.step == Self.step / 3 {
            let sandbox = try sandbox()
            let (dead, _) = try self.watch(
                sandbox,
                under: ["-e", "trace=\(place.call)", "-e", "inject=\(place.call):signal=SIGKILL:when=\(place.number)"])
            guard !dead.process.isRunning else {
                try end(dead)
                continue
            }
            killed += 1
            let next = try WatchProcess(sandbox)
            try write(sandbox)
            let deadline = Date(timeIntervalSinceNow: 20)
            while try !sandbox.names().contains("a.log.1.gz") || !sandbox.liveContent("log/a.log").isEmpty,
                next.process.isRunning, Date() < deadline
            {
                usleep(20_000)
            }
            let seconds = next.end()
            var found: [String] = []
            if next.process.terminationStatus != 0 { found.append("the next watch said: \(next.said)") }
            if seconds > 5 { found.append("it ended after \(seconds) s") }
            try sandbox.wait { try sandbox.spillway().status == 0 }
            let archives = try sandbox.names().filter { $0.hasSuffix(".gz") }
            let left = try sandbox.names().filter { $0 != "a.log" && !archives.contains($0) }
            if !left.isEmpty { found.append("left over: \(left)") }
            let lines = try archives.map { try sandbox.content("log/\($0)") }.joined()
                .split(separator: "\n").count
            if lines == 0 || lines % 100 != 0 { found.append("\(lines) lines in \(archives)") }
            #expect(found == [], "killed at \(place.call) \(place.number)")
            for problem in found { report("kill watch: \(place.call) \(place.number): \(problem)") }
        }
        report("kill watch: \(killed) of \(places.count) places")
        #expect(killed > 0)
    }
}
