import LinuxSystem
import RotationCore
import SystemPackage

/// Tells the writers of logs that were moved to open new ones: each once in a run, for all its logs, and only those that
/// write to them, and catch the signal.
final class Signalling {
    /// A log that was moved, and who is to be told.
    struct Request {
        var planned: PlannedStep
        var rule: SignalRule
        /// What the log is called now.
        var file: Path
        var identity: FileIdentity
    }

    private struct Told: Hashable {
        var process: Int32
        var startTicks: UInt64
        var signal: String
    }

    private var told: [Told: SignalOutcome] = [:]
    private unowned let executor: Executor

    init(_ executor: Executor) {
        self.executor = executor
    }

    /// Sends what is asked for; a result for each request, in their order.
    func perform(_ requests: [Request]) -> [StepResult] {
        guard !requests.isEmpty else { return [] }
        let table: HolderTable
        do {
            guard let found = try executor.look(for: Set(requests.map(\.identity))) else {
                return requests.map { _ in .failed("the writers are not known: /proc cannot be read") }
            }
            table = found
        } catch {
            return requests.map { _ in .failed("the writers are not known: \(error)") }
        }
        return requests.map { request in
            do throws(StepFailure) {
                let result = try explaining(request.file) { try perform(request, table) }
                executor.rememberTelling(of: request.planned.subject)
                return result
            } catch {
                return .failed(error.message)
            }
        }
    }

    private func perform(_ request: Request, _ table: HolderTable) throws -> StepResult {
        let holders = table.holders[request.identity] ?? []
        let writers = Self.byProcess(holders.filter(\.canWrite))
        guard let number = ProcessSignal.number(named: request.rule.name) else {
            throw StepFailure("\(request.file): there is no signal \(request.rule.name)")
        }
        let wanted = try choose(writers, request)
        guard !wanted.isEmpty else {
            return .left(
                writers.isEmpty ? "nobody writes to it any more" : "it is written by others: \(Self.titles(writers))")
        }
        var sent: [String] = []
        var refusals: [String] = []
        for holder in wanted {
            switch try send(number, request.rule.name, to: holder) {
            case .sent: sent.append(holder.title)
            case .gone: break
            case .notCaught:
                refusals.append("\(holder.title) does not catch SIG\(request.rule.name), and was not sent it")
            }
        }
        // A child that inherited the log knows nothing of it: its parent is told.
        if !sent.isEmpty { return .signalled(sent + refusals.map { "not all: \($0)" }) }
        guard refusals.isEmpty else {
            // Cut in place, its log needs nobody to be told.
            if request.file == request.planned.subject { return .left(refusals.joined(separator: "; ")) }
            return .failed(
                "\(request.file): \(refusals.joined(separator: "; ")); it goes on writing there, and is cut there until it ends"
            )
        }
        return .left("its writers have ended")
    }

    private func send(_ number: CInt, _ name: String, to holder: Holder) throws -> SignalOutcome {
        let key = Told(process: holder.process, startTicks: holder.startTicks, signal: name)
        if let known = told[key] { return known }
        let outcome = try ProcessSignal.send(number, to: holder)
        told[key] = outcome
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
            let file: Descriptor
            do throws(SystemError) {
                file = try Descriptor.open(path.resolved(against: "/"))
            } catch {
                throw StepFailure("\(request.file): its writer is not told: \(error)")
            }
            let text = String(decoding: try file.readAll(limitBytes: 4096), as: UTF8.self)
            guard let process = Int32(text.prefix { $0.isNumber }) else {
                throw StepFailure("\(request.file): its writer is not told: there is no number in \(path)")
            }
            let chosen = writers.filter { $0.process == process }
            guard !chosen.isEmpty else {
                throw StepFailure(
                    "\(request.file): process \(process) of \(path) does not write to it, and was not sent SIG\(request.rule.name); \(Self.titles(writers)) does"
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
