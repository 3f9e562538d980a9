import LinuxSystem

/// Which run is started, and what follows from how it ended.
extension WatchBook {
    /// The run to be started now; nil: none, or one is at work.
    public func wantedRun(at now: Double) -> WatchRun? {
        guard run == nil else { return nil }
        guard let lastWholeRun else { return now >= notBefore ? WatchRun(.start) : nil }
        guard now >= notBefore else { return nil }
        if isAsked { return WatchRun(.asked) }
        if let run = runForFloor(at: now) { return run }
        if now - lastWholeRun >= WatchTimes.longestSeconds {
            return WatchRun(.minute, headroomBytes: mostHeadroomBytes)
        }
        return runForSpace(at: now) ?? runForSizes(at: now)
    }

    /// What is pending in all logs, in bytes.
    var pendingBytes: Int64 { logs.reduce(0) { $0.adding($1.pendingBytes) } }

    private var mostHeadroomBytes: Int64 {
        fileSystems.indices.filter { fileSystems[$0].floorBytes != nil }.map(headroomBytes).max() ?? 0
    }

    private func mayWorkForSpace(at now: Double) -> Bool {
        spacePause?.isOver(pendingBytes: pendingBytes, at: now) ?? true
    }

    private func runForFloor(at now: Double) -> WatchRun? {
        for index in fileSystems.indices {
            let system = fileSystems[index]
            guard system.floorBytes != nil || system.isBelowInodeFloor else { continue }
            let headroom = headroomBytes(index)
            guard system.isBelowInodeFloor || system.roomBytes < headroom, mayWorkForSpace(at: now) else { continue }
            return WatchRun(.floor(system.place), headroomBytes: mostHeadroomBytes)
        }
        return nil
    }

    private func runForSpace(at now: Double) -> WatchRun? {
        for (index, space) in spaces.enumerated() {
            var live: Int64 = 0
            var grown: Int64 = 0
            for log in logs where log.spaces.contains(index) {
                live = live.adding(log.pendingBytes)
                grown = grown.adding(max(0, log.growth.bytes.subtracting(log.bytesAtWholeRun)))
            }
            if let trigger = space.liveTriggerBytes, live >= trigger, mayWorkForSpace(at: now) {
                return WatchRun(.live(space.directory))
            }
            if let step = space.budgetStepBytes, grown >= step, mayWorkForSpace(at: now) {
                return WatchRun(.budget(space.directory))
            }
        }
        return nil
    }

    private func runForSizes(at now: Double) -> WatchRun? {
        let over = logs.filter { log in
            guard log.isOver, log.isCuttable else { return false }
            return logPauses[log.path].map { now >= $0.until } ?? true
        }
        guard !over.isEmpty else { return nil }
        let isForAll = over.count > Self.mostLogsOfARun
        let headroom = isForAll ? mostHeadroomBytes : hurryBytes(of: over)
        return WatchRun(.sizes(count: over.count), only: isForAll ? [] : over.map(\.path), headroomBytes: headroom)
    }

    /// What these logs grow by in the time that a run of theirs should not take, in bytes: a run for some logs does nothing
    /// for a floor, but compresses in haste when that comes near.
    private func hurryBytes(of logs: [WatchedLog]) -> Int64 {
        let rate = logs.reduce(0) { $0 + $1.growth.bytesPerSecond }
        return Int64(exactly: (rate * WatchTimes.hurrySeconds).rounded()) ?? .max
    }

    /// A run was started.
    public mutating func began(_ run: WatchRun, at now: Double) {
        self.run = run
        guard run.isWhole else { return }
        isAsked = false
        lastWholeRun = now
        for index in logs.indices { logs[index].bytesAtWholeRun = logs[index].growth.bytes }
    }

    /// The run is over, and what it left was looked at.
    ///
    /// - Returns: for how many seconds nothing like it is tried again, where nothing came of it for the first time.
    @discardableResult
    public mutating func ended(_ end: WatchRunEnd, at now: Double) -> Double? {
        guard let run else { return nil }
        self.run = nil
        switch end {
        case .busy:
            notBefore = now + 1
            if run.reason == .asked { isAsked = true }
            return nil
        case .crashed:
            return endedInVain(run, at: now)
        case .ended(_, let freed):
            if run.isForSpace {
                // Crumbs are no progress: the next run would bring as little.
                if freed >= WatchTimes.worthwhileBytes / 4 {
                    spacePause = nil
                } else {
                    return endedInVain(run, at: now)
                }
            } else if run.isWhole, freed > 0 {
                spacePause = nil
            }
            return settleLogs(run, freedBytes: freed, at: now)
        }
    }

    /// Logs that are still over their limits have a pause, the others none.
    private mutating func settleLogs(_ run: WatchRun, freedBytes: Int64, at now: Double) -> Double? {
        guard case .sizes = run.reason else { return nil }
        var seconds: Double?
        let paths = Set(run.only)
        for log in logs where run.isWhole || paths.contains(log.path) {
            // What was cut and has as much again is a flood: the next run is not in vain either.
            guard log.isOver, log.isCuttable, freedBytes <= 0 else {
                logPauses[log.path] = nil
                continue
            }
            let pause = WatchPause(after: logPauses[log.path], pendingBytes: log.pendingBytes, at: now)
            logPauses[log.path] = pause
            if pause.count == 1 { seconds = pause.until - now }
        }
        return seconds
    }

    private mutating func endedInVain(_ run: WatchRun, at now: Double) -> Double? {
        let pause = WatchPause(after: spacePause, pendingBytes: pendingBytes, at: now)
        spacePause = pause
        if !run.isForSpace { notBefore = pause.until }
        return pause.count == 1 ? pause.until - now : nil
    }

    /// Somebody asks for a run.
    public mutating func ask() { isAsked = true }
}
