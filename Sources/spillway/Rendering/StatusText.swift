import HostObservation
import LinuxSystem
import RotationCore

/// What an administrator looks at, for people: the verdict first.
struct StatusText {
    let overview: Overview
    let troubles: [Trouble]
    let now: Timestamp
    let zone = LocalZone()
    let screen: Screen
    /// So many logs are shown; nil: all.
    var limit: Int?

    /// The lines.
    func lines() -> [String] {
        var lines = verdict()
        if !overview.spaces.isEmpty { lines += [""] + overview.spaces.flatMap(space) }
        if !overview.logs.isEmpty { lines += [""] + logs() }
        lines += outstanding()
        return lines + [""] + [footer()] + watch()
    }

    private func verdict() -> [String] {
        guard let worst = troubles.first else { return [screen.coloured("all well", .good)] }
        let colour: Screen.Colour = worst.isCritical ? .bad : .warning
        var lines = [screen.coloured(TroubleText.describe(worst), colour), "  → \(TroubleText.remedy(worst))"]
        for other in troubles.dropFirst() { lines.append("also: \(TroubleText.describe(other))") }
        return lines
    }

    // MARK: Spaces

    private func space(_ space: Overview.Space) -> [String] {
        let figures = space.figures
        let limits = figures.limits
        var words = ["\(Figures.bytes(figures.usedBytes)) used"]
        if let budget = limits.budgetBytes { words[0] += " of \(Figures.bytes(budget))" }
        words.append("\(Figures.bytes(limits.freeBytes)) free")
        if let floor = limits.minimumFreeBytes { words.append("floor \(Figures.bytes(floor))") }
        if let floor = limits.minimumFreeInodes { words.append("\(limits.freeInodes) inodes free, floor \(floor)") }
        let isOver = limits.isBelowFloor || figures.usedBytes > limits.budgetBytes ?? .max
        let bar = screen.coloured(bar(figures), isOver ? .bad : .good)
        return ["\(figures.path)  \(bar)", "  \(words.joined(separator: ", "))"]
    }

    /// The file system from end to end: `#` the tree, `+` everything else on it, `.` free; `|` where the budget ends, `!`
    /// where the floor begins.
    private func bar(_ figures: SpaceFigures) -> String {
        let total = figures.limits.totalBytes
        guard total > 0 else { return "" }
        let cells = max(10, min(40, (screen.width ?? 100) - figures.path.description.count - 6))
        func cell(_ bytes: Int64) -> Int {
            min(cells - 1, max(0, Int((Double(bytes) / Double(total) * Double(cells)).rounded(.down))))
        }
        let used = figures.usedBytes > 0 ? max(1, cell(figures.usedBytes)) : 0
        let taken = max(used, cells - cell(figures.limits.freeBytes) - (figures.limits.freeBytes > 0 ? 1 : 0))
        var bar = (0..<cells).map { $0 < used ? "#" : $0 < taken ? "+" : "." }
        if let budget = figures.limits.budgetBytes { bar[cell(budget)] = "|" }
        if let floor = figures.limits.minimumFreeBytes { bar[cells - 1 - cell(floor)] = "!" }
        return "[" + bar.joined() + "]"
    }

    // MARK: Logs

    private func logs() -> [String] {
        var table = TextTable([
            .init(title: "LOG", isElastic: true), .init(title: "PENDING", isRight: true),
            .init(title: "ARCHIVED", isRight: true), .init(title: "BACK", isRight: true, importance: 1),
            .init(title: "DUE", importance: 0, limit: 14), .init(title: "WRITTEN BY", importance: 3, limit: 18),
            .init(title: "FOLLOWED BY", importance: 4, limit: 18),
        ])
        let sorted = overview.logs.sorted { one, other in
            let (first, second) = (isTrouble(one), isTrouble(other))
            if first != second { return first }
            return (other.totalBytes, one.path) < (one.totalBytes, other.path)
        }
        let civilNow = zone.civil(at: now)
        for log in limit.map({ Array(sorted.prefix($0)) }) ?? sorted {
            table.add([
                log.path.description, log.status == nil ? "-" : Figures.bytes(log.pendingBytes), archives(log),
                log.archives.isEmpty ? "-" : Figures.age(max(0, now.seconds(since: oldest(log)))),
                NextDueText.brief(log.next, now: civilNow), names(log.writers), names(log.followers),
            ])
        }
        var lines = table.lines(width: screen.width)
        lines[0] = screen.coloured(lines[0], .heading)
        if let limit, sorted.count > limit { lines.append("... and \(sorted.count - limit) more (--all)") }
        return lines
    }

    private func isTrouble(_ log: Overview.Log) -> Bool {
        switch log.next {
        case .problem, .waits(.unresolved): true
        case .now, .at, .bytes, .waits: false
        }
    }

    private func archives(_ log: Overview.Log) -> String {
        log.archives.isEmpty ? "-" : "\(Figures.bytes(log.archivedBytes)) in \(log.archives.count)"
    }

    private func oldest(_ log: Overview.Log) -> Timestamp {
        log.archives.map(\.modified).min() ?? now
    }

    private func names(_ holders: [Holder]) -> String {
        guard let first = holders.first else { return "-" }
        let names = Set(holders.map(\.command)).sorted()
        let others = names.count > 1 ? " +\(names.count - 1)" : ""
        return (names.count == 1 ? first.command : names[0]).description + others
    }

    // MARK: The rest

    private func outstanding() -> [String] {
        var lines: [String] = []
        for entry in overview.unresolved {
            lines.append("not finished: the cut of \(entry.log), whose archive is \(entry.archive)")
        }
        for file in overview.unreleased {
            let who = file.holders.isEmpty ? "somebody" : file.holders.map(\.title).joined(separator: ", ")
            lines.append(
                "not released: \(file.path) (\(Figures.bytes(file.allocatedBytes))), still written to by \(who)")
        }
        if let held = overview.held, !held.files.isEmpty {
            let count = held.files.count == 1 ? "1 deleted file" : "\(held.files.count) deleted files"
            lines.append("held: \(count) with \(Figures.bytes(held.totalBytes)) (spillway held)")
        }
        if let gap = overview.gap { lines.append("not everybody was seen: \(gap)") }
        return lines.isEmpty ? [] : [""] + lines
    }

    private func watch() -> [String] {
        guard let watch = overview.watch else { return [] }
        let seconds = watch.next.seconds(since: now)
        let next = seconds > 0 ? "in \(Figures.age(seconds))" : "now"
        return [
            "a watch is there (process \(watch.process)) and looks at all logs next \(next), at the latest",
            "  \(watch.sentence)",
        ]
    }

    private func footer() -> String {
        let live = overview.logs.count { $0.status != nil }
        let archives = overview.logs.reduce(0) { $0 + $1.archives.count }
        let bytes = overview.logs.reduce(Int64(0)) { $0 + $1.totalBytes }
        var text =
            "\(live) \(live == 1 ? "log" : "logs") and \(archives) \(archives == 1 ? "archive" : "archives") with \(Figures.bytes(bytes))"
        if let run = overview.lastRun {
            text +=
                run.isAtWork
                ? "; a run is at work"
                : "; last run \(Figures.age(max(0, now.seconds(since: run.at)))) ago, exit \(run.exitStatus)"
        } else {
            text += "; no run has ended here yet"
        }
        return text
    }
}
