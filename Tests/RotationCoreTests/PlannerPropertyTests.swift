import LinuxSystem
import RotationCore
import Testing

/// What must hold for any settings and any archives, tried on thousands from a seed.
struct PlannerPropertyTests {
    private struct Random {
        var state: UInt64

        mutating func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }

        mutating func chance(_ percent: Int) -> Bool { next(100) < percent }
    }

    private static let now = Timestamp.utc(2026, 11, 22, 10, 30)

    private static func directives(_ random: inout Random) -> String {
        var lines = [
            "rotate \(random.next(7) - 1)", ["create", "copytruncate", "copy", "renamecopy", ""][random.next(5)],
        ]
        lines.append(["compress", "nocompress", "compress\ndelaycompress", "compress\ncompresscmd xz"][random.next(4)])
        lines.append(
            ["", "dateext", "dateext\ndateformat -%d", "dateext\ndateformat .%s", "start 3", "start 0"][random.next(6)])
        lines.append(["", "extension .log", "addextension .x"][random.next(3)])
        lines.append(["", "", "maxage 20", "mail x"][random.next(4)])
        lines.append(["size 1", "daily", "weekly", "hourly"][random.next(4)])
        return lines.joined(separator: "\n")
    }

    private static func tree(_ random: inout Random, _ settings: Settings) -> ModelTree {
        var tree = ModelTree(now: now)
        tree.add("/l/a.log")
        let naming = ArchiveNaming(log: "a.log", settings: settings)
        for _ in 0..<random.next(10) {
            let suffix: Path = random.chance(50) ? ".gz" : ""
            var names = [naming.name(number: random.next(9), compressionSuffix: suffix)]
            let day = 10 + random.next(13)
            for date in ["-202611\(day)", "-\(day)", ".17953\(day)000", "-202611\(day)0\(random.next(9))"] {
                names.append(naming.name(date: Path(date), sequence: random.next(3), compressionSuffix: suffix))
            }
            let path = "/l/" + names[random.next(names.count)]
            if tree.files[path] == nil {
                tree.add(path, ageDays: Int64(random.next(40)), kind: random.chance(4) ? .directory : .regular)
            }
        }
        if random.chance(10) { tree.add("/l/a.log.tmp") }
        return tree
    }

    @Test func plansKeepEveryPromise() throws {
        var random = Random(state: 20_261_122)
        for round in 0..<4000 {
            let text = "/l/a.log {\n\(Self.directives(&random))\n}\n"
            let stanza = try #require(parse(text, .logrotate).stanzas.first)
            var tree = Self.tree(&random, stanza.settings)
            let force = random.chance(70)
            try check(stanza, &tree, force: force, "round \(round): \(text)")
        }
    }

    private func check(_ stanza: Stanza, _ tree: inout ModelTree, force: Bool, _ context: String) throws {
        let settings = stanza.settings
        let last: [Path: CivilTime] = ["/l/a.log": CivilTime(year: 2026, month: 11, day: 1)]
        let before = tree
        let planner = Planner(now: Self.now, zone: TableZone.utc, force: force)
        var claims = Planner.NameClaims()
        let plan = planner.plan(stanza, tree.items(["/l/a.log"], settings, planner, last: last), claims: &claims)
        let rotates = !plan.groups.isEmpty
        for step in plan.steps { tree.perform(step) }

        // Nothing is lost but by a removal, nothing doubled but by `copy`.
        let copies = settings.technique == .copy && rotates
        let expected =
            before.tokens
            + (copies && (settings.keep != .count(0) || settings.mailAddress != nil)
                ? before.files["/l/a.log"]?.tokens ?? [] : [])
        #expect((tree.tokens + tree.removed).sorted() == expected.sorted(), "\(context)")
        #expect(Set(tree.removed).count == tree.removed.count, "\(context)")

        guard rotates else { return }
        let naming = ArchiveNaming(log: "a.log", settings: settings)
        let archives = tree.files.filter {
            $0.key != "/l/a.log" && naming.parse($0.key.name) != nil && $0.value.kind == .regular
        }
        // Nothing is kept beyond the rules.
        if case .count(let limit) = settings.keep { #expect(archives.count <= limit, "\(context)") }
        if settings.maximumAgeSeconds != nil {
            for file in archives.values { #expect(Self.now.seconds - file.modified.seconds < 21 * 86400, "\(context)") }
        }
        // Nothing is removed that the rules would keep.
        if settings.keep == .unlimited, settings.maximumAgeSeconds == nil {
            #expect(tree.removed.isEmpty, "\(context)")
        }
        if case .count(let limit) = settings.keep, !tree.removed.isEmpty, settings.maximumAgeSeconds == nil {
            #expect(archives.count == limit, "\(context)")
        }
        if settings.mailAddress != nil, settings.technique != .renamecopy || settings.keep != .count(0) {
            #expect(Set(tree.mailed) == Set(tree.removed), "\(context)")
        }
        try checkSecondRun(stanza, &tree, context)
    }

    /// Right after a run there is nothing to do.
    private func checkSecondRun(_ stanza: Stanza, _ tree: inout ModelTree, _ context: String) throws {
        let planner = Planner(now: Self.now, zone: TableZone.utc)
        var claims = Planner.NameClaims()
        let last: [Path: CivilTime] = ["/l/a.log": TableZone.utc.civil(at: Self.now)]
        let items = tree.items(["/l/a.log"], stanza.settings, planner, last: last)
        // A copy leaves the log as big as it was: by size it is due again.
        if stanza.settings.technique == .copy, case .size = stanza.settings.schedule { return }
        let plan = planner.plan(stanza, items, claims: &claims)
        #expect(plan.steps.isEmpty, "\(context)")
    }

    @Test func repeatedRotationsKeepTheOrder() throws {
        for directives in [
            "rotate 4\ncompress\ndelaycompress", "rotate 5\ndateext", "rotate -1\ncopytruncate\ncompress",
            "rotate 3\nstart 2",
        ] {
            let stanza = try #require(parse("/l/a.log {\ncreate\n\(directives)\n}\n", .logrotate).stanzas.first)
            var tree = ModelTree(now: Self.now)
            tree.add("/l/a.log")
            for _ in 0..<9 {
                let planner = Planner(now: tree.now, zone: TableZone.utc, force: true)
                var claims = Planner.NameClaims()
                tree.writeToLog("/l/a.log")
                for step in planner.plan(
                    stanza, tree.items(["/l/a.log"], stanza.settings, planner, last: [:]), claims: &claims
                ).steps {
                    tree.perform(step)
                }
                tree.now.seconds += 60
            }
            let naming = ArchiveNaming(log: "a.log", settings: stanza.settings)
            let history = tree.files.compactMap { path, file -> (Int, [Int])? in
                switch naming.parse(path.name)?.key {
                case .number(let number): (-number, file.tokens)
                case .date(_, let sequence): (sequence, file.tokens)
                case nil: nil
                }
            }
            let tokens = history.sorted { $0.0 < $1.0 }.flatMap(\.1)
            #expect(tokens == tokens.sorted(), "\(directives)")
            #expect(!tokens.isEmpty)
        }
    }

    @Test func retentionKeepsOrRemovesEverything() {
        var random = Random(state: 9)
        for _ in 0..<5000 {
            let archives = (0..<random.next(12)).map { index in
                RetainedArchive(
                    name: Path("a.\(index)"),
                    modified: Timestamp(seconds: Self.now.seconds - Int64(random.next(50)) * 86400))
            }
            let limit: ArchiveLimit = random.chance(30) ? .unlimited : .count(random.next(8))
            let age: Int64? = random.chance(50) ? nil : Int64(random.next(40)) * 86400
            let new = random.next(3)
            let verdict = Retention.apply(
                to: archives, limit: limit, newCount: new, maximumAgeSeconds: age, now: Self.now)
            #expect(Set(verdict.keep).union(verdict.remove.map(\.archive)) == Set(archives))
            #expect(verdict.keep.count + verdict.remove.count == archives.count)
            #expect(verdict.keep == archives.filter { verdict.keep.contains($0) }, "the order stays")
            if case .count(let limit) = limit { #expect(verdict.keep.count + new <= max(limit, new)) }
            if limit == .unlimited, age == nil { #expect(verdict.remove.isEmpty) }
        }
    }
}
