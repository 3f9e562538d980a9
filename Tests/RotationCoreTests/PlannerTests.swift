import LinuxSystem
import RotationCore
import Testing

struct PlannerTests {
    private static let now = Timestamp.utc(2026, 11, 22, 10, 30)

    /// The steps for /l/a.log beside these archives, as short text.
    private func steps(
        _ directives: String, _ archives: [Path], dialect: Dialect = .logrotate, force: Bool = true,
        ageDays: [Path: Int64] = [:], olderLogs: [Path] = ["/l/a.log"]
    ) throws -> [String] {
        let stanza = try #require(parse("/l/a.log {\n\(directives)\n}\n", dialect).stanzas.first)
        var tree = ModelTree(now: Self.now)
        tree.add("/l/a.log")
        for archive in archives { tree.add("/l/" + archive, ageDays: ageDays[archive] ?? 1) }
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: force)
        var claims = Planner.NameClaims()
        let plan = planner.plan(stanza, tree.items(["/l/a.log"], stanza.settings, planner, last: [:]), claims: &claims)
        for step in plan.steps { tree.perform(step) }
        return plan.steps.map { Self.text($0) }
    }

    private static func text(_ planned: PlannedStep) -> String {
        switch planned.step {
        case .run(let kind, _, let arguments): "\(kind.rawValue) \(arguments.map(\.description).joined(separator: " "))"
        case .makeDirectory(let path, _): "mkdir \(path)"
        case .shift(let from, let to): "shift \(from.name) \(to.name)"
        case .move(let from, let to): "move \(from.name) \(to.name)"
        case .create(let path, _): "create \(path.name)"
        case .archive(let from, let to, _): "copy \(from.name) \(to.name)"
        case .cut(let from, let to?, _, let plan): "\(plan.extends ? "extend" : "cut") \(from.name) \(to.name)"
        case .cut(let path, nil, _, _): "empty \(path.name)"
        case .signal(let rule, let file, _): "signal \(rule.name) \(file.name)"
        case .recover(let log, _): "recover \(log.name)"
        case .compress(let from, let to, _): "compress \(from.name) \(to.name)"
        case .mail(let path, let address, _): "mail \(path.name) \(address)"
        case .remove(let path, _): "remove \(path.name)"
        case .free(let path, _): "free \(path.name)"
        }
    }

    @Test(
        arguments: [
            ("rotate 2", [], ["move a.log a.log.1"]),
            ("rotate 2\ncreate", [], ["move a.log a.log.1", "create a.log"]),
            ("rotate 2", ["a.log.1"], ["shift a.log.1 a.log.2", "move a.log a.log.1"]),
            (
                "rotate 2", ["a.log.1", "a.log.2"],
                ["shift a.log.2 a.log.3", "shift a.log.1 a.log.2", "move a.log a.log.1", "remove a.log.3"]
            ),
            // A gap ends the moving.
            ("rotate 9", ["a.log.1", "a.log.3"], ["shift a.log.1 a.log.2", "move a.log a.log.1"]),
            ("rotate 9", ["a.log.2", "a.log.3"], ["move a.log a.log.1"]),
            // `rotate` was lowered: all that is too much goes.
            (
                "rotate 1", ["a.log.1", "a.log.2", "a.log.7"],
                [
                    "shift a.log.2 a.log.3", "shift a.log.1 a.log.2", "move a.log a.log.1", "remove a.log.7",
                    "remove a.log.3", "remove a.log.2",
                ]
            ),
            ("rotate 0", [], ["move a.log a.log.1", "remove a.log.1"]),
            ("rotate 0\ncopytruncate", [], ["empty a.log"]),
            ("rotate 0\ncopytruncate\nmail x", [], ["cut a.log a.log.1", "mail a.log.1 x", "remove a.log.1"]),
            (
                "rotate 0\ncompress\nmail x", [],
                [
                    "move a.log a.log.1", "compress a.log.1 a.log.1.gz", "mail a.log.1.gz x", "remove a.log.1.gz",
                ]
            ),
            ("rotate 0\ncompress", [], ["move a.log a.log.1", "remove a.log.1"]),
            ("rotate -1", ["a.log.1"], ["shift a.log.1 a.log.2", "move a.log a.log.1"]),
            ("rotate 2\nstart 0", ["a.log.0"], ["shift a.log.0 a.log.1", "move a.log a.log.0"]),
            ("rotate 2\nstart 5", [], ["move a.log a.log.5"]),
            (
                "rotate 2\ncompress", ["a.log.1.gz"],
                ["shift a.log.1.gz a.log.2.gz", "move a.log a.log.1", "compress a.log.1 a.log.1.gz"]
            ),
            (
                "rotate 3\ncompress\ndelaycompress", ["a.log.1", "a.log.2.gz"],
                [
                    "shift a.log.2.gz a.log.3.gz", "shift a.log.1 a.log.2", "move a.log a.log.1",
                    "compress a.log.2 a.log.2.gz",
                ]
            ),
            ("rotate 2\ncompress\ncopytruncate", [], ["cut a.log a.log.1.gz"]),
            (
                "rotate 2\ncompress\ncompresscmd xz\ncopytruncate", [],
                ["cut a.log a.log.1", "compress a.log.1 a.log.1.xz"]
            ),
            ("rotate 2\ncopy", [], ["copy a.log a.log.1"]),
            (
                "rotate 2\nrenamecopy\ncreate", [],
                ["move a.log a.log.tmp", "create a.log", "copy a.log.tmp a.log.1", "remove a.log.tmp"]
            ),
            // Both forms of one number, after a run that was ended in between.
            (
                "rotate 9\ncompress", ["a.log.1", "a.log.1.gz"],
                [
                    "shift a.log.1.gz a.log.3.gz", "shift a.log.1 a.log.2", "move a.log a.log.1",
                    "compress a.log.1 a.log.1.gz",
                    "compress a.log.2 a.log.2.gz",
                ]
            ),
            ("rotate 2\ndateext", [], ["move a.log a.log-20261122"]),
            ("rotate 2\ndateext\nhourly", [], ["move a.log a.log-2026112210"]),
            ("rotate 2\ndateext\ndateyesterday", [], ["move a.log a.log-20261121"]),
            ("rotate 2\ndateext\nhourly\ndatehourago", [], ["move a.log a.log-2026112209"]),
            ("rotate 9\ndateext", ["a.log-20261122"], ["move a.log a.log-20261122.1"]),
            ("rotate 9\ndateext", ["a.log-20261122.gz", "a.log-20261122.4"], ["move a.log a.log-20261122.5"]),
            (
                "rotate 2\ndateext", ["a.log-20261120", "a.log-20261119"],
                ["move a.log a.log-20261122", "remove a.log-20261119"]
            ),
            (
                "rotate 2\ndateext\ncompress\ndelaycompress", ["a.log-20261121"],
                ["move a.log a.log-20261122", "compress a.log-20261121 a.log-20261121.gz"]
            ),
            (
                "rotate 1\nmail x", ["a.log.1"],
                ["shift a.log.1 a.log.2", "move a.log a.log.1", "mail a.log.2 x", "remove a.log.2"]
            ),
            (
                "rotate 1\nmail x\nmailfirst\ncompress", [],
                ["move a.log a.log.1", "compress a.log.1 a.log.1.gz", "mail a.log.1.gz x"]
            ),
            (
                "rotate 0\npreremove\nx\nendscript\nfirstaction\nx\nendscript\nlastaction\nx\nendscript", [],
                [
                    "firstaction /l/a.log ", "move a.log a.log.1", "preremove /l/a.log.1", "remove a.log.1",
                    "lastaction /l/a.log ",
                ]
            ),
            (
                "rotate 1\ncompress\nprerotate\nx\nendscript\npostrotate\nx\nendscript", [],
                [
                    "prerotate /l/a.log", "move a.log a.log.1", "postrotate /l/a.log /l/a.log.1",
                    "compress a.log.1 a.log.1.gz",
                ]
            ),
            // logrotate's scripts see a copy plain; one for all gets no second argument.
            (
                "rotate 1\ncompress\ncopytruncate\npostrotate\nx\nendscript", [],
                ["cut a.log a.log.1", "postrotate /l/a.log /l/a.log.1", "compress a.log.1 a.log.1.gz"]
            ),
            (
                "rotate 1\ncompress\ncopytruncate\nsharedscripts\npostrotate\nx\nendscript", [],
                ["cut a.log a.log.1", "postrotate /l/a.log ", "compress a.log.1 a.log.1.gz"]
            ),
        ] as [(String, [Path], [String])])
    func plansARotation(_ directives: String, _ archives: [Path], _ expected: [String]) throws {
        #expect(try steps(directives, archives) == expected)
    }

    @Test func aSharedScriptOfSpillwaysOwnNeedsNoPlainCopy() throws {
        let directives = "size 1\nsharedscripts\npostrotate\nx\nendscript"
        #expect(try steps(directives, [], dialect: .spillway) == ["cut a.log a.log.1.gz", "postrotate /l/a.log"])
    }

    @Test func anEarlierUnfinishedRenamecopyComesFirst() throws {
        #expect(
            try steps("rotate 5\nrenamecopy", ["a.log.tmp", "a.log.1"]) == [
                "shift a.log.1 a.log.3", "copy a.log.tmp a.log.2", "remove a.log.tmp", "move a.log a.log.tmp",
                "copy a.log.tmp a.log.1", "remove a.log.tmp",
            ])
    }

    @Test func expiresByAgeWhetherDueOrNot() throws {
        let ages: [Path: Int64] = ["a.log.1": 2, "a.log.2": 40]
        #expect(
            try steps("rotate 9\nmaxage 30", ["a.log.1", "a.log.2"], ageDays: ages) == [
                "shift a.log.2 a.log.3", "shift a.log.1 a.log.2", "move a.log a.log.1", "remove a.log.3",
            ])
        #expect(
            try steps("rotate 9\nsize 1M\nmaxage 30", ["a.log.1", "a.log.2"], force: false, ageDays: ages) == [
                "remove a.log.2"
            ])
        #expect(try steps("rotate 9\nsize 1M", ["a.log.1", "a.log.2"], force: false, ageDays: ages) == [])
    }

    @Test func whatIsNotAPlainFileKeepsItsName() throws {
        let stanza = try #require(parse("/l/a.log {\nrotate 9\n}\n", .logrotate).stanzas.first)
        var tree = ModelTree(now: Self.now)
        tree.add("/l/a.log")
        tree.add("/l/a.log.1")
        tree.add("/l/a.log.2", kind: .directory)
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: true)
        var claims = Planner.NameClaims()
        let plan = planner.plan(stanza, tree.items(["/l/a.log"], stanza.settings, planner, last: [:]), claims: &claims)
        #expect(plan.steps.map(Self.text) == ["shift a.log.1 a.log.3", "move a.log a.log.1"])
    }

    @Test func aFileSystemIsCrossedByCopying() throws {
        let stanza = try #require(parse("/l/a.log {\nrotate 2\nolddir /old\n}\n", .logrotate).stanzas.first)
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: true)
        let log = LogObservation(path: "/l/a.log", finding: .present(.file(inode: 9)), directory: .directory())
        let archives = ArchiveObservation(directory: "/old", status: .directory(device: 2), isElsewhere: true)
        var claims = Planner.NameClaims()
        let item = Planner.Item(log: log, decision: .rotate(.forced), archives: archives)
        let plan = planner.plan(stanza, [item], claims: &claims)
        #expect(plan.steps.map(Self.text) == ["move a.log a.log.tmp", "copy a.log.tmp a.log.1", "remove a.log.tmp"])
    }

    @Test func twoLogsDoNotShareTheNamesOfTheirArchives() throws {
        let stanza = try #require(parse("/l/a.log /m/a.log {\nrotate 2\nolddir /old\n}\n", .logrotate).stanzas.first)
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: true)
        let items = (["/l/a.log", "/m/a.log"] as [Path]).map { path in
            Planner.Item(
                log: LogObservation(path: path, finding: .present(.file()), directory: .directory()),
                decision: .rotate(.forced), archives: ArchiveObservation(directory: "/old", status: .directory()))
        }
        var claims = Planner.NameClaims()
        let plan = planner.plan(stanza, items, claims: &claims)
        #expect(plan.groups.flatMap(\.logs).map(\.log) == ["/l/a.log"])
        #expect(plan.decisions[1].decision == .problem(.archiveNameClash(with: "/l/a.log", directory: "/old")))
    }

    @Test func aMissingOlddirIsMadeOrNamed() throws {
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: true)
        func plan(_ directives: String) throws -> StanzaPlan {
            let stanza = try #require(
                parse("/l/a.log {\nolddir /old\nrotate 1\n\(directives)\n}\n", .logrotate).stanzas.first)
            let log = LogObservation(path: "/l/a.log", finding: .present(.file()), directory: .directory())
            let archives = ArchiveObservation(directory: "/old", status: nil)
            var claims = Planner.NameClaims()
            return planner.plan(
                stanza, [Planner.Item(log: log, decision: .rotate(.forced), archives: archives)], claims: &claims)
        }
        #expect(try plan("").decisions[0].decision == .problem(.archiveDirectoryMissing("/old")))
        #expect(try plan("createolddir 700").steps.map(Self.text) == ["mkdir /old", "move a.log a.log.1"])
    }

    @Test func sharedScriptsRunOnceForAllLogs() throws {
        let text = "/l/*.log {\nrotate 1\nsharedscripts\nprerotate\nx\nendscript\npostrotate\nx\nendscript\n}\n"
        let stanza = try #require(parse(text, .logrotate).stanzas.first)
        var tree = ModelTree(now: Self.now)
        for log in ["/l/a.log", "/l/b.log"] as [Path] { tree.add(log) }
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: true)
        var claims = Planner.NameClaims()
        let items = tree.items(["/l/a.log", "/l/b.log"], stanza.settings, planner, last: [:])
        #expect(
            planner.plan(stanza, items, claims: &claims).steps.map(Self.text) == [
                "prerotate /l/*.log ", "move a.log a.log.1", "move b.log b.log.1", "postrotate /l/*.log ",
            ])
    }
}
