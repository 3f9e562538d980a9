import LinuxSystem
import LogCut
public import RotationCore

/// How a step ended.
public enum StepResult: Hashable, Sendable {
    /// It was done; how many bytes it wrote or freed, where that says something.
    case done(bytes: Int64?)
    /// A log was cut.
    case cut(CutReport)
    /// These were sent the signal.
    case signalled([String])
    /// It was not needed any more, or has to wait; why.
    case left(String)
    /// It was not done; why.
    case failed(String)

    init(_ outcome: CutOutcome) {
        self =
            switch outcome {
            case .cut(let report): .cut(report)
            case .left(let why): .left(why)
            case .failed(let message): .failed(message)
            }
    }

    /// Whether what comes behind this step is done: what is not in its archive yet is not to be removed.
    func goesOn(behind step: PlannedStep) -> Bool {
        switch (self, step.step) {
        case (.failed, _), (.left, .archive), (.left, .cut): false
        default: true
        }
    }
}

/// A step's result, and what else its caller has to know.
struct StepOutcome {
    var result: StepResult
    /// What went wrong with a step that was done all the same.
    var complaint: Complaint?
    /// Whether it failed because there was no room.
    var hadNoRoom = false
    /// What logrotate says before its words for the step that failed; nil: nothing.
    var logrotate: LogrotateText?

    /// A sentence about a step that was done all the same.
    struct Complaint {
        var path: Path
        var message: String
        /// logrotate's words; nil: it is silent about it.
        var logrotate: LogrotateText?
    }

    init(_ result: StepResult, _ complaint: Complaint? = nil) {
        self.result = result
        self.complaint = complaint
    }

    init(_ failure: StepFailure) {
        result = failure.isForNow ? .left(failure.message) : .failed(failure.message)
        hadNoRoom = failure.isNoRoom
        logrotate = failure.logrotate
    }
}
