import LinuxSystem
import LogCut
import RotationCore

/// What a run knows besides its plan: each step takes it, and adds to it.
struct RunMemory {
    /// Of its cuts, and of cuts that earlier runs began.
    var cuts = CutMemory()
    /// Attributes of logs that were renamed, for those created in their place.
    var attributes: [Path: FileAttributes] = [:]
    /// Where logs were renamed to.
    var movedTo: [Path: Path] = [:]
    /// How much of a log that was renamed aside is in its archive, in bytes.
    var copiedBytes: [Path: Int64] = [:]
    /// What files that this run has renamed are now, where an inode's number belongs to a name.
    var renumbered: [FileIdentity: FileIdentity] = [:]
    /// How long compression still waits for writers of renamed logs in all: a hundred logs that nobody lets go must not hold
    /// a run up for minutes.
    var releaseWaitLeftMilliseconds = 15000
    /// Directories whose names are put on the disk together, once for all logs; nil where each is at once.
    var namesToSync: [Path]?
    /// Logs that a run with another state was ended in the middle of, or is at work on.
    var othersLogs: Set<Path> = []
    /// Who was told what.
    var signals = SignalMemory()
    /// When each log was last rotated.
    var state = RotationState()
    /// When the run began, where it is.
    let civilNow: CivilTime

    init(civilNow: CivilTime) {
        self.civilNow = civilNow
    }

    /// The file that a plan means, as it is called now.
    func current(_ identity: FileIdentity) -> FileIdentity { renumbered[identity] ?? identity }
}
