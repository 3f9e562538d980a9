public import LinuxSystem

/// What a `space` block wants of the live logs in its tree.
public struct WatchedSpace: Hashable, Sendable {
    /// The tree.
    public let directory: Path
    /// The file system it is on, by its number in the book.
    public let fileSystem: Int
    /// Once the live logs have so many bytes together, the biggest are rotated; nil: never.
    public let liveTriggerBytes: Int64?
    /// Once they have grown by so many bytes, it is time to count the tree again; nil: it has no budget.
    public let budgetStepBytes: Int64?

    /// So many runs are started while logs grow by a whole budget: counting the tree is dear, and is theirs.
    static let budgetShare: Int64 = 8

    /// The block on a file system of this size.
    public init(_ rule: SpaceRule, on size: FileSystemSize, fileSystem: Int) {
        directory = rule.directory
        self.fileSystem = fileSystem
        liveTriggerBytes = rule.live.map(\.triggerBytes)
        budgetStepBytes = rule.budget.map { max(1 << 20, $0.of(size.totalBytes) / Self.budgetShare) }
    }
}
