public import LinuxSystem

/// What a space occupies, and its limits.
public struct SpaceFigures: Hashable, Sendable {
    /// Its directory.
    public var path: Path
    /// What it occupies, in bytes.
    public var usedBytes: Int64
    /// Its limits, and what is free.
    public var limits: SpaceLimits

    /// What a space occupies.
    public init(path: Path, usedBytes: Int64, limits: SpaceLimits) {
        self.path = path
        self.usedBytes = usedBytes
        self.limits = limits
    }
}
