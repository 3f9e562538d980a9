public import LinuxSystem

/// Steps and reasons in words: the same in a dry run and in a real one.
public enum StepText {
    /// `compress /var/log/x.1 to /var/log/x.1.gz`.
    ///
    /// - Parameters:
    ///   - accounts: names users and groups.
    ///   - exactly: in the terms of the design, for somebody who knows them.
    public static func describe(_ step: Step, accounts: some AccountNames, exactly: Bool = false) -> String {
        switch step {
        case .run(let kind, _, let arguments):
            "run the \(kind.rawValue) script for \(arguments.map { "\($0.onOneLine)" }.joined(separator: " "))"
        case .makeDirectory(let path, _): "make directory \(path)"
        case .shift(let path, let target): "rename \(path) to \(target.name)"
        case .move(let path, let target): "rename \(path) to \(target)"
        case .create(let path, let ownership): "create \(path)\(attributes(ownership, accounts))"
        case .archive(let path, let target, let compression): "copy \(path) to \(target)\(how(compression))"
        case .cut(let path, let target?, let compression, let plan):
            "\(plan.extends ? "add what is in" : "archive") \(path) to \(target)\(how(compression)); \(describe(plan, exactly: exactly))"
        case .cut(let path, nil, _, let plan): "empty \(path) without an archive; \(describe(plan, exactly: exactly))"
        case .signal(let rule, let file, let writers):
            "send SIG\(rule.name) to the writers of \(file)\(titles(writers))"
        case .recover(let log, let archive): "finish the cut of \(log) that an earlier run began (archive \(archive))"
        case .compress(let path, let target, let compression):
            "compress \(path) to \(target.name)\(program(compression))"
        case .mail(let path, let address, _): "mail \(path) to \(address)"
        case .remove(let path, let cycles): cycles == nil ? "remove \(path)" : "shred and remove \(path)"
        case .free(let path, let holders): "free \(path), which is deleted and held\(titles(holders))"
        }
    }

    /// Many archives that get the next number, in one line: `renumber 3 archives, app.log.1.gz ... app.log.3.gz`.
    public static func describe(renumbered paths: [Path]) -> String {
        let sorted = paths.sorted()
        guard let first = paths.last, let last = paths.first, sorted.count > 1 else { return "" }
        return "renumber \(paths.count) archives, \(first) ... \(last.name)"
    }

    /// `emptied in place; keeps its size: followed by filebeat (pid 812)`; exactly: `cut by punch; not shrunk: followed by
    /// filebeat (pid 812)`.
    public static func describe(_ plan: CutPlan, exactly: Bool = false) -> String {
        guard plan.technique == .punch else {
            if plan.isBinary { return "emptied when nobody has it open" }
            return exactly ? "cut by truncate" : "truncated; what is written at that moment is lost"
        }
        let how = exactly ? "cut by punch" : "emptied in place"
        switch plan.forecast {
        case .truncate: return exactly ? "\(how); shrunk by truncate" : how
        case .collapse: return exactly ? "\(how); shrunk by collapse" : how
        case .wait(let why), .never(let why): return "\(how); \(exactly ? "not shrunk" : "keeps its size"): \(why)"
        }
    }

    /// What a cut came to, in the same words.
    public static func describe(_ report: CutReport, exactly: Bool = false) -> String {
        let what = report.isArchived ? "archived" : "taken out"
        let how = report.technique == .punch ? "emptied in place" : "truncated"
        var parts = [
            "\(Figures.bytes(report.archivedBytes)) \(what)", exactly ? "cut by \(report.technique.rawValue)" : how,
        ]
        switch report.shrink {
        case .truncated: if exactly, report.technique == .punch { parts.append("shrunk by truncate") }
        case .collapsed(let bytes): if exactly { parts.append("shrunk by collapse, by \(Figures.bytes(bytes))") }
        case .none(let why): parts.append("\(exactly ? "not shrunk" : "kept its size"): \(why)")
        }
        return (parts + report.remarks).joined(separator: "; ")
    }

    private static func titles(_ holders: [Holder]) -> String {
        holders.isEmpty ? "" : ": " + holders.map(\.title).joined(separator: ", ")
    }

    /// Why, in brackets; nothing where the step is simply part of the rotation.
    public static func reason(_ reason: StepReason) -> String {
        switch reason {
        case .rotation: ""
        case .numbering: " (its number is needed)"
        case .uncompressed: " (it is not compressed yet)"
        case .surplus(0): " (rotate 0 keeps none)"
        case .surplus(let limit): " (rotate \(limit) keeps no more)"
        case .expired(let age, let limit): " (it is \(Figures.age(age)) old, maxage is \(Figures.age(limit)))"
        case .copied: " (it is in its archive)"
        case .duplicate: " (it is there compressed too)"
        case .leftover: " (an earlier run did not finish with it)"
        case .room: " (there is no room for a new archive)"
        case .unreleased: " (it was renamed, and is not released)"
        case .released: " (it is released now)"
        case .evicted(let reason): " (\(SpaceText.describe(reason)))"
        case .belowFloor(let missing): " (\(Figures.bytes(missing)) are missing of minfree)"
        case .abandoned(let age, let limit) where age <= limit: " (it is empty, and nobody has it: it was abandoned)"
        case .abandoned(let age, let limit):
            " (it is empty, and nobody has it; nobody wrote to it for \(Figures.age(age)), abandoned is \(Figures.age(limit)))"
        }
    }

    private static func attributes(_ ownership: Ownership, _ accounts: some AccountNames) -> String {
        var parts: [String] = []
        if let mode = ownership.mode { parts.append("mode 0\(String(mode, radix: 8))") }
        if let owner = ownership.owner { parts.append("owner \(accounts.user(owner))") }
        if let group = ownership.group { parts.append("group \(accounts.group(group))") }
        return parts.isEmpty ? " like the old one" : " with " + parts.joined(separator: ", ")
    }

    private static func how(_ compression: Compression?) -> String {
        compression == nil ? "" : ", compressed"
    }

    private static func program(_ compression: Compression) -> String {
        if case .program(let command, _) = compression { return " with \(command)" }
        return ""
    }

    /// Why a log is due: `weekly, last rotated 2026-11-15 06:25`.
    public static func describe(_ reason: DueReason) -> String {
        switch reason {
        case .forced: "rotated because --force asks for it"
        case .size(let bytes, let limit): "due: it has \(Figures.bytes(bytes)), size is \(Figures.bytes(limit))"
        case .maximumSize(let bytes, let limit):
            "due: it has \(Figures.bytes(bytes)), maxsize is \(Figures.bytes(limit))"
        case .elapsed(let schedule, let last): "due: \(describe(schedule)), last rotated \(last)"
        case .rotatedInFuture(let last): "due: last rotated \(last), which is in the future"
        case .maximumTotal(let bytes, let limit):
            "due: it has \(Figures.bytes(bytes)), more than half of maxtotal, which is \(Figures.bytes(limit))"
        case .liveTotal(let bytes, let total, let trigger, let target):
            "due: it has \(Figures.bytes(bytes)), and all live logs together \(Figures.bytes(total)); live is \(Figures.bytes(trigger)) \(Figures.bytes(target))"
        case .space(let space, let rule, let missing):
            "due: \(space) misses \(Figures.bytes(missing)) for its \(rule.name), and this is one of its biggest logs"
        case .abandoned(let age, let limit):
            "due: nobody has it open, and nobody wrote to it for \(Figures.age(age)); abandoned is \(Figures.age(limit))"
        }
    }

    /// Why a log is left alone.
    public static func describe(_ reason: QuietReason) -> String {
        switch reason {
        case .missing: "not there"
        case .symbolicLink: "left alone: a symbolic link"
        case .notRegular: "left alone: no regular file"
        case .hardLinks(let count): "left alone: it has \(count) names (allowhardlink rotates it all the same)"
        case .empty: "not due: there is nothing in it to be archived"
        case .belowSize(let bytes, let limit): "not due: it has \(Figures.bytes(bytes)) of \(Figures.bytes(limit))"
        case .notElapsed(let schedule, let last): "not due: \(describe(schedule)), last rotated \(last)"
        case .firstSeen: "not due: seen for the first time, its time counts from now"
        case .belowMinimumSize(let bytes, let limit):
            "not due: it has \(Figures.bytes(bytes)), minsize is \(Figures.bytes(limit))"
        case .tooYoung(let age, let limit):
            "not due: written to \(Figures.age(age)) ago, minage is \(Figures.age(limit))"
        case .unchangedSinceCopy(let last): "not due: not written to since it was copied \(last)"
        case .sameFile(let other): "left alone: the same file as \(other)"
        case .waits(let why): "left alone: \(why)"
        case .unresolved: "left alone: the cut of an earlier run is not finished"
        }
    }

    /// When a log is due by its schedule: `weekly on Sunday`.
    public static func describe(_ schedule: Schedule) -> String {
        switch schedule {
        case .size(let limit): "size \(Figures.bytes(limit))"
        case .hourly: "hourly"
        case .daily: "daily"
        case .weekly(7): "every seven days"
        case .weekly(let day):
            "weekly on \(["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"][day % 7])"
        case .monthly(1): "monthly"
        case .monthly(let day): "monthly on day \(day)"
        case .yearly: "yearly"
        }
    }
}
