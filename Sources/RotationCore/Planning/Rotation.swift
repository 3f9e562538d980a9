import LinuxSystem

/// The rotation of one log: which archives move, which go, what the new one is called and how it is made.
struct Rotation {
    let log: Path
    let status: FileStatus
    let directory: Path
    let directoryStatus: FileStatus?
    let settings: Settings
    let planner: Planner
    let inventory: ArchiveInventory
    let technique: Technique
    let leftover: FileStatus?
    /// Whether that is in an archive already.
    let isLeftoverCopied: Bool
    let holders: HolderKnowledge?
    let isBinary: Bool
    let head: HeadFinding

    init(
        log: LogObservation, status: FileStatus, archives: ArchiveObservation?, settings: Settings, planner: Planner
    ) {
        self.log = log.path
        self.status = status
        self.settings = settings
        self.planner = planner
        directory = archives?.directory ?? log.path.directory
        directoryStatus = archives?.status
        inventory = ArchiveInventory(log: log.path.name, archives, settings)
        leftover = archives?.leftover
        isLeftoverCopied = archives?.renamedAside?.isCopied ?? false
        // A file cannot be renamed to another file system: it is renamed aside, and copied when the script has run.
        let isElsewhere = archives?.isElsewhere ?? false
        let wanted = settings.technique(for: log.holders, knowing: planner.signals)
        technique = wanted == .rename && isElsewhere ? .renamecopy : wanted
        holders = log.holders
        isBinary = log.isBinary
        head = log.head
    }

    func plan(_ reason: DueReason) -> LogPlan {
        var plan = LogPlan(log: log, reason: reason, archive: log)
        if directoryStatus == nil, let creation = settings.archiveDirectoryCreation {
            plan.prepare.append(step(.makeDirectory(directory, creation)))
        }
        for duplicate in inventory.duplicates {
            plan.prepare.append(
                step(
                    .remove(path(duplicate.name), shredCycles: nil), .duplicate, identity: duplicate.status.identity))
        }
        let keepsNone = settings.keep == .count(0)
        let verdict = Retention.apply(
            to: inventory.archives.map(\.retained), limit: settings.keep, newCount: keepsNone ? 0 : 1 + leftoverCount,
            maximumAgeSeconds: settings.maximumAgeSeconds, now: planner.due.now)
        let going = Set(verdict.remove.map(\.archive.name))
        var numbering = Numbering(start: settings.start, isObstructed: inventory.isObstructed)
        let new = newName(&numbering)
        plan.archive = path(new.plain)
        let old = leftoverCount > 0 ? newName(&numbering, behind: new) : nil
        let names = shift(&plan, &numbering)

        rotateSteps(&plan, to: new, keepsNone: keepsNone)
        if let old {
            leftoverSteps(&plan, to: old)
        } else if hasLeftover, isLeftoverCopied, let leftover {
            plan.prepare.append(removalOfCopied(leftover))
        } else if hasLeftover {
            let limit = settings.keep == .count(0) ? 0 : 1
            plan.prepare += planner.removal(
                of: temporary, .surplus(limit: limit), log: log, settings, identity: leftover?.identity)
        }
        compressOlder(&plan, names, without: going)
        plan.finish += planner.unreleasedSteps(log, inventory, directory, settings, renamed: names, without: going)
        let mail = keepsNone ? [] : mailFirst(new, keepsNone: false)
        if !mail.isEmpty { plan.finish.append(mail) }
        for (archive, reason) in verdict.remove.reversed() {
            plan.finish.append(
                removal(names[archive.name] ?? archive.name, reason, inventory.identity(of: archive.name)))
        }
        if keepsNone { removeNew(&plan, new) }
        return plan
    }

    /// What an earlier run renamed aside and could not copy, because somebody still wrote to it, becomes the newest archive
    /// although the log is not due. Numbers are made for it first.
    func copyOfRenamedAside() -> [PlannedStep] {
        intoNewestArchive { copying($0, to: $1) }
    }

    /// What is written meanwhile is cut into an archive of its own.
    func cutOfRenamedAside() -> [PlannedStep] {
        intoNewestArchive { [cutting($0, to: $1)] }
    }

    private func intoNewestArchive(_ steps: (FileStatus, Name) -> [PlannedStep]) -> [PlannedStep] {
        guard let leftover, settings.keep != .count(0) else { return [] }
        var plan = LogPlan(log: log, reason: .forced, archive: log)
        var numbering = Numbering(start: settings.start, isObstructed: inventory.isObstructed)
        let name = newName(&numbering)
        _ = shift(&plan, &numbering)
        return plan.prepare + steps(leftover, name)
    }

    /// What an unfinished `renamecopy` left is an archive without a name, second to the new one.
    var leftoverCount: Int {
        hasLeftover && !isLeftoverCopied && settings.keep != .count(0) && settings.keep != .count(1) ? 1 : 0
    }
    var hasLeftover: Bool { technique == .renamecopy && leftover != nil }
    var temporary: Path { log + ".tmp" }

    func step(_ step: Step, _ reason: StepReason = .rotation, identity: FileIdentity? = nil) -> PlannedStep {
        PlannedStep(step, reason, for: log, identity: identity)
    }

    func path(_ name: Path) -> Path { directory.appending(name) }
}
