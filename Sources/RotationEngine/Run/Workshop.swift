import LinuxSystem
import LogCut
import RotationCore

/// Where steps are done: by whom, and who hears of it.
struct Workshop {
    var steps: StepRunner
    let recorder: RunRecorder
    /// Keep runs with other states off the logs that are worked on.
    let locks: LogLocks

    var ledger: LedgerStore { steps.ledger }

    /// Does a step, and has it told; how it ended.
    @discardableResult
    func perform(_ step: PlannedStep, _ settings: Settings, _ memory: inout RunMemory) -> StepResult {
        recorder.began(step)
        let outcome = steps.perform(step, settings, &memory)
        recorder.ended(step, outcome)
        return outcome.result
    }

    /// Tells writers, each once, and looks whether they live afterwards: one that ended is not sent that signal any more.
    func tell(_ requests: [Signalling.Request], _ memory: inout RunMemory) {
        for (request, result) in zip(requests, steps.perform(requests, &memory)) {
            recorder.began(request.planned)
            recorder.ended(request.planned, result)
        }
    }

    /// Whoever was sent a signal is looked at again.
    func noteEndings(_ memory: inout RunMemory) {
        for sent in steps.endings(&memory) {
            let ending = SignalKnowledge.Ending(program: sent.holder.command, signal: sent.number)
            // A program of many processes is one.
            guard !ledger.ledger.signals.endings.contains(ending) else { continue }
            ledger.record([.ends(ending)])
            let request = sent.request
            recorder.note(
                request.planned.subject,
                "\(request.location.map { "\($0): " } ?? "")\(sent.holder.title) ended after it was sent SIG\(request.rule.name) for \(request.planned.subject); "
                    + "\(sent.holder.command) is not sent it again, and its logs are emptied in place: \(ledger.ledger.signals.remedy(for: sent.holder.command))",
                always: true)
        }
    }
}

extension Workshop {
    /// Cuts logs of one account; those that it went well with.
    func performCuts(_ logs: [LogPlan], as account: Account?, _ memory: inout RunMemory) -> Set<Path> {
        let planned = logs.flatMap(\.rotate)
        if planned.count == 1 { recorder.began(planned[0]) }
        var done: Set<Path> = []
        for (index, result) in steps.performCuts(planned, as: account, &memory).enumerated() {
            if planned.count > 1 { recorder.began(planned[index]) }
            recorder.ended(planned[index], result)
            if result.goesOn(behind: planned[index]) { done.insert(logs[index].log) }
        }
        return done
    }

    /// Puts names that wait for it on the disk, and says where that failed; why, by directory.
    func syncNames(_ memory: inout RunMemory) -> [Path: StepFailure] {
        let failures = steps.syncNames(&memory)
        for (path, failure) in failures { recorder.note(path, failure.message) }
        return failures
    }

    /// Compresses archives, as many at once as can be open.
    func compressTogether(_ steps: [(step: PlannedStep, settings: Settings)], _ memory: inout RunMemory) {
        var rest = steps[...]
        while !rest.isEmpty, !StopSignal.arrived {
            let part = Array(rest.prefix(CutBatch.mostTogether))
            rest = rest.dropFirst(part.count)
            for ((step, _), outcome) in zip(part, self.steps.performCompressions(part, &memory)) {
                recorder.began(step)
                recorder.ended(step, outcome)
            }
        }
    }
}
