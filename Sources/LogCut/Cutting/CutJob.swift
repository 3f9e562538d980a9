package import LinuxSystem
package import RotationCore

/// A cut to be done.
package struct CutJob {
    /// The log.
    package var log: Path
    /// The file that is meant; another one under the name is left alone. nil: whatever has it.
    package var identity: FileIdentity?
    /// Its archive; nil where it keeps none.
    package var archive: Path?
    /// gzip's level; nil: the archive is plain.
    package var level: Int?
    /// How.
    package var plan: CutPlan
    /// Whether nobody will finish its last line: it is archived too.
    package var takesUnfinishedLine: Bool

    /// A cut of a log.
    package init(
        log: Path, identity: FileIdentity?, archive: Path?, level: Int?, plan: CutPlan,
        takesUnfinishedLine: Bool = false
    ) {
        self.log = log
        self.identity = identity
        self.archive = archive
        self.level = level
        self.plan = plan
        self.takesUnfinishedLine = takesUnfinishedLine
    }
}
