import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

/// Tells the writers of logs that were moved to open new ones: each once in a run, for all its logs, and only those that
/// write to them, and catch the signal.
struct Signalling {
    /// A log that was moved, and who is to be told.
    struct Request {
        var planned: PlannedStep
        var rule: SignalRule
        /// What the log is called now.
        var file: Path
        var identity: FileIdentity
        /// Where the stanza asks for it.
        var location: SourceLocation?
        /// `signalwait`.
        var waitMilliseconds: Int

        /// nil where the step is no signal, or it is not known which log was moved.
        init?(_ planned: PlannedStep, _ settings: Settings) {
            guard case .signal(let rule, let file, _) = planned.step, let identity = planned.identity else {
                return nil
            }
            self.planned = planned
            self.rule = rule
            self.file = file
            self.identity = identity
            location = settings.origins[.signal]
            waitMilliseconds = settings.signalWaitMilliseconds
        }
    }

    private let tools: CutTools

    /// - Parameter tools: /proc is looked at with their rights.
    init(_ tools: CutTools) {
        self.tools = tools
    }

    /// Sends what is asked for; a result for each request, in their order.
    ///
    /// - Parameter memory: who was told before in this run, and is not told again.
    func perform(_ requests: [Request], _ memory: inout SignalMemory) -> [StepResult] {
        guard !requests.isEmpty else { return [] }
        let table: HolderTable
        do {
            guard let found = try tools.rights.look(for: Set(requests.map(\.identity))) else {
                return requests.map { _ in .failed(SignalText.writersUnknown("/proc cannot be read")) }
            }
            table = found
        } catch {
            return requests.map { _ in .failed(SignalText.writersUnknown("\(error)")) }
        }
        return requests.map { request in
            do throws(StepFailure) {
                let result = try explaining(request.file) {
                    do {
                        return try perform(request, table, &memory)
                    } catch let error as SystemError where error.path == nil {
                        // It is about a process, and the file it is for has to be said.
                        throw StepFailure(SignalText.notTold(request.file, "\(error)"))
                    }
                }
                tools.ledger.recordTelling(of: request.planned.subject)
                return result
            } catch {
                return .failed(error.message)
            }
        }
    }

    private func perform(
        _ request: Request, _ table: HolderTable, _ memory: inout SignalMemory
    ) throws -> StepResult {
        let holders = table.holders[request.identity] ?? []
        let writers = Self.byProcess(holders.filter(\.canWrite))
        guard let number = ProcessSignal.number(named: request.rule.name) else {
            throw StepFailure(SignalText.noSuchSignal(request.file, request.rule.name))
        }
        let wanted = try choose(writers, request)
        guard !wanted.isEmpty else {
            return .left(
                SignalText.nobodyWanted(writers))
        }
        var sent: [String] = []
        var refusals: [String] = []
        for holder in wanted {
            if let why = tools.ledger.ledger.signals.reason(notToSend: request.rule.name, to: holder) {
                refusals.append(why)
                continue
            }
            switch try send(number, request, to: holder, &memory) {
            case .sent: sent.append(holder.title)
            case .gone: break
            case .notCaught:
                refusals.append(SignalText.notCaught(holder, request.rule.name))
            }
        }
        // A child that inherited the log knows nothing of it: its parent is told.
        if !sent.isEmpty {
            try sendAgain(number, request, wanted)
            return .signalled(sent + refusals.map { SignalText.notAll($0) })
        }
        guard refusals.isEmpty else {
            // Cut in place, its log needs nobody to be told.
            if request.file == request.planned.subject { return .left(refusals.joined(separator: "; ")) }
            return .failed(
                SignalText.goesOn(request.file, refusals)
            )
        }
        return .left(SignalText.ended)
    }

    /// Programs whose first process lets go only then get the signal a second time, when they have had time for the first.
    private func sendAgain(_ number: CInt, _ request: Request, _ holders: [Holder]) throws {
        let signals = tools.ledger.ledger.signals
        var late = holders.filter { signals.answer(of: $0.command, to: number) == .reopensOnSecond }
        guard !late.isEmpty, request.file != request.planned.subject else { return }
        let end = monotonicSeconds() + Double(request.waitMilliseconds) / 1000
        var next = monotonicSeconds() + Self.secondsBetween
        while monotonicSeconds() < end, !StopSignal.arrived {
            sleep(milliseconds: 10)
            late = try late.filter { try HolderTable.lookAgain(at: $0, of: request.identity) != nil }
            if late.isEmpty { return }
            guard monotonicSeconds() >= next else { continue }
            for holder in late { _ = try ProcessSignal.send(number, to: holder) }
            next += Self.secondsBetween
        }
    }

    /// Two signals that come together are one.
    private static let secondsBetween = 0.3
    /// Who ends on a signal does so at once, or a moment after it has let go of its log.
    private static let secondsToEnd = 1.0

    /// Those that ended after they were sent a signal. It waits for that, `signalwait` and a second at most, until each of
    /// them has opened its log again, or has ended.
    func endings(_ memory: inout SignalMemory) -> [SignalMemory.Sent] {
        var open = memory.sent
        let all = open
        memory.sent = []
        var ended: [SignalMemory.Sent] = []
        while !open.isEmpty {
            let over = monotonicSeconds() - memory.sentAt
            var left: [SignalMemory.Sent] = []
            for item in open {
                if ProcessSignal.hasEnded(item.holder) {
                    if !isReplaced(item.holder, all.map(\.holder), memory) { ended.append(item) }
                } else if over < min(Self.secondsToEnd, Double(item.request.waitMilliseconds) / 1000),
                    !hasReopened(item.request, item.holder), !StopSignal.arrived
                {
                    left.append(item)
                }
            }
            open = left
            if !open.isEmpty { sleep(milliseconds: 10) }
        }
        return ended
    }

    /// Whether a process that ended is one of those that a daemon starts anew on the signal, as nsd and nginx do: the one that
    /// started it was sent it too, and lives.
    private func isReplaced(_ holder: Holder, _ all: [Holder], _ memory: SignalMemory) -> Bool {
        var seen: Set<Int32> = [holder.process]
        var process = holder.process
        while let parent = memory.parents[process], seen.insert(parent).inserted {
            if let other = all.first(where: { $0.process == parent }), !ProcessSignal.hasEnded(other) { return true }
            process = parent
        }
        return false
    }

    /// Whether a process has the new log open where it had the old one. One that was cut in place has it open all the time.
    private func hasReopened(_ request: Request, _ holder: Holder) -> Bool {
        let log = request.planned.subject
        guard request.file != log, let status = try? tools.cache.directory(log.directory).status(of: log.name) else {
            return false
        }
        return (try? HolderTable.lookAgain(at: holder, of: status.identity)) != nil
    }

    private func send(
        _ number: CInt, _ request: Request, to holder: Holder, _ memory: inout SignalMemory
    ) throws -> SignalOutcome {
        let key = SignalMemory.Told(process: holder.process, startTicks: holder.startTicks, signal: request.rule.name)
        if let known = memory.told[key] { return known }
        // It may have let go of the log since it was looked at: then it is none of its writers.
        guard try HolderTable.lookAgain(at: holder, of: request.identity)?.canWrite == true else { return .gone }
        let parent = ProcessSignal.parent(of: holder)
        let outcome = try ProcessSignal.send(number, to: holder)
        memory.told[key] = outcome
        if outcome == .sent {
            memory.sent.append(SignalMemory.Sent(request: request, holder: holder, number: number))
            memory.parents[holder.process] = parent
            memory.sentAt = monotonicSeconds()
        }
        return outcome
    }

    /// The writers that the rule is about. A process that a file or a name stands for, and that does not write to the log,
    /// is another one.
    private func choose(_ writers: [Holder], _ request: Request) throws -> [Holder] {
        switch request.rule.target {
        case .holders: return writers
        case .process(let name):
            // The kernel keeps 15 bytes of a name.
            let short = Path(bytes: Path(name).bytes.prefix(15))
            return writers.filter { $0.command == short }
        case .pidfile(let path):
            guard !writers.isEmpty else { return [] }
            let process = try PidFile.read(path, for: request.file)
            let chosen = writers.filter { $0.process == process }
            guard !chosen.isEmpty else {
                throw StepFailure(
                    SignalText.otherProcess(request.file, process, of: path, request.rule.name, writers)
                )
            }
            return chosen
        }
    }

    /// A process counts once, however often it has the file open.
    private static func byProcess(_ holders: [Holder]) -> [Holder] {
        var seen: Set<Int32> = []
        return holders.filter { seen.insert($0.process).inserted }
    }

    private static func titles(_ holders: [Holder]) -> String {
        holders.map(\.title).joined(separator: ", ")
    }
}
