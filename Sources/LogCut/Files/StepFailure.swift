import Gzip
import HostObservation
import LinuxChanges
package import LinuxSystem
package import RotationCore
import SystemPackage

/// Why a step was not done, as a sentence that names the file.
package struct StepFailure: Error {
    package var message: String
    /// Whether nothing is wrong: the next run does it.
    package var isForNow = false
    /// Whether there was no room on the disk.
    package var isNoRoom = false
    /// Whether an archive that was being made holds what is nowhere else, and is kept.
    package var keepsArchive = false
    /// What logrotate says before its words for the step; nil: nothing.
    package var logrotate: LogrotateText?

    package init(_ message: String) {
        self.message = message
    }

    /// The log is not what was archived any more.
    package init(keepingArchive message: String) {
        self.message = message
        keepsArchive = true
    }

    /// A log was truncated by somebody else while it was archived: its archive has what is nowhere else.
    package init(truncated log: Path) {
        self.init(keepingArchive: CutText.truncatedByOthers(log, isKept: true))
    }

    /// This run is stopped, and nothing is lost by it.
    package init(stoppedAt path: Path) {
        self.init("\(path)\(Self.stopped)")
    }

    /// What such a failure ends with: the run says once that it was stopped, not for each file.
    package static let stopped = ": stopped by a signal; the next run begins again"

    /// Something is left alone for now; why.
    package init(leaving message: String) {
        self.message = message
        isForNow = true
    }

    /// The same, and what went wrong because of it; nil: nothing did.
    package func adding(_ other: String?) -> StepFailure {
        var failure = self
        if let other { failure.message += "; \(other)" }
        return failure
    }

    /// A sentence for any error that can come from below.
    package init(_ error: any Error, about path: Path) {
        switch error {
        case let failure as StepFailure: self = failure
        case let error as SystemError
        where error.errno == .notPermitted && error.path != nil && Accounts.effectiveUser == 0:
            self.init(FileText.perhapsImmutable(error))
        case let error as SystemError:
            self.init(error.description)
            isNoRoom = error.isNoRoom
        case let error as WalkError: self.init(error.description)
        case let error as GzipError: self.init("\(path): \(error)")
        default: self.init("\(path): \(error)")
        }
    }
}

extension SystemError {
    /// Whether there was no room on the disk, or none left of a quota.
    package var isNoRoom: Bool { errno == .noSpace || errno == .diskQuotaExceeded }
}

/// Calls `body`, and turns whatever it throws into a `StepFailure`.
package func explaining<Result>(_ path: Path, _ body: () throws -> Result) throws(StepFailure) -> Result {
    do {
        return try body()
    } catch {
        throw StepFailure(error, about: path)
    }
}
