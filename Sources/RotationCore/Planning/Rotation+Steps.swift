import LinuxSystem

/// What is done for the log, and for its archives.
extension Rotation {
    func rotateSteps(_ plan: inout LogPlan, to new: Name, keepsNone: Bool) {
        let target = path(new.plain)
        let identity = status.identity
        switch technique {
        case .inPlace:
            if keepsNone, needsNoArchive {
                plan.rotate.append(step(.cut(log, to: nil, compression: nil, cutPlan), identity: identity))
            } else {
                let (name, compression) = copyTarget(target, keepsNone: keepsNone)
                plan.rotate.append(
                    step(.cut(log, to: name, compression: compression, cutPlan), identity: identity))
                compressNew(&plan, target, alreadyDone: compression != nil, keepsNone: keepsNone)
            }
            signal(&plan, file: log)
        case .copy:
            if keepsNone, needsNoArchive { break }
            let (name, compression) = copyTarget(target, keepsNone: keepsNone)
            plan.rotate.append(step(.archive(log, to: name, compression: compression), identity: identity))
            compressNew(&plan, target, alreadyDone: compression != nil, keepsNone: keepsNone)
        case .renamecopy:
            plan.rotate.append(step(.move(log, to: temporary), identity: identity))
            create(&plan)
            signal(&plan, file: temporary)
            var copying: [PlannedStep] = []
            if !(keepsNone && needsNoArchive) {
                let (name, compression) = copyTarget(target, keepsNone: keepsNone, scriptSees: false)
                copying.append(step(.archive(temporary, to: name, compression: compression), identity: identity))
                copying.append(step(.remove(temporary, shredCycles: nil), .copied, identity: identity))
                // Where the original cannot be removed its copy stays what the ledger knows, and is not made again.
                copying += compressionOfNew(target, alreadyDone: compression != nil, keepsNone: keepsNone)
                plan.finish.append(copying)
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

    /// With `rotate 0` an archive is made only for the mail, and for the script that sees it before it goes.
    private var needsNoArchive: Bool { settings.mailAddress == nil && settings.scripts[.preremove] == nil }

    /// With `rotate 0`: whether what is made for them is compressed before.
    private var compressesWhatGoes: Bool { settings.compressesWhatGoes && !needsNoArchive && compressesNew != nil }

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
            maximumApparentBytes: settings.maximumApparentBytes, head: head, keepsHoles: settings.keepsHoles)
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
        let steps = compressionOfNew(target, alreadyDone: alreadyDone, keepsNone: keepsNone)
        if !steps.isEmpty { plan.finish.append(steps) }
    }

    private func compressionOfNew(_ target: Path, alreadyDone: Bool, keepsNone: Bool) -> [PlannedStep] {
        guard let compression = compressesNew, !alreadyDone, !keepsNone else { return [] }
        return [step(.compress(target, to: target + settings.compressionSuffix, compression))]
    }

    /// A `renamecopy` that was not finished is an archive that has no name yet.
    func leftoverSteps(_ plan: inout LogPlan, to name: Name) {
        guard let leftover else { return }
        plan.prepare += copying(leftover, to: name)
    }

    func copying(_ leftover: FileStatus, to name: Name) -> [PlannedStep] {
        // Another program's compression comes with the next rotation.
        let compression: Compression? = if case .gzip? = settings.compression { settings.compression } else { nil }
        let suffix = compression == nil ? "" : settings.compressionSuffix
        return [
            step(
                .archive(temporary, to: path(name.plain) + suffix, compression: compression), .leftover,
                identity: leftover.identity),
            removalOfCopied(leftover),
        ]
    }

    /// What is in an archive goes.
    func removalOfCopied(_ leftover: FileStatus) -> PlannedStep {
        step(.remove(temporary, shredCycles: nil), .copied, identity: leftover.identity)
    }

    /// A part of what `renamecopy` has renamed aside, while its writers have not let go.
    func cutting(_ leftover: FileStatus, to name: Name) -> PlannedStep {
        let compression: Compression? = if case .gzip? = settings.compression { settings.compression } else { nil }
        let suffix = compression == nil ? "" : settings.compressionSuffix
        let plan = CutPlan(method: .auto, lossless: settings.lossless, forecast: .wait("it is to go"))
        return step(
            .cut(temporary, to: path(name.plain) + suffix, compression: compression, plan), .unreleased,
            identity: leftover.identity)
    }

    /// Compresses what `delaycompress`, another configuration or an interrupted run left plain.
    func compressOlder(_ plan: inout LogPlan, _ names: [Path: Path], without going: Set<Path>) {
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

    /// The mail of what was rotated just now; none where the oldest is mailed.
    func mailFirst(_ new: Name, keepsNone: Bool) -> [PlannedStep] {
        guard let address = settings.mailAddress, settings.mailsFirst else { return [] }
        let suffix = compressesNew == nil || (keepsNone && !compressesWhatGoes) ? "" : settings.compressionSuffix
        // logrotate's subject is the log where the archive is compressed.
        let archive = path(new.plain) + suffix
        return [step(.mail(archive, address: address, subject: suffix.isEmpty ? archive : log))]
    }

    func removal(_ name: Path, _ reason: StepReason, _ identity: FileIdentity?) -> [PlannedStep] {
        planner.removal(of: path(name), reason, log: log, settings, identity: identity)
    }

    /// `rotate 0`: the archive exists only for the scripts and the mail.
    func removeNew(_ plan: inout LogPlan, _ new: Name) {
        let made = (plan.rotate + plan.finish.flatMap(\.self)).contains { planned in
            switch planned.step {
            case .move(_, let target): target == path(new.plain)
            case .archive(_, let target, _), .cut(_, let target?, _, _): target == path(new.plain)
            default: false
            }
        }
        guard made else { return }
        var name = new.plain
        var chain: [PlannedStep] = []
        if compressesWhatGoes, let compression = compressesNew {
            chain.append(step(.compress(path(name), to: path(name) + settings.compressionSuffix, compression)))
            name = name + settings.compressionSuffix
        }
        // In one chain: what could not be mailed stays.
        plan.finish.append(chain + mailFirst(new, keepsNone: true) + removal(name, .surplus(limit: 0), nil))
    }
}
