import LinuxSystem

/// `abandoned`: a log that nobody has open and nobody wrote to for long is archived whole, left empty, and removed one run
/// later, if it is still so then.
extension DueRule {
    /// Whether it is worth asking who has a log open.
    public func mayBeAbandoned(_ log: LogObservation, _ settings: Settings) -> Bool {
        guard let limit = settings.abandonedSeconds, let status = log.status, status.kind == .regular else {
            return false
        }
        return now.seconds(since: status.modified) > limit || (log.wasAbandoned && log.pendingBytes == 0)
    }

    /// Why a log is archived whole; nil where it is not abandoned.
    func abandonment(of log: LogObservation, _ status: FileStatus, _ settings: Settings) -> DueReason? {
        guard let limit = settings.abandonedSeconds, log.isUnheld else { return nil }
        let age = now.seconds(since: status.modified)
        return age > limit ? .abandoned(ageSeconds: age, limitSeconds: limit) : nil
    }

    /// Why a log itself is removed; nil where it stays. One that never held anything needs no archive.
    func removalOfAbandoned(_ log: LogObservation, _ settings: Settings) -> StepReason? {
        guard let limit = settings.abandonedSeconds, log.isUnheld, log.pendingBytes == 0, !log.isUnresolved,
            log.sameFile == nil, let status = log.status, status.kind == .regular, status.linkCount == 1
        else { return nil }
        let age = now.seconds(since: status.modified)
        return log.wasAbandoned || age > limit ? .abandoned(ageSeconds: age, limitSeconds: limit) : nil
    }
}

extension Settings {
    /// How a log is rotated that goes away with that: in place, because nobody writes to it, and compressed at once,
    /// because there is no next rotation.
    var forAbandoned: Settings {
        var settings = self
        settings.copytruncate = true
        settings.signal = nil
        settings.method = nil
        settings.lossless = false
        settings.delaysCompression = false
        settings.compresses = true
        return settings
    }
}
