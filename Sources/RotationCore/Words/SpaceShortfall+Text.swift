public import LinuxSystem

extension SpaceShortfall {
    /// A sentence that says what is missing, why, and what takes the space.
    ///
    /// - Parameters:
    ///   - space: the tree; nil where it is one log's limit.
    ///   - isFutile: that nothing more is removed, because what was removed freed nothing.
    public func sentence(space: Path?, isFutile: Bool = false) -> String {
        let subject = space.map { "space \($0)" } ?? log.map { "\($0)" } ?? "space"
        var text = "\(subject): \(missingText)"
        switch cause {
        case _ where isFutile:
            text +=
                "; two removals in a row freed nothing, so nothing more is removed: are there snapshots, or files that share blocks, or is somebody writing faster?"
        case .foreign(let bytes):
            text +=
                "; what is no log's and no archive has \(Quantities.text(bytes: bytes)), more than that alone, and no history is removed for it"
        case .exhausted(let live, let kept, let stuck, let foreign):
            text +=
                "; nothing more may go"
                + Self.list([
                    ("live logs", live), ("archives that minkeep spares", kept), ("archives that cannot go now", stuck),
                    ("other files", foreign),
                ])
        case .outOfReach(let live, let evictable, let stuck, let foreign):
            text +=
                "; all archives together would not be enough, so none is removed for it; a lower minfree can be met"
                + Self.list([
                    ("live logs", live), ("archives", evictable), ("archives that cannot go now", stuck),
                    ("other files", foreign),
                ])
        }
        if !consumers.isEmpty {
            text += "; most is taken by " + consumers.map(\.text).joined(separator: ", ")
        }
        return text
    }

    private static func list(_ amounts: [(what: String, bytes: Int64)]) -> String {
        let parts = amounts.filter { $0.bytes > 0 }.map { "\($0.what) \(Quantities.text(bytes: $0.bytes))" }
        return parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))"
    }

    /// What is the same in each run as long as the limit is not met: figures change every minute.
    public func key(space: Path?) -> String {
        let subject = space.map { "space \($0)" } ?? log.map { "\($0)" } ?? "space"
        return "\(subject): \(rule.name) is not met"
    }

    private var missingText: String {
        let amount = Quantities.text(bytes: missing)
        return switch rule {
        case .maximumTotal(let limit): "\(amount) over its maxtotal of \(Quantities.text(bytes: limit))"
        case .budget(let limit): "\(amount) over its budget of \(Quantities.text(bytes: limit))"
        case .room(let needed): "\(amount) missing of the \(Quantities.text(bytes: needed)) that the work needs"
        case .freeFloor(let limit): "\(amount) missing of its minfree of \(Quantities.text(bytes: limit))"
        case .inodeFloor(let limit): "\(missing) inodes missing of its minfreeinodes of \(limit)"
        }
    }
}

extension EvictionRule {
    /// The directive that it comes from; `room` for what the work needs.
    public var name: String {
        switch self {
        case .maximumTotal: "maxtotal"
        case .budget: "budget"
        case .room: "room"
        case .freeFloor: "minfree"
        case .inodeFloor: "minfreeinodes"
        }
    }
}

extension SpaceConsumer {
    fileprivate var text: String {
        let amount = Quantities.text(bytes: bytes)
        switch kind {
        case .purgeable: return "what purge names (\(amount))"
        case .foreign: return "\(path ?? "") (\(amount))"
        case .log(1): return "\(path ?? "") with its archives (\(amount))"
        case .log(let count): return "\(path ?? "") and \(count - 1) like it (\(amount))"
        }
    }
}
