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
    private let settings: Settings
    private var items: [Item] = []

    /// An archive, and how far it is.
    private final class Item {
        let planned: PlannedStep
        let path: Path
        let target: Path
        let level: Int
        var outcome: StepOutcome?
        var work: ArchiveCompression?

        /// nil where the step is none of these.
        init?(_ planned: PlannedStep) {
            guard case .compress(let path, let target, .gzip(let level)) = planned.step else { return nil }
            self.planned = planned
            self.path = path
            self.target = target
            self.level = level
        }
    }

    /// Whether a step is one that can be done together with others.
    static func takes(_ planned: PlannedStep) -> Bool {
        if case .compress(_, _, .gzip) = planned.step { true } else { false }
    }

    /// - Parameter planned: steps that `takes` is true of.
    init(_ planned: [PlannedStep], _ steps: StepRunner, _ settings: Settings) {
        self.steps = steps
        self.settings = settings
        items = planned.compactMap { Item($0) }
    }

    /// Does it; how each step ended, in their order.
    func perform(_ memory: inout RunMemory) -> [StepOutcome] {
        write(&memory)
        sync()
        each { _, work in try work.pending.giveName() }
        syncDirectories()
        each(undoes: false) { item, work in
            memory.cuts.madeArchives[item.target] = try work.pending.identity()
            item.outcome = try self.steps.finish(work)
        }
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
            while let first = open.first, open.count >= max(1, limit) || first.work?.content.isReady ?? true {
                finishFirst()
            }
            attempt(item) {
                switch try steps.beginCompression(
                    of: item.path, to: item.target, item.level, item.planned, settings, &memory)
                {
                case .left(let why): item.outcome = StepOutcome(.left(why))
                case .begun(let work):
                    item.work = work
                    work.content.endInput()
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
        var synced: Set<Path> = []
        var failures: [Path: any Error] = [:]
        each { item, _ in
            let directory = item.target.directory
            // What one of them is told holds for all that are named there.
            if let error = failures[directory] { throw error }
            guard synced.insert(directory).inserted else { return }
            do {
                try self.steps.directory(of: item.target).sync()
            } catch {
                failures[directory] = error
                throw error
            }
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
    let content: ContentCopy
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
    /// Compresses archives together; how each step ended, in their order.
    func performCompressions(_ planned: [PlannedStep], _ settings: Settings, _ memory: inout RunMemory) -> [StepOutcome]
    {
        do throws(StepFailure) {
            return try rights.acting(as: settings.account, about: planned.first?.subject ?? "") {
                () throws(StepFailure) in
                CompressionBatch(planned, self, settings).perform(&memory)
            }
        } catch {
            return planned.map { _ in StepOutcome(error) }
        }
    }
}
