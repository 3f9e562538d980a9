import LinuxSystem
import RotationCore
import Testing

/// A directory in memory that plans are carried out in, strictly: nothing is ever overwritten, nothing missing is used.
struct ModelTree {
    /// A file: its content is a list of tokens, so that nothing can be lost or doubled unnoticed.
    struct File: Equatable {
        var inode: UInt64
        var tokens: [Int]
        var modified: Timestamp
        var isCompressed = false
        var kind = FileStatus.Kind.regular
    }

    var files: [Path: File] = [:]
    var removed: [Int] = []
    var mailed: [Int] = []
    var now: Timestamp
    private var nextInode: UInt64 = 1000
    private var nextToken = 1

    init(now: Timestamp) {
        self.now = now
    }

    mutating func add(_ path: Path, ageDays: Int64 = 0, kind: FileStatus.Kind = .regular) {
        nextInode += 1
        nextToken += 1
        files[path] = File(
            inode: nextInode, tokens: [nextToken], modified: Timestamp(seconds: now.seconds - ageDays * 86400),
            isCompressed: path.hasSuffix(".gz"), kind: kind)
    }

    mutating func writeToLog(_ path: Path) {
        nextToken += 1
        files[path]?.tokens.append(nextToken)
        files[path]?.modified = now
    }

    var tokens: [Int] { files.values.flatMap(\.tokens).sorted() }

    private func status(_ file: File) -> FileStatus {
        .file(inode: file.inode, bytes: Int64(file.tokens.count), modified: file.modified, kind: file.kind)
    }

    /// What an observer would see of these logs.
    func items(_ logs: [Path], _ settings: Settings, _ planner: Planner, last: [Path: CivilTime]) -> [Planner.Item] {
        logs.map { path in
            let log = LogObservation(
                path: path, finding: files[path].map { .present(status($0)) } ?? .missing, directory: .directory(),
                lastRotated: last[path])
            let directory = settings.archiveDirectory ?? path.directory
            let entries = files.filter { $0.key.directory == directory && $0.key != path }.map {
                ArchiveEntry(name: $0.key.name, status: status($0.value))
            }
            let archives = ArchiveObservation(
                directory: directory, status: .directory(), entries: entries.sorted { $0.name < $1.name },
                leftover: files[path + ".tmp"].map(status))
            return Planner.Item(log: log, decision: planner.due.decide(log, settings), archives: archives)
        }
    }

    /// Does a step, and records what would be wrong with it.
    mutating func perform(_ planned: PlannedStep) {
        switch planned.step {
        case .run, .makeDirectory, .signal, .recover, .free: break
        case .shift(let from, let to), .move(let from, let to): rename(from, to)
        case .create(let path, _):
            #expect(files[path] == nil, "\(path) is created over something")
            add(path)
            files[path]?.tokens = []
        case .archive(let from, let to, let compression): copy(from, to, compression != nil, truncates: false)
        case .cut(let from, let to?, let compression, _): copy(from, to, compression != nil, truncates: true)
        case .cut(let path, nil, _, _):
            removed += files[path]?.tokens ?? []
            files[path]?.tokens = []
        case .compress(let from, let to, _):
            #expect(files[from]?.isCompressed == false, "\(from) is compressed twice or not there")
            rename(from, to)
            files[to]?.isCompressed = true
        case .mail(let path, _, _): mailed += files[path]?.tokens ?? []
        case .remove(let path, _):
            #expect(files[path] != nil, "\(path) is removed and not there")
            if planned.reason != .copied { removed += files[path]?.tokens ?? [] }
            files[path] = nil
        }
    }

    private mutating func rename(_ from: Path, _ to: Path) {
        #expect(files[from] != nil, "\(from) is not there")
        #expect(files[to] == nil, "\(to) is taken")
        files[to] = files.removeValue(forKey: from)
    }

    private mutating func copy(_ from: Path, _ to: Path, _ compressed: Bool, truncates: Bool) {
        #expect(files[to] == nil, "\(to) is taken")
        guard let source = files[from] else { return #expect(Bool(false), "\(from) is not there") }
        nextInode += 1
        files[to] = File(inode: nextInode, tokens: source.tokens, modified: now, isCompressed: compressed)
        if truncates { files[from]?.tokens = [] }
    }
}
