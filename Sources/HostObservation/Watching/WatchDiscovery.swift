import LinuxSystem
import RotationCore
import SystemPackage

/// One search for all that is to be watched: the logs of all stanzas that a size, or a space, has to do with, and the file
/// systems that these are on.
struct WatchDiscovery {
    private let configuration: Configuration
    private let observer: Observer
    private let cache = DirectoryCache()
    private let now: Double

    init(_ configuration: Configuration, ledger: Ledger, state: RotationState, at now: Double) {
        self.configuration = configuration
        self.now = now
        observer = Observer(cache: cache, state: state, only: [], ledger: ledger)
    }

    /// Everything, with what was measured before.
    ///
    /// - Parameter directories: gets those into which new logs come.
    func book(following old: WatchBook, directories: (Set<Path>) -> Void) -> WatchBook {
        var systems = FileSystems(configuration.spaces, at: now)
        let spaces = configuration.spaces.compactMap { rule -> WatchedSpace? in
            guard let index = systems.index(of: rule.directory), !rule.isWithoutLimits else { return nil }
            return WatchedSpace(rule, on: systems.found[index].size, fileSystem: index)
        }
        var logs: [WatchedLog] = []
        var places: Set<Path> = []
        for (index, stanza) in configuration.stanzas.enumerated() {
            let observation = observer.observe(stanza, index: index, reportsDuplicates: false)
            places.formUnion(observation.directories)
            guard !stanza.isBroken else { continue }
            for log in observation.logs {
                if let watched = watched(log, stanza.settings, spaces, &systems) { logs.append(watched) }
            }
        }
        directories(places)
        return WatchBook(fileSystems: systems.found, logs: logs, spaces: spaces, following: old, at: now)
    }

    /// nil where its size does not matter.
    private func watched(
        _ log: LogObservation, _ settings: Settings, _ spaces: [WatchedSpace], _ systems: inout FileSystems
    ) -> WatchedLog? {
        guard log.sameFile == nil, log.status.map({ $0.kind == .regular }) ?? true else { return nil }
        if let links = log.status?.linkCount, links > 1, !settings.allowsHardLinks { return nil }
        let limit = settings.watchedLimitBytes
        let inSpaces = spaces.indices.filter { log.path.isBelow(spaces[$0].directory) }
        guard limit != nil || !inSpaces.isEmpty, let system = systems.index(of: log.path.directory) else { return nil }
        return WatchedLog(
            path: log.path, status: log.status, cutEnd: log.cutEnd, limitBytes: limit, fileSystem: system,
            spaces: inSpaces, isCuttable: !log.isUnresolved, at: now)
    }

    /// The file systems that were come by.
    private struct FileSystems {
        private let rules: [(device: UInt64, rule: SpaceRule)]
        private let now: Double
        private(set) var found: [WatchedFileSystem] = []
        private var known: [Path: Int?] = [:]

        init(_ spaces: [SpaceRule], at now: Double) {
            rules = spaces.compactMap { rule in rule.directory.device().map { ($0, rule) } }
            self.now = now
        }

        /// nil where the directory leads nowhere.
        mutating func index(of directory: Path) -> Int? {
            if let index = known[directory] { return index }
            let index = look(directory)
            known[directory] = .some(index)
            return index
        }

        private mutating func look(_ directory: Path) -> Int? {
            guard let device = directory.device() else { return nil }
            if let index = found.firstIndex(where: { $0.device == device }) { return index }
            guard let size = try? FileSystemSize.of(directory) else { return nil }
            let rules = rules.filter { $0.device == device }
            // A space's directory is what messages name, and what administrators know.
            found.append(
                WatchedFileSystem(
                    place: rules.first?.rule.directory ?? directory, device: device, rules: rules.map(\.rule),
                    size: size, at: now))
            return found.count - 1
        }
    }
}

extension SpaceRule {
    fileprivate var isWithoutLimits: Bool {
        budget == nil && minimumFree == nil && minimumFreeInodes == nil && live == nil
    }
}

extension Path {
    fileprivate func isBelow(_ directory: Path) -> Bool {
        directory == "/" || hasPrefix(directory.appending(""))
    }
}
