import HostObservation
import LinuxSystem
import RotationCore

/// What an administrator looks at as JSON, with the keys that scripts rely on.
enum StatusJSON {
    static func render(_ overview: Overview, _ troubles: [Trouble]) -> String {
        JSONValue.object([
            ("logs", .array(overview.logs.map(log))), ("spaces", .array(overview.spaces.map(space))),
            (
                "held",
                .object([
                    ("files", .integer(Int64(overview.held?.files.count ?? 0))),
                    ("bytes", .integer(overview.held?.totalBytes ?? 0)),
                ])
            ),
            ("unreleased", .array(overview.unreleased.map(unreleased))),
            ("unresolved", .array(overview.unresolved.map(unresolved))),
            ("lastRun", overview.lastRun.map(lastRun) ?? .null),
            ("watch", overview.watch.map(watch) ?? .null), ("troubles", .array(troubles.map(trouble))),
            (
                "errors",
                .array(
                    overview.problems.filter(\.isError).map {
                        .object([("path", .path($0.path)), ("message", .text($0.message))])
                    })
            ),
        ]).text
    }

    private static func log(_ log: Overview.Log) -> JSONValue {
        var due = JSONValue.null
        var next = JSONValue.null
        switch log.next {
        case .now(let reason): due = .text(StepText.describe(reason))
        case .at(let time): next = .text("\(time)")
        case .bytes, .waits, .problem: break
        }
        return .object([
            ("path", .path(log.path)), ("stanza", log.stanza.map { .text("\($0.file):\($0.line)") } ?? .null),
            ("pending", .integer(log.pendingBytes)), ("allocated", .integer(log.status?.allocatedBytes ?? 0)),
            ("size", .integer(log.status?.sizeBytes ?? 0)), ("due", due), ("next", next),
            ("why", .text(NextDueText.describe(log.next, log.path, accounts: SystemAccounts()))),
            ("method", .text(log.method)), ("archived", .integer(log.archivedBytes)),
            (
                "archives",
                .array(
                    log.archives.map {
                        .object([
                            ("path", .path($0.path)), ("bytes", .integer($0.allocatedBytes)),
                            ("modified", .text(ISO8601.text($0.modified))),
                        ])
                    })
            ),
            ("writers", .array(log.writers.map(holder))), ("followers", .array(log.followers.map(holder))),
        ])
    }

    private static func holder(_ holder: Holder) -> JSONValue {
        .object([
            ("pid", .integer(Int64(holder.process))), ("command", .path(holder.command)),
            ("append", holder.appends ? .true : .false),
        ])
    }

    private static func space(_ space: Overview.Space) -> JSONValue {
        let limits = space.figures.limits
        let over = max(
            0, space.figures.usedBytes - (limits.budgetBytes ?? .max),
            (limits.minimumFreeBytes ?? 0) - limits.freeBytes)
        return .object([
            ("path", .path(space.figures.path)), ("used", .integer(space.figures.usedBytes)),
            ("budget", limits.budgetBytes.map { .integer($0) } ?? .null), ("free", .integer(limits.freeBytes)),
            ("floor", limits.minimumFreeBytes.map { .integer($0) } ?? .null), ("over", .integer(over)),
            ("total", .integer(limits.totalBytes)),
        ])
    }

    private static func unreleased(_ file: Overview.Unreleased) -> JSONValue {
        .object([
            ("path", .path(file.path)), ("log", .path(file.log)), ("bytes", .integer(file.allocatedBytes)),
            ("writers", .array(file.holders.map(holder))),
        ])
    }

    private static func unresolved(_ entry: JournalEntry) -> JSONValue {
        .object([("path", .path(entry.log)), ("archive", .path(entry.archive))])
    }

    private static func lastRun(_ run: LastRun) -> JSONValue {
        .object([
            ("at", .text(ISO8601.text(run.at))), ("exit", .integer(Int64(run.exitStatus))),
            ("atWork", run.isAtWork ? .true : .false),
        ])
    }

    private static func watch(_ watch: WatchRecord) -> JSONValue {
        .object([
            ("pid", .integer(Int64(watch.process))), ("at", .text(ISO8601.text(watch.at))),
            ("next", .text(ISO8601.text(watch.next))), ("says", .text(watch.sentence)),
        ])
    }

    private static func trouble(_ trouble: Trouble) -> JSONValue {
        .object([
            ("critical", trouble.isCritical ? .true : .false), ("message", .text(TroubleText.describe(trouble))),
            ("remedy", .text(TroubleText.remedy(trouble))),
        ])
    }
}
