import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// The cut of one log, step by step. Which steps of which logs go together, and what the journal knows of them, its batch
/// decides.
final class CutInProgress {
    let job: CutJob
    /// The log, open for reading and writing.
    let log: Descriptor
    let identity: FileIdentity
    let tools: CutTools
    /// What was seen of it when it was opened.
    let before: FileStatus
    let scan: PendingScan
    let probe: HolderProbe
    /// Who has it open, as far as is known.
    var holders = HolderKnowledge.unknown("they were not looked for")
    /// The bytes that are archived, in their order.
    var runs: [JournalEntry.Run] = []
    /// Where the cut ends: everything before is archived, or nothing.
    private(set) var end: Int64 = 0
    /// How much of the log's start is not taken out, in bytes: whole blocks, so it can reach beyond the end of the cut.
    private(set) var headLength: Int64 = 0
    private(set) var archive: PendingFile?
    /// What the archive was when the journal was told of it: then it is written and on the disk, and nobody else has it.
    private(set) var archiveStatus: FileStatus?
    /// What is on its way into the archive, and when the log was last written.
    private var unfinished: (content: ContentCopy, modified: Timestamp)?
    var samples: [[UInt8]] = []
    var staged: (archive: Path, bytes: Int64)?
    /// What else is to be said.
    var remarks: [String] = []
    /// What is to be said of it in any case.
    var notices: [CutReport.Notice] = []
    /// Whether what is remembered of its head has to be on the disk before the journal forgets the cut.
    var needsLedger = false

    /// When it was begun, on the clock that nobody sets.
    let begunSeconds = monotonicSeconds()

    private static let sampleBytes: Int64 = 4096
    /// More is hardly read ahead.
    private static let readAheadBytes: Int64 = 4 << 20

    /// Opens a log and asks who has it open.
    init(_ job: CutJob, _ tools: CutTools) throws {
        self.job = job
        self.tools = tools
        let directory = try tools.cache.directory(job.log.directory)
        do {
            let file = try directory.open(job.log.name, .reading)
            let status = try file.status()
            guard status.kind == .regular else { throw StepFailure(FileText.notRegular(job.log)) }
            if let expected = job.identity, status.identity != expected {
                throw StepFailure(FileText.replaced(job.log))
            }
            identity = status.identity
            probe = try tools.rights.probe(file, closes: true)
        }
        do throws(SystemError) {
            log = try directory.open(job.log.name, .readingAndWriting)
        } catch {
            guard error.errno == .wouldBlock || error.errno == .resourceTemporarilyUnavailable else { throw error }
            throw StepFailure(CutText.leased(job.log))
        }
        log.leaveInode()
        log.adviseRandom()
        before = try log.status()
        guard before.identity == identity else {
            throw StepFailure(FileText.replaced(job.log))
        }
        scan = PendingScan(tools.ledger.ledger.cuts[job.log], or: job.plan.head, of: before)
    }

    /// Readers that are on their way through what is to be cut.
    var readersBehind: [Holder] {
        guard let start = runs.first?.offset else { return [] }
        return holders.readers.filter { $0.descriptor != nil && $0.position > start && $0.position < end }
    }

    /// Whether a look at /proc tells more than the leases did.
    var needsLook: Bool { probe.isOpen }

    /// Whether the holders are not known, so that all of the content has to be compared before it goes.
    var isDoubtful: Bool { holders.doubt != nil && !job.plan.insists }

    /// How much there is to read at the most, in bytes.
    var expectedBytes: Int64 { min(before.sizeBytes, max(before.allocatedBytes, 1)) }

    /// An entry as long as the one that the journal will get; nil where it gets none.
    var expectedEntry: JournalEntry? {
        job.archive.map {
            JournalEntry(
                log: job.log, inode: identity.inode, runs: runs, end: end, archive: $0, archiveInode: 0,
                archiveBytes: 0)
        }
    }

    var archivedBytes: Int64 { runs.reduce(0) { $0 + $1.count } }
}

// MARK: - How far

extension CutInProgress {
    /// Decides how far the log is cut. Throws where it is left alone.
    func measure(_ table: HolderTable?) throws {
        holders = probe.knowledge(of: identity, table)
        if job.plan.isBinary { return try measureRecords() }
        let size = try log.status().sizeBytes
        let limit: Int64
        switch CutLimit.decide(
            sizeBytes: size, grewBytes: try growth(since: size), holders: holders, insists: job.plan.insists,
            lossless: job.plan.lossless)
        {
        case .refused(let why): throw StepFailure(CutText.notCut(job.log, why))
        case .upTo(let bytes): limit = bytes
        }
        let pending = try scan.runs(in: log, before: limit, atMost: JournalEntry.runLimit)
        try lookAtHead(pending, size)
        guard let last = pending.last else {
            if limit < size, let writer = holders.writers.first(where: { !$0.appends }) {
                throw failure(.overwriting(writer))
            }
            end = limit
            return
        }
        end = pending.count == JournalEntry.runLimit ? last.end : limit
        if !takesWhole {
            guard let line = try log.endOfLastLine(in: pending) else {
                throw failure(.waits(CutHindrance.unfinishedLine))
            }
            end = line.end
            if line.isBroken { remarks.append(CutText.lineInTwo) }
        }
        runs = pending.filter { $0.offset < end }.map { run in
            JournalEntry.Run(offset: run.offset, count: min(run.end, end) - run.offset)
        }
    }

    /// The head stays wherever the log keeps its size, or could: only one that nobody has open is emptied for certain.
    private func lookAtHead(_ pending: [JournalEntry.Run], _ size: Int64) throws {
        let isDoubtful = try job.plan.head == .doubtful || scan.doubtsHead(in: log, pending)
        if holders.isNobody, !job.plan.lossless, !isDoubtful { return }
        let start = try log.beginning(bytes: Int(LogHead.largestBytes))
        headLength = LogHead.length(of: start, blockBytes: before.blockBytes)
        if isDoubtful, let first = pending.first {
            notices.append(
                CutReport.Notice(
                    CutText.doubtfulHead(job.log, bytes: min(headLength, first.end)),
                    isError: false, key: "\(job.log) head"))
        }
        if holders.isNobody, !job.plan.lossless { headLength = 0 }
    }

    /// Nobody will finish the last line of a log that nobody has open.
    private var takesWhole: Bool { holders.isNobody || job.takesUnfinishedLine }

    /// How much it has grown since it was opened. A writer whose position stays 0 may write at offsets of its own, or not
    /// at all: that is waited for.
    private func growth(since size: Int64) throws -> Int64 {
        let grew = size - before.sizeBytes
        let isAtStart = holders.writers.contains { !$0.appends && $0.position == 0 && $0.descriptor != nil }
        guard isAtStart, grew == 0, size > 0, !job.plan.insists else { return grew }
        sleep(milliseconds: 20)
        return try log.status().sizeBytes - size
    }

    private func failure(_ hindrance: CutHindrance) -> StepFailure {
        switch hindrance {
        case .waits(let why): StepFailure(leaving: why)
        case .refused(let why): StepFailure(CutText.refused(job.log, why))
        }
    }

    private func measureRecords() throws {
        if let hindrance = CutHindrance.ofRecords(holders) { throw failure(hindrance) }
        guard before.allocatedBytes >= before.sizeBytes / 2 || before.sizeBytes < 1 << 30 else {
            throw StepFailure(
                CutText.sparseRecords(job.log))
        }
        end = before.sizeBytes
        runs = end > 0 ? [JournalEntry.Run(offset: 0, count: end)] : []
    }
}

// MARK: - The archive

extension CutInProgress {
    /// Begins the archive, which has no name yet, or a further part of one that is there: `finishArchive` writes the rest.
    ///
    /// - Parameters:
    ///   - directory: where the archive goes; nil for none.
    ///   - announce: tells the journal before an archive that is there is changed.
    ///   - onProgress: called with the bytes done and all bytes; what it throws ends the work.
    func beginArchive(
        in directory: Directory?, announce: (JournalEntry) throws -> Void,
        onProgress: @escaping (Int64, Int64) throws -> Void
    ) throws {
        samples = try sample()
        guard let directory, let target = job.archive else { return }
        if isLong { log.adviseSequential() }
        let attributes = try FileAttributes(of: log)
        let file: PendingFile
        if job.plan.extends {
            file = try PendingFile.extend(target.name, in: directory)
            try announce(try entry(.extend, file))
        } else {
            file = try PendingFile.begin(in: directory, name: target.name, attributes: attributes)
        }
        archive = file
        let total = archivedBytes
        let content = try ContentCopy(
            level: job.level, workers: tools.workers, onProgress: { try onProgress($0, total) })
        let isWhole =
            job.plan.keepsHoles && job.level == nil && !job.plan.extends
            ? try content.copy(
                runs, withHolesFrom: min(scan.endOfOwnHole(in: log, before: runs), end), to: end, of: log,
                into: file.descriptor)
            : try content.copy(runs, from: log, to: file.descriptor)
        unfinished = (content, attributes.status.modified)
        if isWhole { return }
        // A further part of an archive is taken back by the journal's entry.
        guard !job.plan.extends, content.copiedBytes > 0 else {
            throw StepFailure(CutText.truncatedByOthers(job.log, isKept: false))
        }
        try finishArchive()
        throw StepFailure(truncated: job.log)
    }

    /// Lets threads compress what there is until `finishArchive`.
    func handArchiveOver() {
        unfinished?.content.endInput()
    }

    /// Writes what is still being compressed. The archive is complete, and not on the disk yet.
    func finishArchive() throws {
        guard let (content, modified) = unfinished, let file = archive else { return }
        unfinished = nil
        try content.finish(to: file.descriptor)
        if isLong {
            log.adviseRandom()
            log.dropCache(from: end, lengthBytes: Self.readAheadBytes)
        }
        // A compressed archive has the time of its log, however it was made; a plain copy that of its making, as
        // logrotate has it.
        if job.level != nil { try file.descriptor.setModified(modified) }
        file.descriptor.beginWriting()
    }

    /// Whether there is to be an archive.
    var hasArchive: Bool { job.archive != nil }

    /// There is no archive yet after all.
    func forgetArchive() {
        archive = nil
        archiveStatus = nil
        unfinished = nil
    }

    /// Gives the archive its name. Further parts of a renamed log that is not released go into the same archive; a record of
    /// one that did not get its name is of no consequence, because no file has the inode.
    func nameArchive() throws {
        guard let archive, let target = job.archive else { return }
        if var file = tools.ledger.ledger.unreleased[job.log], file.inode == identity.inode {
            file.parts = target
            file.partsInode = try archive.identity().inode
            tools.ledger.record([.unreleased(file)])
            try archive.giveName()
            let named = try archive.identity().inode
            guard named != file.partsInode else { return }
            file.partsInode = named
            return tools.ledger.record([.unreleased(file)])
        }
        try archive.giveName()
    }

    /// Whether reading ahead is of use.
    private var isLong: Bool { archivedBytes > 1 << 20 }

    /// Whether it is worth while to begin with another before this one is finished: one block, and nothing in the journal.
    var isSmall: Bool { job.level != nil && !job.plan.extends && archivedBytes < 1 << 20 }

    /// Whether `finishArchive` would not have to wait.
    var isArchiveReady: Bool { unfinished?.content.isReady ?? true }

    /// The first and the last archived bytes, by which a log that was written over is known.
    func sample() throws -> [[UInt8]] {
        // Where both are the same bytes one is enough.
        let isShort = runs.count == 1 && runs[0].count <= Self.sampleBytes
        return try [runs.first, isShort ? nil : runs.last].compactMap(\.self).enumerated().map { index, run in
            let count = min(run.count, Self.sampleBytes)
            return try log.bytes(at: index == 0 ? run.offset : run.end - count, count: Int(count))
        }
    }

    /// What the journal is to know; nil where there is no archive.
    func entry() throws -> JournalEntry? {
        try archive.map { try entry(job.plan.technique == .punch ? .punch : .truncate, $0) }
    }

    private func entry(_ kind: JournalEntry.Kind, _ file: PendingFile) throws -> JournalEntry {
        let status = try file.descriptor.status()
        archiveStatus = status
        return JournalEntry(
            kind: kind, log: job.log, inode: identity.inode, runs: runs, end: end, archive: job.archive ?? "",
            archiveInode: status.identity.inode, archiveOffset: file.startBytes, archiveBytes: status.sizeBytes,
            isCompressed: job.level != nil, headBytes: min(headLength, end))
    }
}
