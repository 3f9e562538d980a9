import HostObservation
import LinuxSystem
import RotationCore

/// What there is to say of a log, in sentences, each with the place it comes from.
struct ExplanationText {
    let path: Path
    let now: Timestamp
    let accounts: SystemAccounts
    private let zone = LocalZone()

    init(path: Path, now: Timestamp, accounts: SystemAccounts) {
        self.path = path
        self.now = now
        self.accounts = accounts
    }

    func lines(_ explanation: Explanation) -> [String] {
        switch explanation {
        case .governed(let governed): ["\(path)"] + lines(governed)
        case .archive(let governed):
            ["\(path)", "  is an archive of \(governed.log.path):", "", "\(governed.log.path)"] + lines(governed)
        case .nobodys(let close): ["\(path)"] + nobodys(close)
        }
    }

    private func nobodys(_ close: [Explanation.NearMiss]) -> [String] {
        guard !close.isEmpty else { return ["  no stanza names it, and none comes close"] }
        let lines = close.map { miss in
            let why =
                switch miss.reason {
                case .name: "is for another name in the same directory"
                case .directory: "is for another directory"
                case .spelling: "is spelt otherwise"
                }
            return "    \(miss.pattern.text) \(why) (\(miss.pattern.location))"
        }
        return ["  no stanza names it; these come close:"] + lines
    }

    private func lines(_ governed: Explanation.Governed) -> [String] {
        let log = governed.log
        var lines = ["  governed by \(governed.pattern.text) (\(governed.pattern.location))"]
        for location in governed.overridden {
            lines.append("  also named at \(location), which has no say: the first one governs")
        }
        lines.append("  " + content(log))
        lines.append("  " + when(governed))
        lines += holders(governed).map { "  " + $0 }
        lines.append("  " + archives(governed))
        for pressure in governed.spaces { lines += self.pressure(pressure, log).map { "  " + $0 } }
        lines += ["", "a rotation now would:"]
        if let hindrance = governed.hindrance {
            lines.append("  do nothing: \(ProblemText.describe(hindrance, log.path, accounts: accounts))")
        } else if governed.steps.isEmpty {
            lines.append("  do nothing: there is nothing to be archived")
        }
        for step in governed.steps {
            lines.append("  \(StepText.describe(step.step, accounts: accounts))\(StepText.reason(step.reason))")
        }
        lines += ["", governed.lines.isEmpty ? "every setting has its default" : "settings that are not the defaults:"]
        let width = governed.lines.map(\.text.count).max() ?? 0
        for (location, text) in governed.lines {
            lines.append("  \(text)\(String(repeating: " ", count: min(40, width) - min(40, text.count)))  \(location)")
        }
        return lines
    }

    private func content(_ log: Overview.Log) -> String {
        guard let status = log.status else { return "is not there" }
        var text =
            "has \(Figures.bytes(log.pendingBytes)) that are not archived, and occupies \(Figures.bytes(status.allocatedBytes))"
        if status.sizeBytes > max(1 << 20, 2 * status.allocatedBytes) {
            text += " (it looks \(Figures.bytes(status.sizeBytes)) large, because it begins with a hole)"
        }
        return text
    }

    private func when(_ governed: Explanation.Governed) -> String {
        let log = governed.log
        var text = NextDueText.describe(log.next, log.path, accounts: accounts)
        if case .at = log.next, let last = log.lastRotated {
            text += ": \(StepText.describe(governed.settings.schedule)), last rotated \(last)"
        }
        if let place = governed.settings.origins[.size] { text += " (\(place))" }
        if let limit = governed.settings.maximumSizeBytes, let place = governed.settings.origins[.maxsize] {
            text += "; as soon as it has more than \(Figures.bytes(limit)) in any case (\(place))"
        }
        return text
    }

    private func holders(_ governed: Explanation.Governed) -> [String] {
        var lines: [String] = []
        for writer in governed.log.writers {
            lines.append("written to by \(writer.title), which \(writer.appends ? "appends" : "does not append")")
        }
        for follower in governed.log.followers {
            lines.append("followed by \(follower.title), which keeps its place: the log keeps its size under it")
        }
        if lines.isEmpty, governed.log.status != nil {
            lines.append(governed.holders?.doubt.map { "who has it open is not known: \($0)" } ?? "nobody has it open")
        }
        return lines
    }

    private func archives(_ governed: Explanation.Governed) -> String {
        let log = governed.log
        guard let oldest = log.archives.map(\.modified).min() else { return "has no archives yet" }
        var text =
            "has \(log.archives.count) \(log.archives.count == 1 ? "archive" : "archives") with \(Figures.bytes(log.archivedBytes)), back to \(day(oldest))"
        switch governed.settings.keep {
        case .unlimited: break
        case .count(let count): text += "; \(count) are kept\(place(governed, .rotate))"
        }
        if let age = governed.settings.maximumAgeSeconds {
            text += "; none older than \(Figures.age(age))\(place(governed, .maxage))"
        }
        return text
    }

    private func place(_ governed: Explanation.Governed, _ directive: Directive) -> String {
        governed.settings.origins[directive].map { " (\($0))" } ?? ""
    }

    private func day(_ time: Timestamp) -> String { "\(zone.civil(at: time))" }

    private func pressure(_ pressure: Explanation.Pressure, _ log: Overview.Log) -> [String] {
        let limits = pressure.figures.limits
        var parts = ["\(Figures.bytes(pressure.figures.usedBytes)) used"]
        if let budget = limits.budgetBytes { parts.append("budget \(Figures.bytes(budget))") }
        if let floor = limits.minimumFreeBytes {
            parts.append("\(Figures.bytes(limits.freeBytes)) free, floor \(Figures.bytes(floor))")
        }
        var lines = ["counts for \(pressure.figures.path) (\(pressure.location)): \(parts.joined(separator: ", "))"]
        if let first = pressure.first {
            let left =
                pressure.leftBack.map { "\(pressure.leftCount) would be left, back to \(day($0))" }
                ?? "none would be left"
            lines.append(
                "  if that needed room, \(first.path) (\(Figures.bytes(first.allocatedBytes)), \(day(first.modified))) would go first of this log; \(left)"
            )
        } else {
            lines.append(
                "  if that needed room, none of its archives would go before a floor takes what minkeep spares")
        }
        if let firstOfAll = pressure.firstOfAll, firstOfAll != pressure.first?.path {
            lines.append("  before that \(firstOfAll) would go")
        }
        return lines
    }
}
