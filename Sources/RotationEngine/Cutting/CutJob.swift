import LinuxSystem
import RotationCore

/// A cut to be done: a step with what is in it.
struct CutJob {
    /// The step.
    var planned: PlannedStep
    /// The log.
    var log: Path
    /// Its archive; nil where it keeps none.
    var archive: Path?
    /// zlib's level; nil: the archive is plain.
    var level: Int?
    /// How.
    var plan: CutPlan

    /// nil where the step is no cut.
    init?(_ planned: PlannedStep) {
        guard case .cut(let log, let archive, let compression, let plan) = planned.step else { return nil }
        self.planned = planned
        self.log = log
        self.archive = archive
        self.plan = plan
        level = if case .gzip(let level)? = compression { level } else { nil }
    }
}
