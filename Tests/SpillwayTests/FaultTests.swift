import Foundation
import Testing

/// Each system call of a run fails once, with each error that it may have. No line is lost or broken, what is wrong is said
/// with the file's name, the exit status tells of it, and one run later everything is as if nothing had been.
///
/// Every so many of these faults; all of them with `Tests/Loss/kill`, which sets `SPILLWAY_SWEEP_STEP`.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct FaultTests {
    private static let step = sweepStep(73)

    @Test(arguments: InterruptedScenario.allCases.filter { isWanted("fault \($0.testDescription)") })
    func everyCallMayFailOnce(_ scenario: InterruptedScenario) throws {
        let faults = try FaultSweep.faults(scenario)
        #expect(faults.count > 100, "\(faults.count)")
        var counts: [Int32: Int] = [:]
        var met = 0
        // Each scenario begins elsewhere, so that together they meet more.
        let first = (InterruptedScenario.allCases.firstIndex(of: scenario) ?? 0) * 7 % Self.step
        for (index, fault) in faults.enumerated() where index % Self.step == first {
            guard let result = try FaultSweep.meet(fault, scenario) else { continue }
            met += 1
            counts[result.status, default: 0] += 1
            #expect(result.problems == [], "\(fault.error): \(result.call)")
            for problem in result.problems {
                report("fault, \(scenario): \(fault.error): \(result.call): \(problem)")
            }
        }
        report("fault, \(scenario): \(met) of \(faults.count) faults, by exit status \(counts)")
        // Threads take calls in turns: not every place is met again.
        #expect(met * Self.step * 2 > faults.count - Self.step)
    }

    /// Where it cannot be seen which file a compressed form is, it is not left beside the original.
    @Test func whatIsCompressedMayNotBeSeen() throws {
        let looks = try FaultSweep.faults(.delayed).filter {
            ["newfstatat", "fstat"].contains($0.call) && $0.error == "EIO"
        }
        var met = 0
        for look in looks {
            guard let result = try FaultSweep.meet(look, .delayed) else { continue }
            met += result.call.contains("(deleted)") || result.call.contains("a.log.2") ? 1 : 0
            #expect(result.problems == [], "\(result.call)")
        }
        #expect(met > 2)
    }

    /// A kernel that is older, or a sandbox that was made for an older one: what is not there at all changes nothing.
    @Test(
        arguments: [InterruptedScenario.evicting, .renamed],
        [
            "statx:error=ENOSYS", "statx:error=EPERM", "renameat2:error=ENOSYS", "renameat2:error=EINVAL",
            "sync_file_range:error=ENOSYS", "fadvise64:error=ENOSYS",
        ])
    func aCallMayNotBeThere(_ scenario: InterruptedScenario, _ lack: String) throws {
        try expectNothingMissing(scenario, lack)
    }

    /// Several logs are compressed side by side, by threads if there are any.
    @Test(arguments: ["clone3:error=ENOSYS", "clone3:error=EAGAIN"])
    func threadsMayNotBeThere(_ lack: String) throws {
        try expectNothingMissing(.severalLogs, lack)
    }

    private func expectNothingMissing(_ scenario: InterruptedScenario, _ lack: String) throws {
        let run = try InterruptedRun(scenario, in: Sandbox())
        let call = lack.prefix { $0 != ":" }
        let finished = try run.run(injecting: ["-e", "trace=\(call)", "-e", "inject=\(lack)"])
        #expect(finished.status == 0 && finished.error.isEmpty, "\(finished)")
        #expect(try run.sandbox.read("trace").contains("(INJECTED)"))
        #expect(try run.problemsOfWhole() == [])
        #expect(try run.problemsAfterOneRun() == [])
    }
}

/// A call of a run that fails, as strace counts it: by name and, where there are several, thread.
struct Fault: Hashable {
    var call: String
    var number: Int
    var error: String
}

enum FaultSweep {
    /// What came of a fault.
    struct Result {
        /// The call, as strace shows it.
        var call: String
        var status: Int32
        var problems: [String]
    }

    // MARK: - Which

    /// The errors that calls may have. Memory that is not there is not among them: nobody can go on without, in Swift. Time
    /// and the process itself cannot fail.
    private static let errors: [String: [String]] = [
        "write": ["ENOSPC", "EIO", "EDQUOT", "EINTR"], "pwrite64": ["ENOSPC", "EIO", "EDQUOT", "EINTR"],
        "fsync": ["EIO", "ENOSPC", "EDQUOT"], "fdatasync": ["EIO", "ENOSPC", "EDQUOT"], "syncfs": ["EIO", "ENOSPC"],
        "linkat": ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOENT"],
        "fallocate": ["ENOSPC", "EIO", "EDQUOT", "EPERM", "EINTR", "EROFS"],
        "ftruncate": ["EIO", "EPERM", "EINTR", "EROFS"],
        "renameat": ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOENT"],
        "renameat2": ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOENT"],
        "unlinkat": ["EIO", "EROFS", "EACCES", "EPERM", "ENOENT"],
        "mkdirat": ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES"],
        "fchmod": ["EPERM", "EIO", "EROFS"], "fchown": ["EPERM", "EIO", "EDQUOT", "EROFS"],
        "fchownat": ["EPERM", "EIO"],
        "utimensat": ["EPERM", "EIO", "EROFS"], "fsetxattr": ["ENOSPC", "EPERM", "EIO", "EDQUOT"],
        "flock": ["EAGAIN", "EINTR", "ENOLCK"],
        "newfstatat": ["EIO", "EACCES", "ENOENT", "ENOMEM"], "fstat": ["EIO"], "pread64": ["EIO", "EINTR"],
        "read": ["EIO", "EINTR"], "lseek": ["EIO", "EINVAL"], "getdents64": ["EIO", "ENOENT", "ENOMEM"],
        "readlinkat": ["EIO", "EACCES", "ENOENT"], "statfs": ["EIO"], "fstatfs": ["EIO", "ENOSYS"],
        "statx": ["EIO", "ENOSYS"], "fgetxattr": ["EIO", "EOPNOTSUPP", "ENODATA"], "ioctl": ["EIO", "ENOTTY"],
        "clone3": ["EAGAIN"], "clone": ["EAGAIN"], "pipe2": ["EMFILE"], "fadvise64": ["EIO"], "prlimit64": ["EPERM"],
        "pidfd_open": ["ESRCH", "EMFILE", "ENOSYS"], "pidfd_send_signal": ["ESRCH", "EPERM"],
        "kill": ["ESRCH", "EPERM"],
    ]
    private static let control = [
        "F_SETLEASE": ["EAGAIN", "EACCES", "EINVAL", "ENOMEM", "ENOLCK"], "F_DUPFD": ["EMFILE"],
        "F_OFD_SETLK": ["EAGAIN", "ENOLCK", "EINTR"], "F_SETFL": ["EPERM"],
    ]
    private static let making = ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EMFILE", "EIO", "ENOMEM", "EINTR"]
    private static let opening = ["EACCES", "EMFILE", "EIO", "ENOENT", "ENOMEM", "EINTR"]

    /// All faults of a scenario. What is looked at in the same way again and again, as /proc is, is so twice.
    static func faults(_ scenario: InterruptedScenario) throws -> [Fault] {
        let run = try InterruptedRun(scenario, in: Sandbox())
        let finished = try run.run(injecting: ["-y"])
        guard finished.status == 0 else { throw SandboxError("strace: \(finished.error)") }
        return try faults(in: run.sandbox)
    }

    /// All faults of a run that was traced.
    static func faults(in sandbox: Sandbox) throws -> [Fault] {
        var faults: [Fault] = []
        var known: Set<Fault> = []
        var numbers: [String: Int] = [:]
        var seen: [String: Int] = [:]
        for line in try sandbox.read("trace").split(separator: "\n") {
            guard let match = line.firstMatch(of: #/^(\d+) +(\w+)\(/#) else { continue }
            let call = String(match.2)
            numbers["\(match.1) \(call)", default: 0] += 1
            let number = numbers["\(match.1) \(call)", default: 0]
            guard let errors = errors(of: line, call), isOwn(line, call, below: sandbox.root) else { continue }
            if !ChangingCalls.all.contains(call) || call == "openat" {
                let form = String(line.drop { $0 != " " }).replacing(#/0x[0-9a-f]+|\d+/#, with: "N")
                seen[form, default: 0] += 1
                if seen[form, default: 0] > 2 { continue }
            }
            for error in errors {
                let fault = Fault(call: call, number: number, error: error)
                if known.insert(fault).inserted { faults.append(fault) }
            }
        }
        return faults
    }

    private static func errors(of line: some StringProtocol, _ call: String) -> [String]? {
        if call == "fcntl" { return control.first { line.contains($0.key) }?.value }
        // Who has a file open is not told that it is not there.
        if call == "newfstatat", line.contains("AT_EMPTY_PATH") { return ["EIO", "ENOMEM"] }
        guard call == "openat" else { return errors[call] }
        return ChangingCalls.changes(line, call) ? making : opening
    }

    /// Whether it is spillway's, and not that of what loads it.
    private static func isOwn(_ line: some StringProtocol, _ call: String, below root: String) -> Bool {
        if [".so", "/etc/ld", "hwcaps", "/linux/tls", Sandbox.programDirectory].contains(where: { line.contains($0) }) {
            return false
        }
        switch call {
        case "ioctl", "read", "fstat": return line.contains(root) || line.contains("/proc/")
        case "openat": return !line.contains("/proc/self/")
        case "newfstatat", "pread64": return !line.contains("/lib") && !line.contains("/opt/")
        case "write": return !line.contains("/capture/")
        default: return true
        }
    }

    // MARK: - Meeting one

    /// What comes of a fault; nil where it was not met.
    static func meet(_ fault: Fault, _ scenario: InterruptedScenario) throws -> Result? {
        // Recovery goes by what is there. No file system says of what is there that it is not.
        if scenario == .killed, fault.error == "ENOENT" { return nil }
        let run = try InterruptedRun(scenario, in: Sandbox())
        let finished = try run.run(injecting: injecting(fault))
        guard let call = try metCall(fault, in: run.sandbox) else { return nil }
        var problems = FaultWords.problems(of: finished, fault, call)
        if finished.status == 0, !FaultWords.isOptional(fault, call, in: scenario) {
            problems += try run.problemsOfWhole().map { "status 0, said: \(finished.error), but \($0)" }
        }
        if problems.isEmpty { problems += try run.problemsAtOnce().map { "at once: \($0)" } }
        if problems.isEmpty {
            problems += try run.problemsAfterOneRun()
            problems += try run.sandbox.standIns(of: "state/journal").map { "left over: \($0)" }
        }
        return Result(call: call, status: finished.status, problems: problems)
    }

    /// The call that failed, as strace shows it; nil where none did that was meant.
    static func metCall(_ fault: Fault, in sandbox: Sandbox) throws -> String? {
        guard let line = try injectedCalls(in: sandbox).first else { return nil }
        // No file system says of a private name, or of an open file, that it is not there.
        if fault.error == "ENOENT", line.contains(".spillway-") || line.contains("AT_EMPTY_PATH") { return nil }
        // Threads take calls in turns: it may be another one than was meant.
        guard isOwn(line, fault.call, below: sandbox.root) else { return nil }
        return String(line.drop { $0 != " " }.drop { $0 == " " }.replacing(sandbox.root, with: ""))
    }

    /// The calls that failed. One that strace shows in two parts, because another thread came between, is put together.
    private static func injectedCalls(in sandbox: Sandbox) throws -> [String] {
        let unfinished = "<unfinished ...>"
        var begun: [Substring: Substring] = [:]
        var calls: [String] = []
        for line in try sandbox.read("trace").split(separator: "\n") {
            let process = line.prefix { $0 != " " }
            if line.hasSuffix(unfinished) {
                begun[process] = line.dropLast(unfinished.count)
            } else if line.hasSuffix("(INJECTED)") {
                if let end = line.range(of: " resumed>"), let begin = begun[process] {
                    calls.append(String(begin) + String(line[end.upperBound...]))
                } else {
                    calls.append(String(line))
                }
            }
        }
        return calls
    }

    /// For strace.
    static func injecting(_ fault: Fault) -> [String] {
        [
            "-y", "-e", "trace=\(fault.call)", "-e", "inject=\(fault.call):error=\(fault.error):when=\(fault.number)",
        ]
    }
}
