/// How often a watch looks, and what it takes for granted.
public enum WatchTimes {
    /// Nothing is looked at more often, in seconds.
    public static let shortestSeconds = 0.1
    /// Everything is looked at as often, in seconds; so often the whole run is started, too.
    public static let longestSeconds = 60.0
    /// File systems are: asking for their room costs a microsecond, and tells of a flood wherever it is.
    public static let longestForFileSystemsSeconds = 5.0
    /// What was seen for the first time is looked at again after this, in seconds.
    public static let secondLookSeconds = 0.5
    /// A log is looked at again when a quarter of the time to its limit is over.
    public static let share = 4.0
    /// What anybody may begin to write from one moment to the next, in bytes a second: as often as that asks for, file
    /// systems are looked at.
    public static let floodBytesPerSecond = 400.0 * 1024 * 1024
    /// What a run archives in a second at the least, in bytes, under pressure and beside a busy writer.
    public static let archivedBytesPerSecond = 80.0 * 1024 * 1024
    /// Who reaches its floor within this, at its rate, is archived in haste, in seconds.
    public static let hurrySeconds = 30.0
    /// How long it takes until a run works that was found to be needed, in seconds.
    public static let reactionSeconds = 0.4
    /// A run that freed nothing is tried again after a second, then two, up to this.
    public static let longestPauseSeconds = 60.0
    /// When the logs have grown by so many bytes since, it is worth while at once.
    public static let worthwhileBytes: Int64 = 4 << 20

    /// When to look again at what reaches its limit in `seconds` at its rate; nil: never.
    static func span(toLimit seconds: Double?, longest: Double = longestSeconds) -> Double {
        guard let seconds else { return longest }
        return max(shortestSeconds, min(longest, seconds / share))
    }
}
