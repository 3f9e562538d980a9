import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Cuts logs together, in the one order that loses and doubles nothing wherever it is interrupted: the archives are written
/// and on the disk; the journal knows of them; they get their names; the bytes leave the logs; the logs are on the disk; the
/// journal is cleared. Only then are the logs shrunk. Each of these steps costs little more for many logs than for one.
package final class CutBatch {
    let tools: CutTools
    var memory: CutMemory
    var journal: Journal? { tools.journal }
    var results: [CutOutcome?]
    var cuts: [(index: Int, cut: CutInProgress)] = []
    /// Logs for whose archives there was no room.
    var roomless: [(index: Int, cut: CutInProgress)] = []
    /// Logs whose entries have to stay in the journal.
    var unresolved: Set<Path> = []

    /// So many logs are open at once.
    package static let limit = 256
    /// So many are also where descriptors are few (the directories that a run has looked into stay open as long as it can), or
    /// the logs large.
    package static let few = 64
    /// State, journal, locks, directories, and what is open for a moment.
    private static let ownDescriptors = 16
    /// How many logs are worked on together: each has its archive open beside it; the rest is for what a run needs whatever
    /// it does.
    package static var mostTogether: Int {
        let free = descriptorLimit() - ownDescriptors
        return max(1, min(few, free / 2), min(limit, free / 8))
    }
    /// More than this is not read before the first log is cut, in bytes.
    static let limitBytes: Int64 = 64 << 20

    private init(_ tools: CutTools, _ memory: CutMemory, count: Int) {
        self.tools = tools
        self.memory = memory
        results = Array(repeating: nil, count: count)
    }

    /// Cuts logs; their results in the same order.
    ///
    /// - Parameter memory: is added to, whatever becomes of them.
    package static func perform(_ jobs: [CutJob], with tools: CutTools, _ memory: inout CutMemory) -> [CutOutcome] {
        var results: [CutOutcome] = []
        var rest = jobs[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(mostTogether))
            let batch = CutBatch(tools, memory, count: part.count)
            results += batch.perform(part)
            memory = batch.memory
            rest = rest.dropFirst(part.count)
        }
        return results
    }

    func perform(_ jobs: [CutJob]) -> [CutOutcome] {
        for (index, job) in jobs.enumerated() {
            attempt(index, about: job.log) {
                cuts.append((index, try CutInProgress(job, tools)))
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
            result ?? .failed(CutText.forgotten(jobs[index].log))
        }
    }

    func takePart() -> [(index: Int, cut: CutInProgress)] {
        var bytes: Int64 = 0
        var entries = memory.unresolved
        var count = 0
        let part = cuts.prefix { _, cut in
            if let entry = cut.expectedEntry { entries.append(entry) }
            defer {
                bytes += cut.expectedBytes
                count += 1
            }
            // One is tried whatever it needs.
            return count == 0 || (bytes + cut.expectedBytes <= Self.limitBytes && JournalSlot.fits(entries))
        }
        return Array(part)
    }

    func look(for cuts: [CutInProgress]) -> HolderTable? {
        do { return try tools.rights.look(for: Set(cuts.map(\.identity))) } catch { return nil }
    }

    /// Does something for each log that nothing has gone wrong with; those that are finished with by that are left out from
    /// then on.
    func each(_ consequence: Consequence = .undo, _ body: (Int, CutInProgress) throws -> Void) {
        for (index, cut) in cuts { one(index, cut, consequence, body) }
        cuts.removeAll { results[$0.index] != nil }
    }

    func one(
        _ index: Int, _ cut: CutInProgress, _ consequence: Consequence = .undo,
        _ body: (Int, CutInProgress) throws -> Void
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
    enum Consequence {
        /// Nothing has left the log: the archive goes again.
        case undo
        /// It is not known what the disk has: the next run compares.
        case unresolved
        /// What was archived may be nowhere else.
        case keep
        /// The cut is done.
        case nothing
    }

    func settle(_ cut: CutInProgress, _ consequence: Consequence) throws {
        switch consequence {
        case .keep: try cut.archive?.commit()
        case .nothing: break
        case .undo where unresolved.contains(cut.job.log): break
        case .undo:
            // What is told is the error before this one. What cannot be taken back the journal knows of.
            do { try cut.archive?.undo(tools.removal) } catch { unresolved.insert(cut.job.log) }
        case .unresolved: unresolved.insert(cut.job.log)
        }
    }

    func attempt(_ index: Int, about path: Path, _ body: () throws -> Void) {
        do throws(StepFailure) {
            try explaining(path, body)
        } catch {
            results[index] = CutOutcome(error)
        }
    }
}
