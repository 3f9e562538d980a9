public import LinuxSystem

/// Why a log is due.
public enum DueReason: Hashable, Sendable {
    /// `--force`.
    case forced
    /// It has reached `size`.
    case size(bytes: Int64, limit: Int64)
    /// It is over `maxsize`.
    case maximumSize(bytes: Int64, limit: Int64)
    /// The hour, day, week, month or year is a new one.
    case elapsed(Schedule, since: CivilTime)
    /// The state says it was rotated more than 25 hours from now: the clock was set back.
    case rotatedInFuture(CivilTime)
    /// It has more than half of `maxtotal`: its archives alone cannot make room for it.
    case maximumTotal(bytes: Int64, limit: Int64)
    /// The live logs of a space have reached its `live` trigger, and this is one of the biggest.
    case liveTotal(bytes: Int64, totalBytes: Int64, triggerBytes: Int64, targetBytes: Int64)
    /// A space misses so many bytes for this limit, and this is one of the biggest live logs.
    case space(Path, EvictionRule, missingBytes: Int64)
    /// Nobody has it open, and nobody wrote to it for so long.
    case abandoned(ageSeconds: Int64, limitSeconds: Int64)

    /// Whether there must be something in it for this.
    fileprivate var needsContent: Bool {
        switch self {
        case .maximumTotal, .liveTotal, .space, .abandoned: true
        case .forced, .size, .maximumSize, .elapsed, .rotatedInFuture: false
        }
    }
}

/// Why a log is left alone. None of these is an error.
public enum QuietReason: Hashable, Sendable {
    /// It is not there, and may be.
    case missing
    /// It is a symbolic link.
    case symbolicLink
    /// It is no regular file.
    case notRegular
    /// It has several names, and no `allowhardlink`.
    case hardLinks(UInt64)
    /// It is empty, and `notifempty` holds.
    case empty
    /// It has not reached `size`.
    case belowSize(bytes: Int64, limit: Int64)
    /// Its time has not come.
    case notElapsed(Schedule, since: CivilTime)
    /// It was not known before: its time is counted from now.
    case firstSeen
    /// It is smaller than `minsize`.
    case belowMinimumSize(bytes: Int64, limit: Int64)
    /// It was written to within `minage`.
    case tooYoung(ageSeconds: Int64, limitSeconds: Int64)
    /// It was not written to since it was copied.
    case unchangedSinceCopy(CivilTime)
    /// It is the same file as another log.
    case sameFile(as: Path)
    /// The cut of an earlier run is not finished.
    case unresolved
    /// It cannot be emptied yet; what it waits for.
    case waits(String)
}

/// Why a log that is due, or could be, is not touched: an error.
public enum LogProblem: Hashable, Sendable {
    /// It is not there, and should be.
    case missing
    /// It could not be looked at.
    case unreadable(String)
    /// Others can write to its directory, and the work needs names there.
    case insecureDirectory(Path, mode: UInt32, owner: UInt32, group: UInt32)
    /// `olddir` is missing, and no `createolddir` makes it.
    case archiveDirectoryMissing(Path)
    /// What has the name of `olddir` is no directory; the archive that would be in it.
    case archiveDirectoryIsNone(Path, archive: Path)
    /// Another log's archives would have the same names in the same `olddir`.
    case archiveNameClash(with: Path, directory: Path)
    /// It cannot be emptied in place; what is not done, and why.
    case hindered(String)
}

/// What becomes of a log in this run.
public enum Decision: Hashable, Sendable {
    case rotate(DueReason)
    case leave(QuietReason)
    case problem(LogProblem)

    /// Whether it is to be rotated.
    public var isRotation: Bool {
        if case .rotate = self { true } else { false }
    }

    /// Whether something is wrong with it.
    public var isProblem: Bool {
        if case .problem = self { true } else { false }
    }
}

/// Whose time it is. Pure: the time, the zone and the log come in.
public struct DueRule: Sendable {
    /// Now.
    public var now: Timestamp
    /// Now, on the wall.
    public var civilNow: CivilTime
    private let zone: any Zone
    private let force: Bool

    /// Whether every log is due.
    public var isForced: Bool { force }
    private let checksDirectories: Bool

    /// 25 hours: a change of the clock, or a journey, is no clock set back.
    private static let futureToleranceSeconds: Int64 = 25 * 3600

    /// A rule for one run. `checksDirectories`: this process has rights that others in a directory have not.
    public init(now: Timestamp, zone: any Zone, force: Bool, checksDirectories: Bool) {
        self.now = now
        self.zone = zone
        self.force = force
        self.checksDirectories = checksDirectories
        civilNow = zone.civil(at: now)
    }

    /// Whether a log is due.
    ///
    /// - Parameter demand: why it is due although its own rules do not say so: for space.
    public func decide(_ log: LogObservation, _ settings: Settings, demand: DueReason? = nil) -> Decision {
        let status: FileStatus
        switch log.finding {
        case .missing: return settings.missingOK ? .leave(.missing) : .problem(.missing)
        case .unreadable(let reason): return .problem(.unreadable(reason))
        case .present(let found): status = found
        }
        if status.kind == .symbolicLink { return .leave(.symbolicLink) }
        if status.kind != .regular { return .leave(.notRegular) }
        if let other = log.sameFile { return .leave(.sameFile(as: other)) }
        if status.linkCount > 1, !settings.allowsHardLinks { return .leave(.hardLinks(status.linkCount)) }
        if log.isUnresolved { return .leave(.unresolved) }
        if removalOfAbandoned(log, settings) != nil { return .leave(.empty) }
        var decision = byTimeAndSize(status, log.pendingBytes, log.lastRotated, settings)
        if case .leave = decision, let demand { decision = .rotate(demand) }
        if let reason = abandonment(of: log, status, settings) { decision = .rotate(reason) }
        guard case .rotate(let reason) = decision else { return decision }
        if log.pendingBytes == 0, !settings.rotatesEmpty || reason.needsContent { return .leave(.empty) }
        if let problem = insecureDirectory(log, settings) { return .problem(problem) }
        // A script may do something about it, as by stopping the writer.
        guard settings.scripts[.prerotate] == nil, settings.scripts[.firstaction] == nil else { return decision }
        switch log.hindrance {
        case .waits(let why)?: return .leave(.waits(why))
        case .refused(let why)?: return .problem(.hindered(why))
        case nil: return decision
        }
    }

    private func byTimeAndSize(
        _ status: FileStatus, _ bytes: Int64, _ last: CivilTime?, _ settings: Settings
    ) -> Decision {
        if force { return .rotate(.forced) }
        // A copy leaves the log as large as it was: it would be due by its size for ever.
        if settings.technique == .copy, let last, elapsedSeconds(since: last) <= now.seconds(since: status.modified) {
            return .leave(.unchangedSinceCopy(last))
        }
        if let limit = settings.maximumSizeBytes, bytes > limit {
            return .rotate(.maximumSize(bytes: bytes, limit: limit))
        }
        if let limit = settings.maximumTotalBytes, bytes > limit / 2 {
            return .rotate(.maximumTotal(bytes: bytes, limit: limit))
        }
        if case .size(let limit) = settings.schedule {
            // A log that is empty has not grown to any size: `size 0` would rotate it for ever.
            return bytes >= max(limit, 1)
                ? .rotate(.size(bytes: bytes, limit: limit)) : .leave(.belowSize(bytes: bytes, limit: limit))
        }
        guard let last else { return .leave(.firstSeen) }
        // The wall's dates decide nearly always; asking the zone is a hundred times dearer than comparing them.
        let days = civilNow.dayNumber - last.dayNumber
        if days < 0, elapsedSeconds(since: last) < -Self.futureToleranceSeconds {
            return .rotate(.rotatedInFuture(last))
        }
        guard isElapsed(settings.schedule, since: last, days: days) else {
            return .leave(.notElapsed(settings.schedule, since: last))
        }
        if let limit = settings.minimumSizeBytes, bytes < limit {
            return .leave(.belowMinimumSize(bytes: bytes, limit: limit))
        }
        let age = now.seconds(since: status.modified)
        if let limit = settings.minimumAgeSeconds, age <= limit {
            return .leave(.tooYoung(ageSeconds: age, limitSeconds: limit))
        }
        return .rotate(.elapsed(settings.schedule, since: last))
    }

    private func elapsedSeconds(since last: CivilTime) -> Int64 {
        now.seconds(since: zone.time(of: last))
    }

    /// Calendar rules hold on the wall's clock. A clock set back by less than a day does not make a log due again.
    private func isElapsed(_ schedule: Schedule, since last: CivilTime, days: Int) -> Bool {
        switch schedule {
        case .size: return false
        // Where the clock repeats an hour, both are one: the state's date does not tell which of them it was.
        case .hourly: return days * 24 + civilNow.hour - last.hour > 0
        case .daily: return days >= 1
        case .weekly(let weekday): return days >= 7 || (days >= 1 && civilNow.weekday == weekday)
        case .monthly(let day): return civilNow.monthPeriod(from: day) > last.monthPeriod(from: day)
        case .yearly: return civilNow.year > last.year
        }
    }

    /// Renames and scripts go by names, which whoever can write to the directory can exchange. Work on descriptors alone
    /// cannot be led astray, and needs no `su`.
    private func insecureDirectory(_ log: LogObservation, _ settings: Settings) -> LogProblem? {
        guard checksDirectories, settings.account == nil, let directory = log.directory else { return nil }
        let othersCanWrite = directory.mode & 0o002 != 0 || (directory.mode & 0o020 != 0 && directory.group != 0)
        guard othersCanWrite, settings.needsNames else { return nil }
        return .insecureDirectory(
            log.path.directory, mode: directory.mode, owner: directory.owner, group: directory.group)
    }
}

extension Settings {
    /// Whether a rotation goes by names in the log's directory, as renaming and scripts do.
    var needsNames: Bool {
        let runsScripts = scripts.keys.contains { $0 != .firstaction && $0 != .lastaction }
        return runsScripts || technique == .rename || technique == .renamecopy || prefersRename
    }
}
