public import LinuxSystem

/// A run that a watch starts, and why.
public struct WatchRun: Hashable, Sendable {
    /// Why a run is started.
    public enum Reason: Hashable, Sendable {
        /// The watch begins: a run before may have been interrupted.
        case start
        /// A minute is over: what goes by time, age or count is due then.
        case minute
        /// A file system has less free than its floor, or will have before the work is done.
        case floor(Path)
        /// The live logs of a space have reached its trigger together.
        case live(Path)
        /// The logs of a space have grown by a good part of its budget.
        case budget(Path)
        /// So many logs have reached their limits.
        case sizes(count: Int)
        /// Somebody asked for it.
        case asked
    }

    /// Why.
    public var reason: Reason
    /// Only these logs; empty: all.
    public var only: [Path]
    /// How much earlier than at a floor live logs are rotated for it, in bytes.
    public var headroomBytes: Int64

    /// A run.
    public init(_ reason: Reason, only: [Path] = [], headroomBytes: Int64 = 0) {
        self.reason = reason
        self.only = only
        self.headroomBytes = headroomBytes
    }

    /// Whether it is for all logs.
    public var isWhole: Bool { only.isEmpty }

    /// Whether it is for room, which can be missing for ever.
    var isForSpace: Bool {
        switch reason {
        case .floor, .live, .budget: true
        case .start, .minute, .sizes, .asked: false
        }
    }
}

/// What became of a run.
public enum WatchRunEnd: Hashable, Sendable {
    /// It ended by itself, and gave so many bytes back, or took as many out of logs that grew meanwhile.
    case ended(exitStatus: Int32, freedBytes: Int64)
    /// Another run was at work.
    case busy
    /// A signal ended it, or it could not be started.
    case crashed
}
