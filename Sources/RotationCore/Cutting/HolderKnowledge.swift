public import LinuxSystem

/// What is known of who has a file open. Three answers, not two: nobody, these, and "cannot be told", which is treated as
/// the worst.
public enum HolderKnowledge: Hashable, Sendable {
    /// These and no others; none at all where the list is empty.
    case known([Holder])
    /// There are, or may be, holders that cannot be seen; why.
    case unknown(String)

    /// The writers among those that are known.
    public var writers: [Holder] {
        if case .known(let holders) = self { return holders.filter(\.canWrite) }
        return []
    }

    /// The readers among those that are known.
    public var readers: [Holder] {
        if case .known(let holders) = self { return holders.filter { !$0.canWrite } }
        return []
    }
}
