public import LinuxSystem

/// An archive as far as keeping it is concerned.
public struct RetainedArchive: Hashable, Sendable {
    /// Its bare name.
    public var name: Path
    /// When its content last changed.
    public var modified: Timestamp

    /// An archive.
    public init(name: Path, modified: Timestamp) {
        self.name = name
        self.modified = modified
    }
}

/// Which archives stay and which go. Pure: a list and the rules in, the parts of the list and reasons out.
public enum Retention {
    /// What becomes of a list of archives.
    public struct Verdict: Hashable, Sendable {
        /// Those that stay, newest first.
        public var keep: [RetainedArchive] = []
        /// Those that go, newest first, each with its reason.
        public var remove: [(archive: RetainedArchive, reason: StepReason)] {
            removed.map { ($0.archive, $0.reason) }
        }
        fileprivate var removed: [Removal] = []
    }

    fileprivate struct Removal: Hashable, Sendable {
        var archive: RetainedArchive
        var reason: StepReason
    }

    /// Applies `maxage`, then `rotate`.
    ///
    /// - Parameters:
    ///   - archives: newest first.
    ///   - newCount: archives that this rotation adds; they count for `limit` and are the newest.
    public static func apply(
        to archives: [RetainedArchive], limit: ArchiveLimit, newCount: Int, maximumAgeSeconds: Int64?, now: Timestamp
    ) -> Verdict {
        var verdict = Verdict()
        for archive in archives {
            let age = now.seconds(since: archive.modified)
            if let limit = maximumAgeSeconds, age > limit {
                verdict.removed.append(
                    Removal(archive: archive, reason: .expired(ageSeconds: age, limitSeconds: limit)))
            } else if case .count(let limit) = limit, verdict.keep.count + newCount >= limit {
                verdict.removed.append(Removal(archive: archive, reason: .surplus(limit: limit)))
            } else {
                verdict.keep.append(archive)
            }
        }
        return verdict
    }
}
