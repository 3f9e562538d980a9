import LinuxSystem
import RotationCore
import Testing

/// How a log is emptied: what the directives say, and, with `signal`, who writes to it.
struct TechniqueTests {
    private func settings(_ directives: String) throws -> Settings {
        try #require(parse("/l/a.log {\n\(directives)\n}\n").stanzas.first).settings
    }

    @Test(arguments: [
        ("", Technique.inPlace), ("method auto", .inPlace), ("method rename", .rename), ("create", .rename),
        ("create\nmethod punch", .inPlace), ("create\nmethod auto", .rename), ("copy\nmethod punch", .copy),
        ("renamecopy\nmethod collapse", .renamecopy), ("copytruncate\nmethod rename", .rename),
        ("nocopytruncate\nmethod truncate", .inPlace),
    ])
    func methodSaysItMoreExactly(_ directives: String, _ expected: Technique) throws {
        #expect(try settings(directives).technique == expected)
    }

    private func writer(appends: Bool, catches: Bool = true) -> Holder {
        Holder(
            process: 4, startTicks: 1, command: "tapdisk", descriptor: 3, access: .writing, appends: appends,
            position: 9, caughtSignals: catches ? 1 : 0)
    }

    @Test func aSignalRenamesUnlessThereIsNoNeedTo() throws {
        let signal = try settings("signal HUP")
        #expect(signal.technique(for: .known([])) == .inPlace)
        #expect(signal.technique(for: .known([writer(appends: true)])) == .inPlace)
        #expect(signal.technique(for: .known([writer(appends: false)])) == .rename)
        #expect(signal.technique(for: .known([writer(appends: false), writer(appends: true)])) == .rename)
        #expect(signal.technique(for: .known([writer(appends: false, catches: false)])) == .inPlace)
        #expect(signal.technique(for: .unknown("io_uring")) == .rename)
        #expect(signal.technique(for: nil) == .rename)
        // Who is seen, and does not catch it, would go on in the renamed log.
        #expect(signal.technique(for: .unknown("io_uring", seen: [writer(appends: true, catches: false)])) == .inPlace)
        #expect(signal.technique(for: .unknown("io_uring", seen: [writer(appends: false)])) == .rename)
        #expect(try settings("signal HUP\nnocreate").technique(for: .known([])) == .rename)
        #expect(try settings("signal HUP\nmethod punch").technique(for: .known([writer(appends: false)])) == .inPlace)
        #expect(try settings("signal HUP\ncreate").technique(for: .known([writer(appends: true)])) == .rename)
    }

    @Test func holdersAreKnownUnknownOrNobody() {
        let holder = writer(appends: true)
        func judge(
            _ all: LeaseFinding, _ writers: LeaseFinding = .refused, seen: [Holder]? = [], gap: String? = nil,
            doubt: String? = nil
        ) -> HolderKnowledge {
            .judge(all: all, writers: writers, seen: seen, gap: gap, doubt: doubt)
        }
        #expect(judge(.granted, seen: nil).isNobody)
        #expect(judge(.refused, seen: [holder]) == .known([holder]))
        // Whoever is in the way has to be seen.
        #expect(judge(.refused).doubt == "somebody has it open whom /proc does not show")
        var reader = holder
        reader.access = .reading
        #expect(judge(.refused, seen: [reader]).doubt == "somebody writes to it whom /proc does not show")
        #expect(judge(.refused, .granted, seen: [reader]) == .known([reader]))
        #expect(judge(.refused, seen: [holder], gap: "process 1") == .unknown("process 1", seen: [holder]))
        #expect(judge(.unknown, seen: []).doubt == "leases are switched off, or refused")
        #expect(judge(.granted, seen: nil, doubt: "it is on overlayfs") == .unknown("it is on overlayfs", seen: []))
    }
}

/// Renamed logs that somebody still writes.
struct UnreleasedPlanTests {
    private static let now = Timestamp.utc(2026, 11, 22, 10, 30)

    private func steps(
        _ directives: String, _ found: UnreleasedObservation, isDue: Bool = false, force: Bool = false
    ) throws -> [Step] {
        let stanza = try #require(parse("/l/a.log {\n\(directives)\n}\n").stanzas.first)
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: force)
        var old = ArchiveEntry(name: "a.log.1", status: .file(inode: 7, bytes: 100, modified: Self.now))
        old.unreleased = found
        let archives = ArchiveObservation(directory: "/l", status: .directory(), entries: [old])
        let log = LogObservation(path: "/l/a.log", finding: .present(.file(inode: 8)), directory: .directory())
        var claims = Planner.NameClaims()
        let decision: Decision = isDue ? .rotate(.forced) : .leave(.firstSeen)
        let item = Planner.Item(log: log, decision: decision, archives: archives)
        return planner.plan(stanza, [item], claims: &claims).steps.map(\.step)
    }

    private let gzip = Compression.gzip(level: 6)

    @Test func aReleasedOneIsCompressed() throws {
        let released = UnreleasedObservation(isReleased: true, pendingBytes: 100)
        #expect(try steps("create", released) == [.compress("/l/a.log.1", to: "/l/a.log.1.gz", gzip)])
        #expect(try steps("create\nnocompress", released) == [])
        // With the log's next rotation it has another number.
        let next = try steps("create", released, isDue: true)
        #expect(next.first == .shift("/l/a.log.1", to: "/l/a.log.2"))
        #expect(next.contains(.compress("/l/a.log.2", to: "/l/a.log.2.gz", gzip)))
    }

    @Test func oneThatIsStillWrittenIsCutWhenItIsDueByItsSize() throws {
        let written = UnreleasedObservation(isReleased: false, pendingBytes: 100)
        let plan = CutPlan(method: .auto, forecast: .wait("it is to go"))
        let cut = Step.cut("/l/a.log.1", to: "/l/a.log.1.gz", compression: gzip, plan)
        #expect(try steps("create\nweekly", written) == [])
        #expect(try steps("create\nsize 101", written) == [])
        #expect(try steps("create\nsize 100", written) == [cut])
        #expect(try steps("create\nweekly\nmaxsize 99", written) == [cut])
        #expect(try steps("create\nweekly", written, force: true) == [cut])
        let nothing = UnreleasedObservation(isReleased: false, pendingBytes: 0)
        #expect(try steps("create\nsize 0", nothing, force: true) == [])
    }

    @Test func partsOfItGrowUntilItIsReleased() throws {
        var found = UnreleasedObservation(isReleased: false, pendingBytes: 100, parts: "a.log.2.gz")
        let plan = CutPlan(method: .auto, forecast: .wait("it is to go"), extends: true)
        let extend = Step.cut("/l/a.log.1", to: "/l/a.log.2.gz", compression: gzip, plan)
        #expect(try steps("create\nsize 1", found) == [extend])
        found.isReleased = true
        #expect(try steps("create\nsize 1", found) == [extend, .remove("/l/a.log.1", shredCycles: nil)])
    }

    @Test func writersThatWereNotToldAreTold() throws {
        let untold = UnreleasedObservation(isReleased: false, pendingBytes: 100, isTold: false, isLogMissing: true)
        let compress = Step.compress("/l/a.log.1", to: "/l/a.log.1.gz", gzip)
        let signal = Step.signal(SignalRule(name: "HUP", target: .holders), file: "/l/a.log.1", [])
        #expect(try steps("create\nsignal HUP", untold) == [.create("/l/a.log", Ownership()), signal, compress])
        #expect(try steps("signal HUP\nnocreate", untold) == [signal, compress])
        #expect(try steps("create\nsignal HUP\ndelaycompress", untold) == [.create("/l/a.log", Ownership()), signal])
    }
}

struct ContradictionTests {
    @Test(arguments: [
        ("method truncate\nlossless", "method truncate can lose lines, and lossless holds: the log is punched"),
        ("copy\nmethod punch", "method punch has no effect, because copy is said: remove one of them"),
        ("renamecopy\nmethod punch", "method punch has no effect, because renamecopy is said: remove one of them"),
        (
            "copy\nsignal HUP",
            "signal has no effect, because copy is said: the log stays where it is, and so do its writers"
        ),
        (
            "compresscmd xz -9",
            "compresscmd: 'xz -9' is looked for as one program; its options belong into compressoptions"
        ),
    ])
    func waysThatExcludeEachOtherAreNamed(_ directives: String, _ expected: String) {
        let configuration = parse("/l/a.log {\n\(directives)\n}\n")
        #expect(ConfigurationJudge.judge(configuration).map(\.message) == [expected])
        #expect(ConfigurationJudge.judge(parse("/l/a.log {\nmethod punch\nlossless\n}\n")).isEmpty)
    }
}
