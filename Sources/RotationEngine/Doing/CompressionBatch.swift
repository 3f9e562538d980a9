import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore

/// Compresses the archives of several logs together, each as `StepRunner.compress` does it alone: side by side on all cores,
/// with one commit of the file system's journal for all of them, and one for their names. Then the originals go.
///
/// An original is removed when its compressed form is on the disk under its name, and not before: a run that is ended in
/// between leaves both, which the next one knows.
final class CompressionBatch {
    private let steps: StepRunner
    private var items: [Item] = []

    /// An archive, and how far it is.
    private final class Item {
        let planned: PlannedStep
        let settings: Settings
        let path: Path
        let target: Path
        let level: Int
        var outcome: StepOutcome?
        var work: ArchiveCompression?

        /// nil where the step is none of these.
        init?(_ planned: PlannedStep, _ settings: Settings) {
            guard case .compress(let path, let target, .gzip(let level)) = planned.step else { return nil }
            self.planned = planned
            self.settings = settings
            self.path = path
            self.target = target
            self.level = level
        }
    }

    /// Whether a step is one that can be done together with others.
    static func takes(_ planned: PlannedStep) -> Bool {
        if case .compress(_, _, .gzip) = planned.step { true } else { false }
    }

    /// - Parameter planned: steps that `takes` is true of, each with the settings of its stanza.
    init(_ planned: [(step: PlannedStep, settings: Settings)], _ steps: StepRunner) {
        self.steps = steps
        items = planned.compactMap { Item($0.step, $0.settings) }
    }

    /// Does it; how each step ended, in their order.
    func perform(_ memory: inout RunMemory) -> [StepOutcome] {
        write(&memory)
        sync()
        // From here on both can be there, and go half-way: whoever loses power then has a ledger that knows of it.
        let going = Set(items.lazy.filter { $0.outcome == nil }.map(\.path.directory))
        steps.ledger.record(going.sorted().map { .removing($0) })
        steps.ledger.sync()
        each { _, work in try work.pending.giveName() }
        syncDirectories()
        each { item, work in memory.cuts.madeArchives[item.target] = try work.pending.identity() }
        each(undoes: false) { item, work in item.outcome = try self.steps.finish(work) }
        return items.map { $0.outcome ?? StepOutcome(.left(FileText.takenAway)) }
    }

    /// While threads have the ones, the next are read.
    private func write(_ memory: inout RunMemory) {
        var open: ArraySlice<Item> = []
        func finishFirst() {
            guard let item = open.popFirst() else { return }
            one(item) { _, work in try self.steps.write(work) }
        }
        let limit = 2 * (steps.tools.workers?.limit ?? 0)
        for item in items {
            while let first = open.first, open.count >= max(1, limit) || first.work?.content?.isReady ?? true {
                finishFirst()
            }
            attempt(item) {
                switch try steps.beginCompression(
                    of: item.path, to: item.target, item.level, item.planned, item.settings, &memory)
                {
                case .left(let why): item.outcome = StepOutcome(.left(why))
                case .begun(let work):
                    item.work = work
                    work.content?.endInput()
                }
            }
            if item.outcome == nil { open.append(item) }
        }
        while !open.isEmpty { finishFirst() }
    }

    private func sync() {
        var batch = SyncBatch()
        let going = items.filter { $0.outcome == nil }
        for item in going {
            if let work = item.work { batch.add(work.pending.descriptor) }
        }
        for (item, error) in zip(going, batch.perform()) {
            guard let error else { continue }
            one(item) { _, _ in throw error }
        }
    }

    private func syncDirectories() {
        // What one of them is told holds for all that are named there.
        let failures = steps.tools.syncNames(in: items.lazy.filter { $0.outcome == nil }.map(\.target.directory))
        each { item, _ in
            if let error = failures[item.target.directory] { throw error }
        }
    }

    /// - Parameter undoes: whether after an error the result goes again, because what is in it is where it came from still.
    private func each(undoes: Bool = true, _ body: (Item, ArchiveCompression) throws -> Void) {
        for item in items where item.outcome == nil { one(item, undoes: undoes, body) }
    }

    private func one(_ item: Item, undoes: Bool = true, _ body: (Item, ArchiveCompression) throws -> Void) {
        attempt(item) {
            guard let work = item.work else { return }
            do {
                try body(item, work)
            } catch {
                guard undoes else { throw error }
                throw work.pending.undo(steps.removal, because: StepFailure(error, about: item.path))
            }
        }
    }

    private func attempt(_ item: Item, _ body: () throws -> Void) {
        do throws(StepFailure) {
            try explaining(item.path, body)
        } catch {
            item.outcome = StepOutcome(error)
            item.work = nil
        }
    }
}

/// An archive that is being compressed.
final class ArchiveCompression {
    /// The original, while it is open.
    final class Source {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// How a compression begins.
    enum Beginning {
        /// Not at all; why.
        case left(String)
        case begun(ArchiveCompression)
    }

    let path: Path
    /// nil once it is read: whoever asks for its holders would find this process.
    var source: Source?
    let status: FileStatus
    let pending: PendingFile
    /// nil once it is written: the memory in which it was compressed is the next one's.
    var content: ContentCopy?
    /// The times that the result gets.
    let modified: Timestamp
    let accessed: Timestamp

    init(
        _ path: Path, _ source: consuming Descriptor, _ attributes: FileAttributes, _ pending: PendingFile,
        _ content: ContentCopy, modified: Timestamp
    ) {
        self.path = path
        self.source = Source(source)
        status = attributes.status
        accessed = attributes.accessed
        self.pending = pending
        self.content = content
        self.modified = modified
    }
}

extension StepRunner {
    /// Compresses archives together, those of one account after those of another; how each step ended, in their order.
    func performCompressions(_ planned: [(step: PlannedStep, settings: Settings)], _ memory: inout RunMemory)
        -> [StepOutcome]
    {
        var outcomes = [StepOutcome?](repeating: nil, count: planned.count)
        while let first = outcomes.firstIndex(where: { $0 == nil }) {
            let account = planned[first].settings.account
            let part = planned.indices.filter { outcomes[$0] == nil && planned[$0].settings.account == account }
            for (index, outcome) in zip(part, perform(part.map { planned[$0] }, as: account, &memory)) {
                outcomes[index] = outcome
            }
        }
        return outcomes.compactMap(\.self)
    }

    private func perform(
        _ planned: [(step: PlannedStep, settings: Settings)], as account: Account?, _ memory: inout RunMemory
    ) -> [StepOutcome] {
        do throws(StepFailure) {
            return try rights.acting(as: account, about: planned.first?.step.subject ?? "") {
                () throws(StepFailure) in
                CompressionBatch(planned, self).perform(&memory)
            }
        } catch {
            return planned.map { _ in StepOutcome(error) }
        }
    }
}
