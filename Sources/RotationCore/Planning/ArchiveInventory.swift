public import LinuxSystem

/// The archives of one log, newest first, and the names that are taken.
struct ArchiveInventory {
    struct Archive {
        var name: Path
        var parsed: ArchiveName
        var status: FileStatus
        var unreleased: UnreleasedObservation?

        var retained: RetainedArchive { RetainedArchive(name: name, modified: status.modified) }
    }

    let naming: ArchiveNaming
    private(set) var archives: [Archive] = []
    /// Plain forms of archives that are there compressed too.
    private(set) var duplicates: [ArchiveEntry] = []
    /// Names that something else than a plain file has: never given to an archive.
    private(set) var obstacles: [ArchiveName] = []
    /// Where each name is in `archives`, where there are so many that looking through them for each would take minutes.
    private var positions = PathMap<Int>()
    private static let fewArchives = 32
    /// The numbers that obstacles have, in order.
    private var obstructed: [Int] = []

    init(log: Path, _ observation: ArchiveObservation?, _ settings: Settings) {
        naming = ArchiveNaming(log: log, settings: settings)
        for entry in observation?.entries ?? [] where entry.name != log {
            guard let parsed = naming.parse(entry.name) else { continue }
            if entry.isDuplicate, !entry.isLog {
                duplicates.append(entry)
            } else if entry.status.kind == .regular, !entry.isLog {
                archives.append(
                    Archive(name: entry.name, parsed: parsed, status: entry.status, unreleased: entry.unreleased))
            } else {
                obstacles.append(parsed)
            }
        }
        sort(settings)
        obstructed = obstacles.compactMap { name in if case .number(let number) = name.key { number } else { nil } }
            .sorted()
        guard archives.count > Self.fewArchives else { return }
        positions.reserveCapacity(archives.count)
        for (position, archive) in archives.enumerated() { positions[archive.name] = position }
    }

    private mutating func sort(_ settings: Settings) {
        let format = settings.archiveDateFormat
        let byTime = settings.usesDate && !format.isSortable
        archives.sort { first, second in
            if byTime, first.status.modified != second.status.modified {
                return first.status.modified > second.status.modified
            }
            switch (first.parsed.key, second.parsed.key) {
            case (.number(let left), .number(let right)) where left != right: return left < right
            case (.date(let left, let leftSequence), .date(let right, let rightSequence))
            where left != right || leftSequence != rightSequence:
                return left == right ? leftSequence > rightSequence : left > right
            default:
                // Two forms of one archive, after a run that was ended in between: the plain one first.
                return first.name < second.name
            }
        }
    }

    func identity(of name: Path) -> FileIdentity? {
        guard archives.count > Self.fewArchives else { return archives.first { $0.name == name }?.status.identity }
        return positions[name].map { archives[$0].status.identity }
    }

    /// A sequence number for a date: above all that this date has.
    func freeSequence(for stamp: DateStamp) -> Int {
        let taken = (archives.map(\.parsed) + obstacles).compactMap { name -> Int? in
            guard case .date(let other, let sequence) = name.key, other == stamp else { return nil }
            return sequence
        }
        return taken.max().map { $0 + 1 } ?? 0
    }

    func isObstructed(number: Int) -> Bool {
        var low = 0
        var high = obstructed.count
        while low < high {
            let middle = (low + high) / 2
            if obstructed[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < obstructed.count && obstructed[low] == number
    }
}

extension ArchiveObservation {
    /// The bare names of a log's archives, the oldest first.
    public func namesOldestFirst(of log: Path, _ settings: Settings) -> [Path] {
        ArchiveInventory(log: log.name, self, settings).archives.reversed().map(\.name)
    }
}
