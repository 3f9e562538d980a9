public import LinuxSystem

/// What a watch knows, and what follows from it: what to look at, when, and which run to start. It looks at nothing itself, and
/// knows no clock: sizes and seconds come in.
public struct WatchBook: Sendable {
    /// The file systems.
    public internal(set) var fileSystems: [WatchedFileSystem]
    /// The logs whose size matters.
    public internal(set) var logs: [WatchedLog]
    /// The spaces.
    public let spaces: [WatchedSpace]
    /// The run that is at work.
    public internal(set) var run: WatchRun?
    /// When the last run for all logs began.
    public internal(set) var lastWholeRun: Double?
    /// Why no run for room is started; nil: none was in vain.
    var spacePause: WatchPause?
    /// Logs for which a run did nothing.
    var logPauses: [Path: WatchPause] = [:]
    /// No run at all before this.
    var notBefore = 0.0
    /// When to look at each log, in seconds.
    private var lookAt: [Double] = []
    /// A run somebody asked for.
    var isAsked = false

    /// More logs than these are a whole run's.
    static let mostLogsOfARun = 16

    /// A log is looked at, whatever its own rate, when its file system lost a part of what is left to its limit; never for
    /// less than this, in bytes.
    static let leastConsumedBytes: Int64 = 1 << 20

    /// - Parameter other: what was known before, of which what was measured stays.
    public init(
        fileSystems: [WatchedFileSystem], logs: [WatchedLog], spaces: [WatchedSpace], following other: WatchBook? = nil,
        at now: Double
    ) {
        self.fileSystems = fileSystems
        self.logs = logs
        self.spaces = spaces
        if let other { follow(other, at: now) }
        for index in self.logs.indices {
            if self.logs[index].takenBytesThen == 0 { noteTaken(index) }
        }
        lookAt = self.logs.indices.map { nextLook(atLog: $0) }
    }

    private mutating func follow(_ other: WatchBook, at now: Double) {
        let known = Dictionary(other.logs.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        for index in logs.indices {
            if let old = known[logs[index].path] { logs[index].takeGrowth(of: old, at: now) }
        }
        for index in fileSystems.indices {
            guard let old = other.fileSystems.first(where: { $0.device == fileSystems[index].device }) else { continue }
            let size = fileSystems[index].size
            fileSystems[index].takeGrowth(of: old)
            fileSystems[index].note(size, at: now)
        }
        run = other.run
        lastWholeRun = other.lastWholeRun
        spacePause = other.spacePause
        logPauses = other.logPauses.filter { known[$0.key] != nil }
        notBefore = other.notBefore
        isAsked = other.isAsked
    }

    // MARK: What was seen

    /// A file system was looked at.
    public mutating func note(fileSystem index: Int, _ size: FileSystemSize, at now: Double) {
        fileSystems[index].note(size, at: now)
    }

    /// A log was looked at.
    public mutating func note(log index: Int, _ status: FileStatus?, at now: Double) {
        logs[index].note(status, at: now)
        noteTaken(index)
        lookAt[index] = nextLook(atLog: index)
    }

    /// A run has archived a log up to here.
    public mutating func noteCut(log index: Int, to end: Int64) {
        logs[index].noteCut(to: end)
    }

    private mutating func noteTaken(_ index: Int) {
        logs[index].takenBytesThen = fileSystems[logs[index].fileSystem].takenBytes
    }

    private func nextLook(atLog index: Int) -> Double {
        let log = logs[index]
        // What is over its limit and waits for better times is looked at then.
        if log.isOver, let pause = logPauses[log.path] {
            return max(pause.until, log.growth.at + WatchTimes.shortestSeconds)
        }
        guard log.growth.bytesPerSecond > 0, !log.spaces.isEmpty else { return log.nextLook }
        // One that grows is looked at with its file system, whose floor it may reach; all that grow, with their space.
        let room = fileSystems[log.fileSystem].roomBytes
        let floor = log.growth.at + WatchTimes.span(toLimit: max(0, Double(room)) / log.growth.bytesPerSecond)
        return min(log.nextLook, floor)
    }

    // MARK: What to look at

    /// What is to be looked at now.
    public func looks(at now: Double) -> (fileSystems: [Int], logs: [Int]) {
        let systems = fileSystems.indices.filter { nextLook(atFileSystem: $0) <= now }
        return (systems, logs.indices.filter { isToBeLookedAt($0, at: now) })
    }

    private func isToBeLookedAt(_ index: Int, at now: Double) -> Bool {
        if lookAt[index] <= now { return true }
        let log = logs[index]
        let span = now - log.growth.at
        // Ten thousand quiet logs are not looked at ten times a second because of one that is not.
        guard span >= (log.growth.bytesPerSecond > 0 ? WatchTimes.shortestSeconds : 1) else { return false }
        let system = fileSystems[log.fileSystem]
        let room = min(log.roomBytes ?? .max, log.spaces.isEmpty ? .max : max(0, system.roomBytes))
        let consumed = system.takenBytes.subtracting(log.takenBytesThen)
        return consumed >= max(room / Int64(WatchTimes.share), Self.leastConsumedBytes)
    }

    private func nextLook(atFileSystem index: Int) -> Double {
        fileSystems[index].nextLook(headroomBytes: headroomBytes(index))
    }

    /// When there is something to look at, or to be done, next.
    public func nextLook(at now: Double) -> Double {
        var next = (lastWholeRun ?? now) + WatchTimes.longestSeconds
        for index in fileSystems.indices { next = min(next, nextLook(atFileSystem: index)) }
        for time in lookAt { next = min(next, time) }
        if run == nil {
            if let spacePause, spacePause.until > now { next = min(next, spacePause.until) }
            if notBefore > now { next = min(next, notBefore) }
        }
        return max(next, now + WatchTimes.shortestSeconds / 10)
    }

    /// When a log is looked at next, whatever its file system does.
    public var nextLookAtLogs: Double { lookAt.min() ?? .infinity }

    /// How much earlier than at its floor a run begins for a file system, in bytes.
    func headroomBytes(_ index: Int) -> Int64 {
        var pending: Int64 = 0
        var rate = 0.0
        for log in logs where log.fileSystem == index && !log.spaces.isEmpty {
            pending = max(pending, log.pendingBytes)
            rate += log.growth.bytesPerSecond
        }
        return fileSystems[index].headroomBytes(pendingBytes: pending, bytesPerSecond: rate)
    }
}
