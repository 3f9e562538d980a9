import LinuxSystem

extension Planner {
    /// What is done about renamed logs that are not archives yet, of a log that is not due.
    func unreleasedSteps(_ log: Path, _ archives: ArchiveObservation, _ settings: Settings) -> [[PlannedStep]] {
        guard archives.entries.contains(where: { $0.unreleased != nil }) else { return [] }
        let inventory = ArchiveInventory(log: log.name, archives, settings)
        // A run that was ended between compressing and removing.
        let duplicates = inventory.duplicates.filter { $0.unreleased != nil }.map { entry in
            let path = archives.directory.appending(entry.name)
            let step = Step.remove(path, shredCycles: nil)
            return [PlannedStep(step, .duplicate, for: log, identity: entry.status.identity)]
        }
        return duplicates + unreleasedSteps(log, inventory, archives.directory, settings, renamed: [:], without: [])
    }

    /// What is done about a log that was renamed aside to be copied, and is not copied yet, of a log that is not due.
    func renamedAsideSteps(
        _ log: LogObservation, _ archives: ArchiveObservation, _ settings: Settings
    ) -> [[PlannedStep]] {
        guard let found = archives.renamedAside, let leftover = archives.leftover else { return [] }
        var steps: [PlannedStep] = []
        if !found.isTold { steps += tellingSteps(log.path, log.path + ".tmp", found, settings, leftover.identity) }
        if found.isReleased || !steps.isEmpty {
            let status = log.status ?? leftover
            let rotation = Rotation(log: log, status: status, archives: archives, settings: settings, planner: self)
            steps += found.isCopied ? [rotation.removalOfCopied(leftover)] : rotation.copyOfRenamedAside()
        } else if !found.isBinary, found.pendingBytes > 0, isDue(found.pendingBytes, settings) {
            // It grows as a live log does, until its writers let go.
            let status = log.status ?? leftover
            let rotation = Rotation(log: log, status: status, archives: archives, settings: settings, planner: self)
            steps += rotation.cutOfRenamedAside()
        }
        return steps.isEmpty ? [] : [steps]
    }

    /// What is done about renamed logs that are not archives yet: archived whole when their writers have let go, and cut as
    /// live logs are when they are due by their size.
    ///
    /// - Parameters:
    ///   - names: new names of archives that get another number in this run.
    ///   - going: archives that go in this run.
    func unreleasedSteps(
        _ log: Path, _ inventory: ArchiveInventory, _ directory: Path, _ settings: Settings,
        renamed names: [Path: Path],
        without going: Set<Path>
    ) -> [[PlannedStep]] {
        inventory.archives.compactMap { archive in
            guard let found = archive.unreleased, !going.contains(archive.name) else { return nil }
            func path(_ name: Path) -> Path { directory.appending(names[name] ?? name) }
            let file = path(archive.name)
            func step(_ step: Step, _ reason: StepReason) -> PlannedStep {
                PlannedStep(step, reason, for: log, identity: archive.status.identity)
            }
            let parts = found.parts.map(path)
            let level: Int = if case .gzip(let level)? = settings.compression { level } else { 6 }
            func cut(to target: Path, _ reason: StepReason) -> PlannedStep {
                let plan = CutPlan(
                    method: .auto, lossless: settings.lossless, forecast: .wait("it is to go"), extends: parts != nil)
                return step(.cut(file, to: target, compression: .gzip(level: level), plan), reason)
            }
            let telling = found.isTold ? [] : tellingSteps(log, file, found, settings, archive.status.identity)
            if !telling.isEmpty {
                guard parts == nil, let compression = settings.compression, !settings.delaysCompression else {
                    return telling
                }
                return telling + [
                    step(.compress(file, to: file + settings.compressionSuffix, compression), .unreleased)
                ]
            }
            if found.isReleased {
                if let parts { return [cut(to: parts, .released), step(.remove(file, shredCycles: nil), .copied)] }
                guard let compression = settings.compression, !settings.delaysCompression else { return nil }
                return [step(.compress(file, to: file + settings.compressionSuffix, compression), .released)]
            }
            // Records are not cut, and a renamed log that still gets some waits for its writers.
            guard !found.isBinary, found.pendingBytes > 0, isDue(found.pendingBytes, settings) else { return nil }
            let target = parts ?? file + ".gz"
            if parts == nil, names.values.contains(target.name) || inventory.identity(of: target.name) != nil {
                return nil
            }
            return [cut(to: target, .unreleased)]
        }
    }

    /// A run that was ended between the rename and the telling: what it did not come to.
    private func tellingSteps(
        _ log: Path, _ file: Path, _ found: UnreleasedObservation, _ settings: Settings, _ identity: FileIdentity
    ) -> [PlannedStep] {
        var steps: [PlannedStep] = []
        let isShared = settings.sharesScripts && settings.scripts[.postrotate] != nil
        if !isShared, found.isLogMissing, let creation = settings.creationAnew {
            steps.append(PlannedStep(.create(log, creation), .unreleased, for: log))
        }
        if let rule = settings.signal {
            steps.append(PlannedStep(.signal(rule, file: file, []), .unreleased, for: log, identity: identity))
        }
        if let script = settings.scripts[.postrotate], !settings.sharesScripts {
            steps.append(PlannedStep(.run(.postrotate, script, arguments: [log, file]), .unreleased, for: log))
        }
        return steps
    }

    /// The script that all logs of a stanza share is run once for those whose writers an earlier run did not come to tell.
    func telling(_ stanza: Stanza, _ items: [Item], isRotating: Bool) -> Telling? {
        guard stanza.settings.sharesScripts, let script = stanza.settings.scripts[.postrotate] else { return nil }
        var telling = Telling(steps: [], logs: [])
        for item in items {
            let untold = item.archives?.entries.compactMap(\.unreleased).filter { !$0.isTold } ?? []
            guard !untold.isEmpty else { continue }
            let log = item.log.path
            telling.logs.append(log)
            if untold.contains(where: \.isLogMissing), let creation = stanza.settings.creationAnew, !isRotating {
                telling.steps.append(PlannedStep(.create(log, creation), .unreleased, for: log))
            }
        }
        guard !telling.logs.isEmpty else { return nil }
        if !isRotating {
            let arguments = [stanza.scriptArgument]
            telling.steps.append(
                PlannedStep(.run(.postrotate, script, arguments: arguments), .unreleased, for: stanza.patternText))
        }
        return telling
    }

    private func isDue(_ bytes: Int64, _ settings: Settings) -> Bool {
        if due.isForced { return true }
        if let limit = settings.maximumSizeBytes, bytes > limit { return true }
        if case .size(let limit) = settings.schedule { return bytes >= limit }
        return false
    }
}
