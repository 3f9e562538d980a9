import LinuxSystem

/// The rotation of one log: which archives move, which go, what the new one is called and how it is made.
struct Rotation {
    private let log: Path
    private let status: FileStatus
    private let directory: Path
    private let directoryStatus: FileStatus?
    private let settings: Settings
    private let planner: Planner
    private let inventory: ArchiveInventory
    private let technique: Technique
    private let leftover: FileStatus?
    private let holders: HolderKnowledge?
    private let isBinary: Bool
    private let head: HeadFinding

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
        } else if hasLeftover {
            let limit = settings.keep == .count(0) ? 0 : 1
            plan.prepare += planner.removal(
                of: temporary, .surplus(limit: limit), log: log, settings, identity: leftover?.identity)
        }
        compressOlder(&plan, names, without: going)
        plan.finish += planner.unreleasedSteps(log, inventory, directory, settings, renamed: names, without: going)
        mailFirst(&plan, new)
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
        guard let leftover, settings.keep != .count(0) else { return [] }
        var plan = LogPlan(log: log, reason: .forced, archive: log)
        var numbering = Numbering(start: settings.start, isObstructed: inventory.isObstructed)
        let name = newName(&numbering)
        _ = shift(&plan, &numbering)
        return plan.prepare + copying(leftover, to: name)
    }

    /// What an unfinished `renamecopy` left is an archive without a name, second to the new one.
    private var leftoverCount: Int { hasLeftover && settings.keep != .count(0) && settings.keep != .count(1) ? 1 : 0 }
    private var hasLeftover: Bool { technique == .renamecopy && leftover != nil }
    private var temporary: Path { log + ".tmp" }

    private func step(_ step: Step, _ reason: StepReason = .rotation, identity: FileIdentity? = nil) -> PlannedStep {
        PlannedStep(step, reason, for: log, identity: identity)
    }

    private func path(_ name: Path) -> Path { directory.appending(name) }
}

// MARK: - Names

extension Rotation {
    /// The name of an archive without the extension of its compression.
    private struct Name {
        var plain: Path
        var sequence: Int
    }

    /// The number a new archive gets, or the date and, if that is taken, a sequence number.
    private func newName(_ numbering: inout Numbering, behind newer: Name? = nil) -> Name {
        guard settings.usesDate else {
            return Name(plain: inventory.naming.name(number: numbering.next(atLeast: 0)), sequence: 0)
        }
        let (date, stamp) = dateText()
        let free = inventory.freeSequence(for: stamp)
        // What was left behind is older than what is rotated now, and sorts so.
        let sequence = newer == nil ? free + leftoverCount : free
        return Name(plain: inventory.naming.name(date: date, sequence: sequence), sequence: sequence)
    }

    private func dateText() -> (Path, DateStamp) {
        let format = settings.archiveDateFormat
        var time = planner.due.now
        var civil = planner.due.civilNow
        if settings.usesYesterday {
            civil = civil.yesterdayAtNoon
            time = planner.zone.time(of: civil)
        }
        if settings.usesHourAgo {
            time.seconds -= 3600
            civil = planner.zone.civil(at: time)
        }
        let text = format.text(civil, epochSeconds: time.seconds)
        return (text, format.match(text.bytes[...])?.stamp ?? DateStamp(fields: []))
    }

    /// Moves numbered archives up where their number is needed, the oldest first; a gap ends it. Returns the names they
    /// have then, by those they have now.
    private func shift(_ plan: inout LogPlan, _ numbering: inout Numbering) -> [Path: Path] {
        var moves: [(from: Path, to: Path)] = []
        for archive in inventory.archives {
            guard case .number(let number) = archive.parsed.key else { break }
            // What goes at the end gets a number too, so that nothing is moved onto it before.
            let target = numbering.next(atLeast: number)
            guard target != number else { continue }
            let name = inventory.naming.name(number: target, compressionSuffix: archive.parsed.compressionSuffix)
            moves.append((archive.name, name))
        }
        for (from, to) in moves.reversed() {
            plan.prepare.append(
                step(.shift(path(from), to: path(to)), .numbering, identity: inventory.identity(of: from)))
        }
        return Dictionary(moves.map { ($0.from, $0.to) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Hands out numbers, each once, from the newest archive to the oldest.
struct Numbering {
    private var last: Int
    private let isObstructed: (Int) -> Bool

    init(start: Int, isObstructed: @escaping (Int) -> Bool) {
        last = start - 1
        self.isObstructed = isObstructed
    }

    /// The next number that is not lower.
    mutating func next(atLeast number: Int) -> Int {
        last = max(last + 1, number)
        while isObstructed(last) { last += 1 }
        return last
    }
}

// MARK: - Steps

extension Rotation {
    private func rotateSteps(_ plan: inout LogPlan, to new: Name, keepsNone: Bool) {
        let target = path(new.plain)
        let identity = status.identity
        switch technique {
        case .inPlace:
            if keepsNone, settings.mailAddress == nil {
                plan.rotate.append(step(.cut(log, to: nil, compression: nil, cutPlan), identity: identity))
            } else {
                let (name, compression) = copyTarget(target, keepsNone: keepsNone)
                plan.rotate.append(
                    step(.cut(log, to: name, compression: compression, cutPlan), identity: identity))
                compressNew(&plan, target, alreadyDone: compression != nil, keepsNone: keepsNone)
            }
            signal(&plan, file: log)
        case .copy:
            if keepsNone, settings.mailAddress == nil { break }
            let (name, compression) = copyTarget(target, keepsNone: keepsNone)
            plan.rotate.append(step(.archive(log, to: name, compression: compression), identity: identity))
            compressNew(&plan, target, alreadyDone: compression != nil, keepsNone: keepsNone)
        case .renamecopy:
            plan.rotate.append(step(.move(log, to: temporary), identity: identity))
            create(&plan)
            signal(&plan, file: temporary)
            var copying: [PlannedStep] = []
            if !(keepsNone && settings.mailAddress == nil) {
                let (name, compression) = copyTarget(target, keepsNone: keepsNone, scriptSees: false)
                copying.append(step(.archive(temporary, to: name, compression: compression), identity: identity))
                copying.append(step(.remove(temporary, shredCycles: nil), .copied, identity: identity))
                plan.finish.append(copying)
                compressNew(&plan, target, alreadyDone: compression != nil, keepsNone: keepsNone)
            } else {
                plan.finish.append([step(.remove(temporary, shredCycles: nil), .surplus(limit: 0), identity: identity)])
            }
        case .rename:
            plan.rotate.append(step(.move(log, to: target), identity: identity))
            create(&plan)
            signal(&plan, file: target)
            compressNew(&plan, target, alreadyDone: false, keepsNone: keepsNone)
        }
    }

    private func create(_ plan: inout LogPlan) {
        if let creation = settings.creationAnew { plan.rotate.append(step(.create(log, creation))) }
    }

    private var cutPlan: CutPlan {
        let holders = holders ?? .unknown("they were not looked for")
        let method = settings.method ?? .auto
        // Of a held log a line is nearly always unfinished, or the next one begun.
        let situation = ShrinkDecision.Situation(
            sizeBytes: max(1, status.sizeBytes), pendingBytes: holders.isNobody ? 0 : 1, holders: holders,
            isBinary: isBinary, limitBytes: settings.maximumApparentBytes)
        return CutPlan(
            method: method, lossless: settings.lossless, isBinary: isBinary,
            forecast: .decide(situation, method: method, lossless: settings.lossless),
            maximumApparentBytes: settings.maximumApparentBytes, head: head)
    }

    /// Nobody is told where nobody writes. In place, only writers that append are: another one would empty the log.
    private func signal(_ plan: inout LogPlan, file: Path) {
        guard let rule = settings.signal, let holders, !holders.isNobody else { return }
        let writers = holders.writers
        if technique == .inPlace {
            guard !writers.isEmpty, holders.doubt == nil else { return }
            // What is not sent to a writer is said.
            let others = writers.filter { planner.signals.reason(notToSend: rule.name, to: $0) == nil }
            guard others.allSatisfy(\.appends) else { return }
        } else {
            guard !writers.isEmpty || holders.doubt != nil else { return }
        }
        plan.signal = step(.signal(rule, file: file, writers), identity: status.identity)
    }

    private var compressesNew: Compression? { settings.delaysCompression ? nil : settings.compression }

    /// A copy can be compressed on its way, unless a script looks at it first: logrotate's scripts see it plain.
    private func copyTarget(_ target: Path, keepsNone: Bool, scriptSees: Bool = true) -> (Path, Compression?) {
        let scriptLooks =
            scriptSees && settings.scripts[.postrotate] != nil
            && (!settings.sharesScripts || settings.sharedScriptsSeePlainCopies)
        guard case .gzip? = compressesNew, let compression = compressesNew, !scriptLooks, !keepsNone else {
            return (target, nil)
        }
        return (target + settings.compressionSuffix, compression)
    }

    private func compressNew(_ plan: inout LogPlan, _ target: Path, alreadyDone: Bool, keepsNone: Bool) {
        guard let compression = compressesNew, !alreadyDone, !keepsNone else { return }
        plan.finish.append([step(.compress(target, to: target + settings.compressionSuffix, compression))])
    }

    /// A `renamecopy` that was not finished is an archive that has no name yet.
    private func leftoverSteps(_ plan: inout LogPlan, to name: Name) {
        guard let leftover else { return }
        plan.prepare += copying(leftover, to: name)
    }

    private func copying(_ leftover: FileStatus, to name: Name) -> [PlannedStep] {
        // Another program's compression comes with the next rotation.
        let compression: Compression? = if case .gzip? = settings.compression { settings.compression } else { nil }
        let suffix = compression == nil ? "" : settings.compressionSuffix
        return [
            step(
                .archive(temporary, to: path(name.plain) + suffix, compression: compression), .leftover,
                identity: leftover.identity),
            step(.remove(temporary, shredCycles: nil), .copied, identity: leftover.identity),
        ]
    }

    /// Compresses what `delaycompress`, another configuration or an interrupted run left plain.
    private func compressOlder(_ plan: inout LogPlan, _ names: [Path: Path], without going: Set<Path>) {
        guard let compression = settings.compression else { return }
        var sequences: [DateStamp: Int] = [:]
        for archive in inventory.archives
        where !archive.parsed.isCompressed && !going.contains(archive.name) && archive.unreleased == nil {
            let name = names[archive.name] ?? archive.name
            var target = name + settings.compressionSuffix
            // Two forms of one date: this one gets a sequence number.
            if case .date(let stamp, _) = archive.parsed.key, inventory.identity(of: target) != nil {
                let sequence = (sequences[stamp] ?? inventory.freeSequence(for: stamp) + 1 + leftoverCount) + 1
                sequences[stamp] = sequence
                guard let date = inventory.naming.dateText(in: archive.name) else { continue }
                target = inventory.naming.name(
                    date: date, sequence: sequence, compressionSuffix: settings.compressionSuffix)
            }
            let identity = archive.status.identity
            plan.finish.append([
                step(.compress(path(name), to: path(target), compression), .uncompressed, identity: identity)
            ])
        }
    }

    private func mailFirst(_ plan: inout LogPlan, _ new: Name) {
        guard let address = settings.mailAddress, settings.mailsFirst else { return }
        let suffix = compressesNew == nil || settings.keep == .count(0) ? "" : settings.compressionSuffix
        // logrotate's subject is the log where the archive is compressed.
        let archive = path(new.plain) + suffix
        plan.finish.append([step(.mail(archive, address: address, subject: suffix.isEmpty ? archive : log))])
    }

    private func removal(_ name: Path, _ reason: StepReason, _ identity: FileIdentity?) -> [PlannedStep] {
        planner.removal(of: path(name), reason, log: log, settings, identity: identity)
    }

    /// `rotate 0`: the archive exists only for the scripts and the mail.
    private func removeNew(_ plan: inout LogPlan, _ new: Name) {
        let made = (plan.rotate + plan.finish.flatMap(\.self)).contains { planned in
            switch planned.step {
            case .move(_, let target): target == path(new.plain)
            case .archive(_, let target, _), .cut(_, let target?, _, _): target == path(new.plain)
            default: false
            }
        }
        if made { plan.finish.append(removal(new.plain, .surplus(limit: 0), nil)) }
    }
}
