import Foundation
import Glibc
import Testing

/// A log directory whose rotation is interrupted: what is in it, who holds it, and what has to be there afterwards.
enum InterruptedScenario: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case heldByAppender, heldByOther, followed, unheld, firstRun, severalLogs, expiring, reopen, tapdisk, unreleased,
        evicting
    /// With logrotate's other techniques, on logs that nobody has open.
    case renamed, delayed, renamecopied, copied
    /// Nobody wrote to it for long.
    case abandoned
    /// Archives are on another file system, or at least in another directory.
    case elsewhere
    /// An earlier run was killed between the archive's name and the cut.
    case killed
    /// Logs with stanzas of their own, which are carried out side by side: renamed ones, with scripts and without, and one
    /// that is cut.
    case severalStanzas

    var testDescription: String { rawValue }

    var logs: [String] {
        [.severalLogs, .severalStanzas].contains(self) ? ["a.log", "b.log", "c.log", "d.log"] : ["a.log"]
    }

    /// How each log is held by the tests themselves: flags of open(2), nil by nobody.
    fileprivate func holding(_ log: String) -> Int32? {
        switch self {
        case .heldByAppender, .followed, .expiring, .unreleased, .evicting, .elsewhere, .killed: O_APPEND
        case .heldByOther: 0
        case .severalStanzas: log == "b.log" ? O_APPEND : nil
        case .severalLogs: log == "b.log" ? 0 : log == "c.log" ? nil : O_APPEND
        case .unheld, .firstRun, .reopen, .tapdisk, .renamed, .delayed, .renamecopied, .copied, .abandoned: nil
        }
    }

    /// Whether somebody reads a log, so that its size stays and its head with it.
    fileprivate func isFollowed(_ log: String) -> Bool {
        self == .followed || (self == .severalLogs && log == "d.log")
    }

    fileprivate var isSignalled: Bool { self == .reopen || self == .tapdisk }

    fileprivate var configuration: String {
        let technique =
            switch self {
            case .reopen, .tapdisk: "create\nsignal HUP\nsignalwait 2s"
            case .unreleased: "create\nsignalwait 0s"
            case .renamed: "create"
            case .delayed: "create\ndelaycompress"
            case .renamecopied: "renamecopy"
            case .copied: "copy"
            case .abandoned: "abandoned 1d"
            case .elsewhere: "olddir LOG/old"
            default: ""
            }
        if self == .severalStanzas {
            let stanzas = logs.map { log in
                let technique = log == "b.log" ? "" : "create\n"
                let telling = "postrotate\necho \(log) >> LOG/../scripts\nendscript\n"
                let script = Self.scripted.contains(log) ? telling : ""
                return "LOG/\(log) {\nrotate 1000\nnotifempty\n\(technique)\(script)}\n"
            }
            return stanzas.joined()
        }
        let stanza = "LOG/*.log {\nrotate \(self == .expiring ? 2 : 1000)\nnotifempty\n\(technique)\n}\n"
        guard self == .evicting else { return stanza }
        return "space LOG {\nbudget \(Self.budgetBytes)\npurge old-*\n}\n\(stanza)"
    }

    /// Logs of `severalStanzas` whose writers a script tells.
    fileprivate static let scripted = ["a.log", "d.log"]

    /// Whether the log itself stays as it is.
    fileprivate var leavesLog: Bool { self == .copied }

    /// What a run is told.
    var options: [String] { self == .abandoned ? [] : ["-f"] }

    /// Room for the logs, and for one of the files that may be removed.
    static let budgetBytes = 1 << 20
    /// Files that may be removed, of so many bytes each.
    static let purgeable = (count: 4, bytes: 400_000)
}

/// One such directory, from its making to the account of its lines after an interruption.
final class InterruptedRun {
    static let lines = 3000
    private static let laterLines = 500

    let scenario: InterruptedScenario
    let sandbox: Sandbox
    /// Whether a name may come back whose removal nobody waited for, after the run was over for the journal.
    var mayHaveBothForms = false
    private let state: String
    /// Of the logs that the tests themselves hold.
    private var descriptors: [String: Int32] = [:]
    private var readers: [Int32] = []
    private var writer: LogWriterProcess?

    /// - Parameter state: the directory of state and journal.
    init(_ scenario: InterruptedScenario, in sandbox: Sandbox, state: String = "state") throws {
        self.scenario = scenario
        self.sandbox = sandbox
        self.state = state
        try sandbox.configure(scenario.configuration)
        if scenario == .elsewhere { try sandbox.makeDirectory("log/old") }
        if scenario != .firstRun {
            // What the very first run makes is swept in a scenario of its own.
            try sandbox.makeDirectory("warm")
            try sandbox.write("warm/warm.log", "x\n")
            try sandbox.write("warm.conf", "\(sandbox.path("warm"))/*.log {\n}\n")
            _ = try run(["-f"], configuration: "warm.conf")
        }
        for (index, log) in scenario.logs.enumerated() {
            let path = sandbox.path("log/\(log)")
            if scenario.isSignalled {
                let writer = try LogWriterProcess(
                    scenario.rawValue, sandbox, log: path, id: id(index),
                    options: ["--count", "\(Self.lines)", "--rate", "0"])
                try writer.wait(for: Self.lines)
                self.writer = writer
                continue
            }
            if scenario == .unreleased {
                try beUnreleased(log, id(index))
                continue
            }
            try Self.content(id(index), Self.lines).write(to: URL(fileURLWithPath: path))
            if let flags = scenario.holding(log) { try hold(log, flags) }
        }
        switch scenario {
        case .abandoned: try sandbox.shell("touch -d 2020-01-01 log/a.log")
        case .delayed:
            guard try run(["-f"]).status == 0 else { throw SandboxError("preparing") }
            try Self.content("d", Self.laterLines).write(to: URL(fileURLWithPath: sandbox.path("log/a.log")))
        case .killed:
            let killed = try run(injecting: [
                "-e", "trace=fallocate", "-e", "inject=fallocate:error=EIO:signal=SIGKILL:when=1",
            ])
            guard killed.status != 0 else { throw SandboxError("preparing: it was not killed") }
        default: break
        }
        if scenario == .evicting {
            for number in 1...InterruptedScenario.purgeable.count {
                try sandbox.shell(
                    "head -c \(InterruptedScenario.purgeable.bytes) /dev/urandom > log/old-\(number); touch -d 2026-01-0\(number) log/old-\(number)"
                )
            }
        }
        if scenario == .expiring {
            for number in [1, 2] {
                let path = sandbox.path("log/a.log.\(number)")
                try Self.content("o\(number)", 100).write(to: URL(fileURLWithPath: path))
                try sandbox.shell("gzip '\(path)'")
            }
        }
    }

    deinit { letGo() }

    /// A log that was renamed and is still written to: some of it is in its archive already, and more has come.
    private func beUnreleased(_ log: String, _ id: String) throws {
        let content = try Self.content(id, Self.lines)
        try sandbox.write("log/\(log)", "")
        try hold(log, O_APPEND)
        let third = content.count / 3
        for (part, options) in [["-f"], [], nil].enumerated() {
            try write(content[part * third..<(part == 2 ? content.count : (part + 1) * third)], log)
            guard let options else { continue }
            let run = try run(options)
            guard run.status == 0 else { throw SandboxError("preparing: \(run.error)") }
        }
    }

    private func write(_ content: Data, _ log: String) throws {
        guard let descriptor = descriptors[log] else { return }
        try FileHandle(fileDescriptor: descriptor).write(contentsOf: content)
    }

    private func id(_ index: Int) -> String { "w\(index)" }

    private func hold(_ log: String, _ flags: Int32) throws {
        let descriptor = open(sandbox.path("log/\(log)"), O_WRONLY | O_CLOEXEC | flags)
        guard descriptor >= 0 else { throw SandboxError("\(log): errno \(errno)") }
        lseek(descriptor, 0, SEEK_END)
        descriptors[log] = descriptor
        if scenario.isFollowed(log) { readers.append(open(sandbox.path("log/\(log)"), O_RDONLY | O_CLOEXEC)) }
    }

    /// The holders end.
    func letGo() {
        for descriptor in descriptors.values { close(descriptor) }
        descriptors = [:]
        for reader in readers { close(reader) }
        readers = []
    }

    /// Lines as a writer makes them; each content is made once.
    static func content(_ id: String, _ count: Int) throws -> Data {
        try contents.withLock { contents in
            if let content = contents["\(id) \(count)"] { return content }
            let sandbox = try Sandbox()
            let writer = try LogWriterProcess(
                "append", sandbox, log: sandbox.path("log/x"), id: id, options: ["--count", "\(count)"])
            try writer.wait(for: count)
            try writer.stop()
            let content = try Data(contentsOf: URL(fileURLWithPath: sandbox.path("log/x")))
            contents["\(id) \(count)"] = content
            return content
        }
    }

    private static let contents = LockedContents()

    // MARK: - Runs

    /// The arguments of a run.
    func arguments(_ options: [String], configuration: String = "conf") -> [String] {
        options + ["-s", sandbox.path("\(state)/state"), "--journal", sandbox.path("\(state)/journal")]
            + [sandbox.path(configuration)]
    }

    private func run(_ options: [String], configuration: String = "conf") throws -> Finished {
        try sandbox.run(LogWriterProcess.spillway, arguments(options, configuration: configuration))
    }

    /// Runs under strace, which does something to it.
    func run(injecting options: [String]) throws -> Finished {
        let strace = ["-f", "-qq", "-o", sandbox.path("trace")] + options
        return try sandbox.run(
            "/usr/bin/strace", strace + [LogWriterProcess.spillway] + arguments(scenario.options))
    }

    /// A run as it is, with this in its environment.
    func run(in environment: [String: String]) throws -> Finished {
        try sandbox.run(LogWriterProcess.spillway, arguments(scenario.options), environment: environment)
    }

    // MARK: - Afterwards

    /// What every run has to account for.
    private var expected: [String] {
        scenario.logs.indices.map { "\(id($0))=\(Self.lines)" } + (scenario == .delayed ? ["d=\(Self.laterLines)"] : [])
    }

    /// What a run that met a fault may not have done: lines that are nowhere, or broken, and archives that cannot be read.
    func problemsAtOnce() throws -> [String] {
        try count(expected + (scenario == .expiring ? ["o1=100"] : []), only: ["lost", "broken", "unsent", "nuls"])
    }

    /// What a run that says nothing has not done.
    func problemsOfWhole() throws -> [String] {
        try whole() + leftOver(isFinished: false)
    }

    private func whole() throws -> [String] {
        var problems = try count(expected + (scenario == .expiring ? ["o1=100"] : []))
        guard !scenario.leavesLog else { return problems }
        for log in scenario.logs where sandbox.exists("log/\(log)") {
            let live = try LineCount(sandbox, ["live:" + sandbox.path("log/\(log)")], expecting: [])
            if live["lines"] != 0 { problems.append("\(log): \(live["lines"]) lines are still pending") }
        }
        return problems
    }

    /// Lets one more run finish the work, and returns what differs from a run without a fault.
    func problemsAfterOneRun() throws -> [String] {
        let next = try run(scenario.options)
        guard next.status == 0, next.error.isEmpty else {
            return ["next run: status \(next.status): \(next.error)"]
        }
        let problems = try whole().map { "next run: \($0)" }
        if scenario == .expiring {
            // What is too much goes with a rotation.
            try goOn("a.log")
            _ = try run(["-f"])
        }
        if scenario != .tapdisk { try writer?.stop() }
        writer = nil
        letGo()
        return problems + (try leftOver(isFinished: false))
    }

    /// Lets further runs finish the work, and returns what is wrong then, in a few words each.
    func problemsAfterwards() throws -> [String] {
        var problems: [String] = []
        func note(_ when: String, _ expected: [String], _ options: [String]) throws {
            // One thing that is wrong makes many others.
            guard problems.isEmpty else { return }
            let run = try run(scenario == .abandoned ? [] : options)
            if run.status != 0 { problems.append("\(when): status \(run.status): \(run.error)") }
            // An archive that is there plain and compressed is so until the next rotation.
            let some =
                (scenario == .delayed || mayHaveBothForms) && when == "next run"
                ? ["lost", "broken", "unsent", "nuls"] : nil
            problems += try count(expected, only: some).map { "\(when): \($0)" }
        }
        var expected = expected
        try note("next run", expected + (scenario == .expiring ? ["o1=100"] : []), ["-f"])
        if scenario == .severalStanzas { problems += try untold() }
        // Another writer would be emptied by tapdisk's answer, whatever spillway does.
        if scenario != .tapdisk {
            for log in scenario.logs {
                try goOn(log)
                expected.append("t-\(log)=\(Self.laterLines)")
            }
        }
        try note("third run", expected, ["-f"])
        for log in scenario.logs where sandbox.exists("log/\(log)") && !scenario.leavesLog && scenario != .abandoned {
            let live = try LineCount(sandbox, ["live:" + sandbox.path("log/\(log)")], expecting: [])
            if live["lines"] != 0 { problems.append("\(log) is stuck: \(live["lines"]) lines are still pending") }
        }
        try writer?.stop()
        writer = nil
        letGo()
        try note("run without holders", expected, ["-f"])
        try note("last run", expected, [])
        return problems + (try leftOver())
    }

    /// Logs that were renamed without their script.
    private func untold() throws -> [String] {
        let told = sandbox.exists("scripts") ? try sandbox.read("scripts") : ""
        return InterruptedScenario.scripted.filter { !told.contains($0) }.map { "\($0): its script was not run" }
    }

    /// More is written: by its holder, or where there is none by somebody who appends.
    private func goOn(_ log: String) throws {
        let content = try Self.content("t-\(log)", Self.laterLines)
        if descriptors[log] != nil { return try write(content, log) }
        if !sandbox.exists("log/\(log)") { try sandbox.write("log/\(log)", "") }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: sandbox.path("log/\(log)")))
        try file.seekToEnd()
        try file.write(contentsOf: content)
        try file.close()
    }

    private func count(_ expected: [String], only some: [String]? = nil) throws -> [String] {
        let files = try scenario.logs.flatMap { log in
            let archives = scenario == .elsewhere ? try LineCount.history(of: log, in: sandbox.path("log/old")) : []
            return try archives + LineCount.history(of: log, in: sandbox.path("log"))
        }
        let count = try LineCount(sandbox, files, expecting: expected)
        // What tapdisk keeps back until it ends is in no file.
        let keepsBack = scenario == .tapdisk && writer != nil
        let names =
            keepsBack ? ["doubled", "nuls"] : ["lost", "doubled", "broken", "unsent", "nuls", "unended", "liveNuls"]
        let left = scenario.leavesLog ? ["doubled"] : []
        let wrong = names.filter { count[$0] != 0 && !left.contains($0) && some?.contains($0) ?? true }
        return wrong.isEmpty ? [] : ["\(count) \(count.firstBroken)"]
    }

    /// Names that are neither logs nor their archives; archives that nobody compressed.
    ///
    /// - Parameter isFinished: whether nobody holds a log any more.
    private func leftOver(isFinished: Bool = true) throws -> [String] {
        var names = try sandbox.names().filter { !["lost+found", "state"].contains($0) }
        if scenario == .elsewhere {
            names = names.filter { $0 != "old" } + (try sandbox.names("log/old").filter { $0 != "lost+found" })
        }
        var archives = 0
        let wrong = names.filter { name in
            if scenario.logs.contains(name) { return false }
            if scenario == .evicting, name.hasPrefix("old-") { return false }
            archives += 1
            if !isFinished || scenario == .delayed, name.wholeMatch(of: #/[abcd]\.log\.\d+/#) != nil { return false }
            return name.wholeMatch(of: #/[abcd]\.log\.\d+\.gz/#) == nil
        }
        var problems = wrong.map { "left over: \($0)" }
        if scenario == .evicting {
            let used = try sandbox.shell("du -s -B1 log | cut -f1").output.dropLast()
            if Int(used) ?? .max > InterruptedScenario.budgetBytes { problems.append("\(used) bytes are used") }
            if !names.contains("old-\(InterruptedScenario.purgeable.count)") {
                problems.append("the newest went first")
            }
        }
        if scenario == .expiring, archives > 2 { problems.append("\(names) are not rotate 2") }
        let held = heldDeletedFiles(below: sandbox.path("log"))
        return problems + held.map { "held though deleted: \($0)" }
    }
}

/// Contents that were made once, for tests that run beside each other.
private final class LockedContents: @unchecked Sendable {
    private let lock = NSLock()
    private var contents: [String: Data] = [:]

    func withLock<R>(_ body: (inout [String: Data]) throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        return try body(&contents)
    }
}
