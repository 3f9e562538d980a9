import Gzip
import LinuxSystem
import RotationCore
import SystemPackage

/// Cuts logs together, in the one order that loses and doubles nothing wherever it is interrupted: the archives are written
/// and on the disk; the journal knows of them; they get their names; the bytes leave the logs; the logs are on the disk; the
/// journal is cleared. Only then are the logs shrunk. Each of these steps costs little more for many logs than for one.
final class CutBatch {
    private let executor: Executor
    private var journal: Journal? { executor.journal }
    private var results: [Result<StepResult, StepFailure>?]
    private var cuts: [(index: Int, cut: LogCut)] = []
    /// Logs for whose archives there was no room.
    private var roomless: [(index: Int, cut: LogCut)] = []
    /// Logs whose entries have to stay in the journal.
    private var unresolved: Set<Path> = []

    /// So many logs are open at once.
    static let limit = 64
    /// More than this is not read before the first log is cut, in bytes.
    static let limitBytes: Int64 = 64 << 20

    private init(_ executor: Executor, count: Int) {
        self.executor = executor
        results = Array(repeating: nil, count: count)
    }

    /// Cuts logs; their results in the same order.
    static func perform(_ jobs: [CutJob], _ executor: Executor) -> [StepResult] {
        var results: [StepResult] = []
        var rest = jobs[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(limit))
            let done = CutBatch(executor, count: part.count).perform(part)
            results += done
            rest = rest.dropFirst(part.count)
        }
        return results
    }

    private func perform(_ jobs: [CutJob]) -> [StepResult] {
        for (index, job) in jobs.enumerated() {
            attempt(index, about: job.log) {
                let directory = try executor.directory(of: job.log)
                let cut = try LogCut(
                    job, in: directory, ledger: executor.ledger, workers: executor.workers, probe: executor.probe)
                cuts.append((index, cut))
            }
        }
        let table = look(for: cuts.filter(\.cut.needsLook).map(\.cut))
        each { _, cut in try cut.measure(table) }
        // Those that are done together are not more than the journal and the memory take.
        while !cuts.isEmpty {
            let all = cuts
            let part = takePart()
            cuts = part
            commit()
            cuts = Array(all.dropFirst(part.count))
        }
        // The others may have made room meanwhile; it is not relied upon.
        stage()
        return results.enumerated().map { index, result in
            switch result {
            case .success(let result)?: result
            case .failure(let failure)?: .failed(failure.message)
            case nil: .failed("\(jobs[index].log): it was forgotten, which is a mistake in spillway")
            }
        }
    }

    private func takePart() -> [(index: Int, cut: LogCut)] {
        var bytes: Int64 = 0
        var entries = executor.unresolved
        let part = cuts.prefix { _, cut in
            if let entry = cut.expectedEntry { entries.append(entry) }
            defer { bytes += cut.expectedBytes }
            return bytes == 0 || (bytes + cut.expectedBytes <= Self.limitBytes && JournalSlot.fits(entries))
        }
        return Array(part)
    }

    private func look(for cuts: [LogCut]) -> HolderTable? {
        do { return try executor.look(for: Set(cuts.map(\.identity))) } catch { return nil }
    }

    /// Does something for each log that nothing has gone wrong with; those that are finished with by that are left out from
    /// then on.
    private func each(_ consequence: Consequence = .undo, _ body: (Int, LogCut) throws -> Void) {
        for (index, cut) in cuts { one(index, cut, consequence, body) }
        cuts.removeAll { results[$0.index] != nil }
    }

    private func one(
        _ index: Int, _ cut: LogCut, _ consequence: Consequence = .undo, _ body: (Int, LogCut) throws -> Void
    ) {
        attempt(index, about: cut.job.log) {
            do {
                try body(index, cut)
            } catch {
                try settle(cut, (error as? StepFailure)?.keepsArchive == true ? .keep : consequence)
                throw error
            }
        }
    }

    /// What an error means for the archive.
    private enum Consequence {
        /// Nothing has left the log: the archive goes again.
        case undo
        /// It is not known what the disk has: the next run compares.
        case unresolved
        /// What was archived may be nowhere else.
        case keep
        /// The cut is done.
        case nothing
    }

    private func settle(_ cut: LogCut, _ consequence: Consequence) throws {
        switch consequence {
        case .keep: try cut.archive?.commit()
        case .nothing: break
        case .undo where unresolved.contains(cut.job.log): break
        case .undo:
            // What is told is the error before this one. What cannot be taken back the journal knows of.
            do { try cut.archive?.undo(executor.removal) } catch { unresolved.insert(cut.job.log) }
        case .unresolved: unresolved.insert(cut.job.log)
        }
    }

    private func attempt(_ index: Int, about path: Path, _ body: () throws -> Void) {
        do throws(StepFailure) {
            try explaining(path, body)
        } catch {
            results[index] = error.isForNow ? .success(.left(error.message)) : .failure(error)
        }
    }
}

// MARK: - The order

extension CutBatch {
    private func commit() {
        writeArchives()
        each { index, cut in _ = try unlessRoomless(index, cut) { try cut.archive?.descriptor.sync() } }
        lookAgain()
        guard writeSlot() else { return }
        each { _, cut in
            try cut.nameArchive()
            if let archive = cut.job.archive { executor.logTimes[archive] = cut.before.modified }
        }
        syncDirectories()
        var techniques: [Int: CutTechnique] = [:]
        each { index, cut in
            do {
                techniques[index] = try takeOut(cut)
            } catch let error as SystemError {
                // How much of it the disk has done nobody knows.
                unresolved.insert(cut.job.log)
                throw error
            }
        }
        each(.unresolved) { _, cut in try cut.log.sync() }
        // A head is known by the ledger alone where no hole follows it.
        if cuts.contains(where: \.cut.needsLedger) { executor.ledger.sync() }
        clearSlot()
        shrink(techniques)
    }

    /// A log whose archive has no room goes another way: false.
    private func unlessRoomless(_ index: Int, _ cut: LogCut, _ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return true
        } catch let error as SystemError where error.isNoRoom && !cut.job.plan.isBinary && cut.hasArchive {
            try cut.archive?.undo(executor.removal)
            cut.forgetArchive()
            roomless.append((index, cut))
            cuts.removeAll { $0.index == index }
            return false
        }
    }

    /// Cuts logs for whose archives there is no room, one after the other, the biggest first.
    private func stage() {
        cuts = roomless.sorted { $0.cut.expectedBytes > $1.cut.expectedBytes }
        roomless = []
        each(.nothing) { index, cut in
            var staged = try StagedCut(cut, executor)
            try staged.perform()
            let outcome = Shrink(cut, lease: executor.lease).perform()
            if case .collapsed = outcome { try cut.syncCollapsed() }
            results[index] = .success(.cut(try cut.report(.punch, outcome)))
        }
    }

    /// Small logs are compressed side by side: while threads have the ones, the next are read.
    private func writeArchives() {
        var open: ArraySlice<(index: Int, cut: LogCut)> = []
        func finishFirst() {
            guard let (index, cut) = open.popFirst() else { return }
            one(index, cut) { index, cut in _ = try unlessRoomless(index, cut) { try cut.finishArchive() } }
        }
        // A block of memory each. A single log is compressed here: no thread need be started.
        let limit = cuts.count > 1 ? executor.workers.map { 2 * $0.limit } ?? 0 : 0
        for (index, cut) in cuts {
            let isHandedOver = cut.isSmall && limit > 0
            while let first = open.first?.cut, open.count >= limit || first.isArchiveReady || !isHandedOver {
                finishFirst()
            }
            var isOnItsWay = false
            one(index, cut) { [executor] index, cut in
                isOnItsWay = try unlessRoomless(index, cut) {
                    let directory = try cut.job.archive.map { try executor.directory(of: $0) }
                    try cut.beginArchive(in: directory, announce: announce) { done, total in
                        if StopSignal.arrived {
                            throw StepFailure("\(cut.job.log): stopped by a signal; the next run begins again")
                        }
                        executor.onProgress(cut.job.log, done, total)
                    }
                    if isHandedOver { cut.handArchiveOver() } else { try cut.finishArchive() }
                }
            }
            if isOnItsWay, isHandedOver { open.append((index, cut)) }
        }
        while !open.isEmpty { finishFirst() }
        cuts.removeAll { results[$0.index] != nil }
    }

    private func announce(_ entry: JournalEntry) throws {
        try journal?.write(executor.unresolved + [entry])
    }

    private func lookAgain() {
        var table: HolderTable?
        let held = cuts.filter { (try? $0.cut.isStillNobodys(executor.ask)) != true }
        if !held.isEmpty { table = look(for: held.map(\.cut)) }
        let identities = Set(held.map(\.cut.identity))
        waitForReaders()
        each { _, cut in
            try cut.recheck(identities.contains(cut.identity) ? table ?? HolderTable.unseen : nil)
            if cut.isDoubtful { try compare(cut) }
        }
    }

    /// So long the readers of all logs together are waited for, in milliseconds; and so long while none of them gets on:
    /// syslog-ng and the `tail -F` of busybox look once a second.
    private static let readersMilliseconds = (most: 2000, idle: 1100)

    /// A follower that is a little behind reads on, and not a hole. Whoever has stopped is not waited for.
    private func waitForReaders() {
        var behind = cuts.flatMap { _, cut in cut.readersBehind.map { (cut.identity, cut.end, $0) } }
        var waited = 0
        var idle = 0
        while !behind.isEmpty, waited < Self.readersMilliseconds.most, idle < Self.readersMilliseconds.idle {
            sleep(milliseconds: 5)
            waited += 5
            idle += 5
            behind = behind.compactMap { identity, end, reader in
                guard let now = try? HolderTable.lookAgain(at: reader, of: identity), now.position < end else {
                    return nil
                }
                if now.position > reader.position { idle = 0 }
                return (identity, end, now)
            }
        }
    }

    /// Where it is not known who writes, all of it is compared: what is not as it was archived was written over.
    private func compare(_ cut: LogCut) throws {
        guard let entry = try cut.entry(), let archive = cut.archive else { return }
        let copy = try archive.descriptor.duplicate()
        guard try ArchivedBytes.match(entry, copy, log: cut.log, before: cut.end) else {
            throw cut.writtenOver
        }
        cut.remarks.append("compared with its archive before it was cut")
    }

    /// False where nothing may be done because the journal could not be told.
    private func writeSlot() -> Bool {
        guard let journal, !cuts.isEmpty else { return !cuts.isEmpty }
        do {
            let entries = try cuts.compactMap { try $0.cut.entry() }
            if !entries.isEmpty { try journal.write(executor.unresolved + entries) }
            return true
        } catch {
            let failure = StepFailure(error, about: journal.path)
            each { _, _ in throw StepFailure("the journal is not written: \(failure.message)") }
            return false
        }
    }

    private func syncDirectories() {
        var synced: Set<Path> = []
        each { _, cut in
            guard let archive = cut.job.archive, synced.insert(archive.directory).inserted else { return }
            try executor.directory(of: archive).sync()
        }
    }

    private func takeOut(_ cut: LogCut) throws -> CutTechnique {
        // A few milliseconds have passed since the look at the holders.
        try cut.requireUnchanged()
        let emptying = Emptying(cut)
        if cut.job.plan.isBinary {
            try emptying.underLease(executor.lease)
            return .truncate
        }
        if cut.job.plan.technique == .punch, try cut.punch() { return .punch }
        guard cut.job.plan.lossless else {
            try emptying.draining()
            return .truncate
        }
        throw StepFailure(
            "\(cut.job.log): its file system has no holes, and lossless forbids to make it smaller; create, or signal, rotates it by renaming"
        )
    }

    private func clearSlot() {
        guard let journal, !journal.entries.isEmpty else { return }
        executor.unresolved += journal.entries.filter { unresolved.contains($0.log) }
        do {
            try journal.write(executor.unresolved)
        } catch {
            executor.journalFailure = StepFailure(error, about: journal.path).message
        }
    }

    private func shrink(_ techniques: [Int: CutTechnique]) {
        var outcomes: [Int: ShrinkOutcome] = [:]
        each(.nothing) { index, cut in
            guard techniques[index] == .punch else {
                outcomes[index] = .truncated
                return
            }
            outcomes[index] = Shrink(cut, lease: executor.lease).perform()
        }
        each(.nothing) { index, cut in
            // Its next cut counts from where its bytes are now.
            if case .collapsed? = outcomes[index] { try cut.syncCollapsed() }
            let report = try cut.report(techniques[index] ?? .punch, outcomes[index] ?? .none("it was not tried"))
            results[index] = .success(.cut(report))
        }
    }
}
