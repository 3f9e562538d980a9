package import Gzip
package import HostObservation
import LinuxChanges
package import LinuxSystem
package import RotationCore

/// What cuts are made with.
package struct CutTools {
    /// The run's directories.
    package var cache: DirectoryCache
    /// Where it is written down what is under way; nil where there is none: then nothing is known of a cut that is
    /// interrupted.
    package var journal: Journal?
    /// What is remembered of logs between runs.
    package let ledger: LedgerStore
    /// With whose rights files are changed, and asked for.
    package let rights: Rights
    /// Takes archives back.
    package let removal: Removal
    /// The threads that compress; nil: this one.
    package let workers: GzipWorkers?
    /// Called on long work with a path, the bytes done and all bytes.
    package let onProgress: (Path, Int64, Int64) -> Void

    /// Tools over one ledger, whose removals and cuts go by the same rights.
    package init(
        cache: DirectoryCache, journal: Journal?, ledger: LedgerStore, rights: Rights, workers: GzipWorkers? = nil,
        onProgress: @escaping (Path, Int64, Int64) -> Void = { _, _, _ in }
    ) {
        self.cache = cache
        self.journal = journal
        self.ledger = ledger
        self.rights = rights
        self.workers = workers
        self.onProgress = onProgress
        removal = Removal(ledger: ledger, rights: rights)
    }

    /// Names given, replaced and removed so far in these directories are on the disk when this returns, but for those that
    /// there is an error for: one commit of the file system's journal, and flushes side by side.
    package func syncNames(in paths: some Sequence<Path>) -> [Path: any Error] {
        var errors: [Path: any Error] = [:]
        // They stay open until all of it is done, whatever the cache closes.
        var open: [(path: Path, directory: Directory)] = []
        var seen: Set<Path> = []
        for path in paths where seen.insert(path).inserted {
            do throws(WalkError) { open.append((path, try cache.directory(path))) } catch { errors[path] = error }
        }
        var batch = SyncBatch()
        for (_, directory) in open { batch.add(directory.descriptor) }
        for (place, error) in zip(open, batch.perform()) {
            if let error { errors[place.path] = error }
        }
        return errors
    }
}

/// What is to be known of earlier cuts of the same run, and of those of earlier runs: a cut takes it and adds to it.
package struct CutMemory {
    /// Cuts that could not be finished: they stay in the journal.
    package var unresolved: [JournalEntry] = []
    /// Why the journal could not be written.
    package var journalFailure: String?
    /// When the logs were last written of which copies were made, by the copies' paths.
    package var logTimes: [Path: Timestamp] = [:]
    /// Which files the archives are that were made, by their paths: what is mailed is what was made.
    package var madeArchives: [Path: FileIdentity] = [:]
    /// The newest archives of logs, as they are called after their numbers were moved.
    package var newestArchives: [Path: Path] = [:]

    /// Nothing is known yet.
    package init() {}
}

/// What became of a cut.
package enum CutOutcome {
    /// The log was cut.
    case cut(CutReport)
    /// Nothing is wrong, and nothing was done; why.
    case left(String)
    /// It was not done; why.
    case failed(String)

    init(_ failure: StepFailure) {
        self = failure.isForNow ? .left(failure.message) : .failed(failure.message)
    }
}
