import Glibc
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import RotationEngine

/// The watch: looks, starts a run where one is wanted, and waits.
final class Watch {
    private let arguments: WatchArguments
    private let look: WatchLook
    private let store: WatchStore?
    private let manager = ServiceManager()
    private let newLogs: DirectoryEvents?
    private let changes: DirectoryEvents?
    private var process: RunProcess?
    /// What was said last, and when, in seconds.
    private var said = (sentence: "", at: -1.0, next: -1.0)
    private var lastSignOfLife = -1.0
    /// Names have come that are not looked at yet.
    private var hasNews = false
    /// A faulty configuration is told once.
    private var toldFaults: [String] = []
    /// Until a configuration that could not be read is read again.
    private var retry: WatchPause?
    private var isRetryDue = false

    init(_ arguments: WatchArguments, _ store: WatchStore?) {
        self.arguments = arguments
        self.store = store
        look = WatchLook(arguments.request, at: monotonicSeconds())
        // Without it new logs are found once a minute, and so are changes of the configuration.
        newLogs = try? DirectoryEvents()
        changes = try? DirectoryEvents(seesWrites: true)
        watchDirectories()
    }

    private func watchDirectories() {
        newLogs?.watch(look.directories)
        changes?.watch(look.trace.directories)
    }

    /// Stays until it is asked to end.
    func run(_ signals: borrowing SignalQueue) {
        toldFaults = look.configuration.diagnostics.filter { $0.severity == .error }.map(\.description)
        for fault in toldFaults { Output.standardError(fault) }
        manager?.ready()
        while true {
            let now = monotonicSeconds()
            while let request = signals.next() {
                switch request {
                case .end: return end()
                case .reload: reload(isAsked: true, at: now)
                }
            }
            advanceRun(at: now)
            lookForNews(at: now)
            look.look(at: now)
            startRun(at: now)
            tell(at: now)
            wait(signals, from: now)
        }
    }

    private func wait(_ signals: borrowing SignalQueue, from now: Double) {
        var next = min(look.book.nextLook(at: now), look.latestDiscovery)
        if hasNews { next = min(next, look.nextDiscovery) }
        if look.trace.isIncomplete { next = min(next, retry?.until ?? now) }
        if let seconds = manager?.watchdogSeconds { next = min(next, lastSignOfLife + seconds) }
        let numbers =
            [signals.number] + [newLogs, changes].compactMap { $0?.number } + [process].compactMap { $0?.number }
        let ready = waitForInput(numbers, seconds: next - monotonicSeconds())
        for events in [newLogs, changes].compactMap({ $0 }) where ready.contains(events.number) {
            if events.drain() { hasNews = true }
        }
    }

    // MARK: Runs

    private func startRun(at now: Double) {
        guard let run = look.book.wantedRun(at: now) else { return }
        look.began(run, at: now)
        if arguments.verbose { Output.standardError("spillway: a run \(WatchText.describe(run.reason))") }
        do throws(SystemError) {
            process = try RunProcess(arguments.arguments(of: run), kept: look.kept)
        } catch {
            Output.standardError("spillway: a run cannot be started: \(error)")
            _ = look.ended(.crashed, at: now)
        }
    }

    private func advanceRun(at now: Double) {
        guard let process, let run = look.book.run, let end = process.advance() else { return }
        self.process = nil
        guard let seconds = look.ended(end, at: monotonicSeconds()) else { return }
        Output.standardError("spillway: \(WatchText.vain(run, end, pauseSeconds: seconds))")
    }

    // MARK: Changes

    private func lookForNews(at now: Double) {
        retryIfIncomplete(at: now)
        guard now >= look.latestDiscovery || (hasNews && look.mayDiscover(at: now)) else { return }
        hasNews = false
        if look.trace.hasChanged || isRetryDue { reload(isAsked: false, at: now) } else { look.discover(at: now) }
        isRetryDue = false
        watchDirectories()
    }

    /// What could not be read, for want of descriptors or because a disk was gone for a moment, is read again: after a second,
    /// then less and less often.
    private func retryIfIncomplete(at now: Double) {
        guard look.trace.isIncomplete else {
            retry = nil
            return
        }
        if let retry {
            guard now >= retry.until else { return }
            isRetryDue = true
            hasNews = true
        }
        retry = WatchPause(after: retry, at: now)
    }

    private func reload(isAsked: Bool, at now: Double) {
        let faults = look.reload(at: now).map(\.description)
        watchDirectories()
        if !faults.isEmpty, isAsked || faults != toldFaults {
            for fault in faults { Output.standardError(fault) }
            if look.kept != nil {
                Output.standardError(
                    "spillway: the new configuration is faulty; the old one is kept until it is put right")
            }
        }
        toldFaults = faults
        if isAsked { look.ask() }
    }

    // MARK: Telling

    private func tell(at now: Double) {
        if let manager, let seconds = manager.watchdogSeconds, now - lastSignOfLife >= seconds / 2 {
            lastSignOfLife = now
            manager.alive()
        }
        guard now - said.at >= 1 else { return }
        let sentence = WatchText.status(look.book, at: now)
        let isNew = sentence != said.sentence
        if isNew { manager?.status(sentence) }
        guard isNew || now >= said.next else { return }
        let next = min(look.book.nextLookAtLogs, look.latestDiscovery)
        said = (sentence, now, max(next, now + 1))
        let wall = Timestamp.now()
        let seconds = Int64(max(0, next - now).rounded(.up))
        store?.write(
            WatchRecord(
                process: getpid(), at: wall, next: Timestamp(seconds: wall.seconds + seconds), sentence: sentence))
    }

    /// The run that it started ends at its next safe point; whoever waits for the watch does not wait for that.
    private func end() {
        manager?.stopping()
        guard let process else { return }
        if !process.stop(waitSeconds: 0.7), arguments.verbose {
            Output.standardError("spillway: the run that is at work ends at its next safe point")
        }
    }
}
