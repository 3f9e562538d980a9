public import LinuxSystem

/// What is known of who has a file open. Three answers, not two: nobody, these, and "cannot be told", which is treated as
/// the worst.
public enum HolderKnowledge: Hashable, Sendable {
    /// These and no others; none at all where the list is empty.
    case known([Holder])
    /// There are, or may be, holders that cannot be seen; why, and those that were.
    case unknown(String, seen: [Holder] = [])

    /// Those that were seen.
    public var seen: [Holder] {
        switch self {
        case .known(let holders), .unknown(_, let holders): holders
        }
    }

    /// The writers among them.
    public var writers: [Holder] { seen.filter(\.canWrite) }

    /// The readers among them.
    public var readers: [Holder] { seen.filter { !$0.canWrite } }

    /// Whether it is certain that nobody has it open.
    public var isNobody: Bool { self == .known([]) }

    /// Why it is not known who else has it open; nil where it is.
    public var doubt: String? {
        if case .unknown(let why, _) = self { return why }
        return nil
    }
}

/// What the kernel said when it was asked for a lease.
public enum LeaseFinding: Hashable, Sendable {
    /// Granted.
    case granted
    /// Refused: somebody is in the way.
    case refused
    /// It cannot be told.
    case unknown
}

extension HolderKnowledge {
    /// Puts together what leases, /proc and the file system say.
    ///
    /// - Parameters:
    ///   - all: the answer to a write lease, which nobody else may have the file open for.
    ///   - writers: the answer to a read lease, which no writer may have the file open for.
    ///   - seen: what /proc shows; nil where it was not looked at.
    ///   - gap: why not every process could be looked into; nil where all were.
    ///   - doubt: why leases of this file system are not to be relied on.
    public static func judge(
        all: LeaseFinding, writers: LeaseFinding, seen: [Holder]?, gap: String?, doubt: String?
    ) -> HolderKnowledge {
        if all == .granted, doubt == nil { return .known([]) }
        let seen = seen ?? []
        if let doubt { return .unknown(doubt, seen: seen) }
        if let gap { return .unknown(gap, seen: seen) }
        if all == .unknown { return .unknown("leases are switched off, or refused", seen: seen) }
        if seen.isEmpty { return .unknown("somebody has it open whom /proc does not show", seen: []) }
        if writers == .refused, !seen.contains(where: \.canWrite) {
            return .unknown("somebody writes to it whom /proc does not show", seen: seen)
        }
        return .known(seen)
    }
}

extension Holder {
    /// `tapdisk (pid 2345)`.
    public var title: String { "\(command) (pid \(process))" }
}
