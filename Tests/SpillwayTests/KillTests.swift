import Foundation
import Testing

/// A run is killed before each system call that changes anything, which is after the one before it. What it left, the next
/// runs finish: every line is there once.
///
/// Every so many of these places; all of them with `Tests/Loss/kill`, which sets `SPILLWAY_SWEEP_STEP`.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct KillTests {
    private static let step = sweepStep(7)

    @Test(arguments: InterruptedScenario.allCases.filter { isWanted($0.testDescription) })
    func aKilledRunIsFinishedByTheNext(_ scenario: InterruptedScenario) throws {
        let places = try Self.places(scenario)
        // A rotation that is not one has next to none.
        #expect(places.count > 8, "\(places)")
        var killed = 0
        for place in places.enumerated().filter({ $0.offset % Self.step == 0 }).map(\.element) {
            let run = try InterruptedRun(scenario, in: Sandbox())
            let finished = try run.run(injecting: [
                "-e", "trace=\(place.call)", "-e", "inject=\(place.call):signal=SIGKILL:when=\(place.number)",
            ])
            if finished.status != 0 { killed += 1 }
            let problems = try run.problemsAfterwards()
            #expect(problems == [], "killed at \(place.call) \(place.number)")
        }
        // Threads take calls in turns: not every place is met again.
        #expect(killed * Self.step * 2 > places.count)
        report("kill, \(scenario): \(killed) places")
    }

    /// A call of a run, as strace counts it: by name and, where there are several, thread.
    struct Place: Hashable {
        var call: String
        var number: Int
    }

    private static func places(_ scenario: InterruptedScenario) throws -> [Place] {
        let run = try InterruptedRun(scenario, in: Sandbox())
        let finished = try run.run(injecting: ["-e", "trace=\(ChangingCalls.trace)"])
        guard finished.status == 0 else { throw SandboxError("strace: \(finished.error)") }
        var places: [Place] = []
        var numbers: [String: Int] = [:]
        for line in try run.sandbox.read("trace").split(separator: "\n") {
            guard let match = line.firstMatch(of: #/^(\d+) +(\w+)\(/#) else { continue }
            let call = String(match.2)
            numbers["\(match.1) \(call)", default: 0] += 1
            let place = Place(call: call, number: numbers["\(match.1) \(call)", default: 0])
            if ChangingCalls.changes(line, call), !places.contains(place) { places.append(place) }
        }
        return places
    }
}

/// The system calls that change something.
enum ChangingCalls {
    static let all = [
        "openat", "write", "pwrite64", "pwritev", "fsync", "fdatasync", "syncfs", "link", "linkat", "fallocate",
        "ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdirat", "fchmod", "fchmodat", "fchown",
        "fchownat", "utimensat", "fsetxattr", "copy_file_range", "sendfile", "kill", "pidfd_send_signal", "fcntl",
    ]

    /// For strace; not every architecture has each of them.
    static let trace = all.map { "?\($0)" }.joined(separator: ",")

    /// Whether a line of strace tells of a change.
    static func changes(_ line: some StringProtocol, _ call: String) -> Bool {
        switch call {
        case "openat": line.contains("O_CREAT") || line.contains("O_TMPFILE") || line.contains("O_TRUNC")
        case "fcntl": line.contains("F_SETLEASE")
        default: true
        }
    }
}

/// How many places of a sweep are left out.
func sweepStep(_ standard: Int) -> Int {
    ProcessInfo.processInfo.environment["SPILLWAY_SWEEP_STEP"].flatMap(Int.init) ?? standard
}

/// Whether who runs a sweep by hand wants this part of it: words of which one has to be in its name.
func isWanted(_ description: String) -> Bool {
    guard let words = ProcessInfo.processInfo.environment["SPILLWAY_SWEEP_ONLY"] else { return true }
    return words.split(separator: "|").contains { description.contains($0) }
}

/// A line for who runs a sweep by hand.
func report(_ line: String) {
    guard ProcessInfo.processInfo.environment["SPILLWAY_SWEEP_STEP"] != nil else { return }
    print(line)
    fflush(nil)
}
