import LinuxSystem

/// What a tree will look like when plans are carried out, as far as that can be told: a dry run plans what goes for space
/// with it. How well a log compresses nobody knows before.
public enum SpaceForecast {
    /// An archive is expected to have an eighth of its log, and takes a block in any case.
    private static func compressed(_ bytes: Int64) -> Int64 { max(4096, bytes - SpaceRotation.yield(of: bytes)) }

    /// The inventory after these plans.
    public static func apply(_ plans: [StanzaPlan], to inventory: SpaceInventory) -> SpaceInventory {
        var inventory = inventory
        apply(plans.flatMap(\.steps), to: &inventory)
        return inventory
    }

    /// Does these steps in an inventory.
    static func apply(_ steps: [PlannedStep], to inventory: inout SpaceInventory) {
        let indices = Dictionary(
            inventory.logs.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        for step in steps {
            guard let index = indices[step.subject] else { continue }
            apply(step.step, to: &inventory.logs[index])
        }
    }

    private static func apply(_ step: Step, to log: inout SpaceLog) {
        func index(_ path: Path) -> Int? { log.archives.firstIndex { $0.path == path } }
        switch step {
        case .shift(let path, let target):
            if let index = index(path) { log.archives[index].path = target }
        case .remove(let path, _):
            if let index = index(path) { log.archives.remove(at: index) }
        case .compress(let path, let target, _):
            guard let index = index(path) else { return }
            log.archives[index].path = target
            log.archives[index].allocatedBytes = compressed(log.archives[index].allocatedBytes)
        case .cut(let path, let target, let compression, let plan) where path == log.path:
            if let target, !plan.extends { add(target, compression, to: &log) }
            log.liveBytes = 0
        case .archive(let path, let target, let compression) where path == log.path:
            add(target, compression, to: &log)
        case .move(let path, let target) where path == log.path:
            add(target, nil, to: &log)
            log.liveBytes = 0
        case .archive, .cut, .move, .run, .makeDirectory, .create, .signal, .recover, .mail, .free: break
        }
    }

    private static func add(_ path: Path, _ compression: Compression?, to log: inout SpaceLog) {
        let bytes = compression == nil ? log.liveBytes : compressed(log.liveBytes)
        let newest = log.archives.last?.modified ?? Timestamp(seconds: 0)
        // It has no inode yet: no other file's is 0.
        let identity = FileIdentity(device: log.identity?.device ?? 0, inode: 0)
        log.archives.append(SpaceFile(path: path, identity: identity, allocatedBytes: bytes, modified: newest))
    }
}
