import Foundation
import Glibc
import Testing

/// The power is cut at each moment at which something has reached the disk: the run is stopped there, and the images of its
/// file systems are copied. Each copy is mounted, and the next runs find every line once.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"), .serialized)
struct PowerCutTests {
    /// Which file systems there are, and what has reached them of what nobody asked for.
    struct Variant: Sendable, CustomTestStringConvertible {
        enum Written: String, CaseIterable, Sendable {
            /// Only what was synced.
            case asked
            /// Everything on the logs' file system, whatever was synced on the other one; and the other way round.
            case logs, other
            /// What was flushed, and of all that was written since what chance lets through, in any order.
            case reordered
        }

        /// What has a file system of its own, beside the logs.
        enum Elsewhere: String, CaseIterable, Sendable { case nothing, journal, archives }

        var fileSystem: FileSystem
        var elsewhere: Elsewhere
        var written = Written.asked
        /// Logs of a stanza each.
        var hasStanzas = false
        var testDescription: String {
            let stanzas = hasStanzas ? ", several stanzas" : ""
            return "\(fileSystem.rawValue), \(elsewhere.rawValue) elsewhere, \(written.rawValue)\(stanzas)"
        }

        fileprivate var scenario: InterruptedScenario {
            elsewhere == .archives ? .elsewhere : hasStanzas ? .severalStanzas : .severalLogs
        }
    }

    private static let isByHand = ProcessInfo.processInfo.environment["SPILLWAY_SWEEP_STEP"] != nil
    private static let step = sweepStep(4)
    private static let variants: [Variant] = {
        let few = Variant.Elsewhere.allCases.map { Variant(fileSystem: .ext4, elsewhere: $0) }
        guard isByHand else {
            return few + [
                Variant(fileSystem: .ext4, elsewhere: .journal, written: .other),
                Variant(fileSystem: .ext4, elsewhere: .archives, written: .logs),
                Variant(fileSystem: .ext4, elsewhere: .journal, written: .reordered),
                Variant(fileSystem: .ext4, elsewhere: .nothing, hasStanzas: true),
                Variant(fileSystem: .ext4, elsewhere: .journal, hasStanzas: true),
            ]
        }
        let stanzas = FileSystem.disks.flatMap { kind in
            [Variant.Written.asked, .reordered].flatMap { written in
                [Variant.Elsewhere.nothing, .journal].map {
                    Variant(fileSystem: kind, elsewhere: $0, written: written, hasStanzas: true)
                }
            }
        }
        return stanzas
            + FileSystem.disks.flatMap { kind in
                Variant.Written.allCases.flatMap { written in
                    Variant.Elsewhere.allCases.filter { $0 != .nothing || written == .asked || written == .reordered }
                        .map { Variant(fileSystem: kind, elsewhere: $0, written: written) }
                }
            }
    }()

    @Test(arguments: variants.filter { isWanted($0.testDescription) })
    func whatAPowerCutLeavesIsFinishedByTheNextRun(_ variant: Variant) throws {
        if let missing = variant.fileSystem.missing {
            Issue.record("\(variant.testDescription) did not run: missing here: \(missing)")
            return
        }
        if variant.written == .reordered, access("/dev/fuse", R_OK | W_OK) != 0 {
            Issue.record("\(variant.testDescription) did not run: missing here: /dev/fuse")
            return
        }
        let cut = try PowerCut(variant, every: Self.step)
        let snapshots = try variant.written == .reordered ? cut.reordered() : cut.snapshots()
        #expect(snapshots.count > 1)
        for snapshot in snapshots {
            let problems = try cut.problemsAfter(snapshot)
            #expect(problems == [], "\(snapshot.name)")
        }
        report("power cut, \(variant.testDescription): \(snapshots.count) moments")
    }
}

/// A run whose file systems are copied again and again.
private final class PowerCut {
    /// Copies of the images at one moment.
    struct Snapshot {
        var name: String
        var images: [String]
    }

    private let variant: PowerCutTests.Variant
    private let step: Int
    private let sandbox: Sandbox
    private let volumes: [LoopMount]
    private let state: String
    private let run: InterruptedRun
    private let events = DiskEvents()
    private var disks: [VolatileDisk] = []

    init(_ variant: PowerCutTests.Variant, every step: Int) throws {
        self.variant = variant
        self.step = step
        sandbox = try Sandbox()
        let options = variant.fileSystem.quietOptions
        var volumes = [try LoopMount(sandbox, "log", variant.fileSystem, options: options)]
        state = variant.elsewhere == .journal ? "elsewhere" : "log/state"
        switch variant.elsewhere {
        case .nothing: break
        case .journal: volumes.append(try LoopMount(sandbox, state, variant.fileSystem, options: options))
        case .archives: volumes.append(try LoopMount(sandbox, "log/old", variant.fileSystem, options: options))
        }
        self.volumes = volumes
        if variant.written == .reordered {
            // What lies within another goes first, and comes last.
            for volume in volumes.reversed() { volume.unmount() }
            for (number, volume) in volumes.enumerated() {
                let disk = try VolatileDisk(volume.image, number: number, events: events)
                disks.append(disk)
                try volume.mount(disk.path)
            }
        }
        if variant.elsewhere != .journal { try sandbox.makeDirectory(state) }
        run = try InterruptedRun(variant.scenario, in: sandbox, state: state)
        try sync(volumes)
    }

    deinit {
        for volume in volumes.reversed() { volume.unmount() }
        for disk in disks { disk.end() }
    }

    private func sync(_ volumes: some Collection<LoopMount>) throws {
        for volume in volumes { try sandbox.shell("sync -f '\(volume.place)'") }
    }

    // MARK: - Snapshots

    /// Runs spillway, and copies the images whenever it has synced something, or where more is written than it asked for
    /// whenever it has changed something.
    func snapshots() throws -> [Snapshot] {
        let calls = variant.written == .asked ? "?fsync,?fdatasync,?syncfs" : Self.changes
        let trace = sandbox.path("trace")
        let strace = [
            "-f", "-qq", "-o", trace, "-e", "trace=\(calls)", "-e", "inject=\(calls):signal=SIGSTOP",
            LogWriterProcess.spillway,
        ]
        let process = try sandbox.start("/usr/bin/strace", strace + run.arguments(["-f"]))
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        var snapshots: [Snapshot] = []
        var stops = 0
        let deadline = Date(timeIntervalSinceNow: 120)
        while process.isRunning {
            guard Date() < deadline else { throw SandboxError("the run does not end: \(try sandbox.read("trace"))") }
            guard let stopped = try stoppedProcess(after: stops) else {
                usleep(1000)
                continue
            }
            stops = stopped.stops
            if stops % step == 0 { snapshots.append(try snapshot(stopped.call)) }
            kill(stopped.process, SIGCONT)
        }
        guard process.terminationStatus == 0 else { throw SandboxError("the run failed") }
        // And what nobody has synced since.
        snapshots.append(try snapshot("end"))
        run.letGo()
        return snapshots
    }

    /// Runs spillway on disks that tell what is written, and returns what they can have had at some of the moments, however
    /// they put it in order.
    func reordered() throws -> [Snapshot] {
        let bases = try volumes.map { volume in
            let base = sandbox.path("capture/\(UUID().uuidString).base")
            try sandbox.shell("cp --sparse=always '\(volume.image)' '\(base)'")
            return base
        }
        events.begin()
        let finished = try sandbox.run(LogWriterProcess.spillway, run.arguments(["-f"]))
        // And what would have come without anybody's asking.
        try sync(volumes)
        events.end()
        guard finished.status == 0 else { throw SandboxError("the run failed: \(finished.error)") }
        run.letGo()
        for volume in volumes.reversed() { volume.unmount() }
        for disk in disks { disk.end() }
        disks = []
        let all = events.events
        return try (1...max(1, all.count)).filter { $0 % (3 * step) == 0 }.map { moment in
            var generator = SplitMix(state: UInt64(moment))
            let copies = try bases.enumerated().map { number, base in
                let copy = sandbox.path("capture/\(moment).\(number)")
                try sandbox.shell("cp --sparse=always '\(base)' '\(copy)'")
                try DiskEvents.replay(all[..<min(moment, all.count)], of: number, onto: copy, using: &generator)
                return copy
            }
            return Snapshot(name: "after \(moment) of \(all.count) writes", images: copies)
        }
    }

    private static let changes = ChangingCalls.all.filter { !["openat", "fcntl", "write"].contains($0) }
        .map { "?\($0)" }.joined(separator: ",")

    /// The run, if it has been stopped once more and all its threads stand still.
    private func stoppedProcess(after seen: Int) throws -> (process: pid_t, stops: Int, call: String)? {
        guard sandbox.exists("trace") else { return nil }
        let lines = try sandbox.read("trace").split(separator: "\n")
        let stops = lines.indices.filter { lines[$0].contains("--- SIGSTOP {") }
        guard stops.count > seen, let last = stops.last,
            lines[last...].contains(where: { $0.contains("--- stopped by SIGSTOP") }),
            let thread = lines[last].split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        let status = try String(contentsOfFile: "/proc/\(thread)/status", encoding: .utf8)
        guard let match = status.firstMatch(of: #/Tgid:\t(\d+)/#), let process = pid_t(match.1) else { return nil }
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
        for thread in threads {
            let status = try String(contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8)
            guard status.firstMatch(of: #/State:\t[Tt]/#) != nil else { return nil }
        }
        return (process, stops.count, last > 0 ? String(lines[last - 1]) : "")
    }

    private func snapshot(_ call: String) throws -> Snapshot {
        switch variant.written {
        case .asked, .reordered: break
        case .logs: try sync(volumes.prefix(1))
        case .other: try sync(volumes.suffix(1))
        }
        let name = UUID().uuidString
        let copies = volumes.enumerated().map { sandbox.path("capture/\(name).\($0.offset)") }
        for (volume, copy) in zip(volumes, copies) {
            try sandbox.shell("cp --sparse=always '\(volume.image)' '\(copy)'")
        }
        return Snapshot(name: "after \(call)", images: copies)
    }

    // MARK: - Afterwards

    /// Mounts the copies in the place of the originals, and returns what is wrong after further runs.
    func problemsAfter(_ snapshot: Snapshot) throws -> [String] {
        for volume in volumes.reversed() { volume.unmount() }
        for (volume, image) in zip(volumes, snapshot.images) { try volume.mount(image) }
        defer {
            for volume in volumes.reversed() { volume.unmount() }
            for image in snapshot.images { unlink(image) }
        }
        return try run.problemsAfterwards()
    }
}
