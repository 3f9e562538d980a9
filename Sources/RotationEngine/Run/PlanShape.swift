import LinuxSystem
import RotationCore

// What the shape of a plan says of how it is carried out.

extension StanzaPlan {
    /// Whether the logs that are due have no more than 256 KiB on average: what is too old goes when all of those that are cut
    /// together have their archives.
    var hasSmallLogs: Bool {
        var excessBytes: Double = 0
        for item in decisions where item.decision.isRotation {
            excessBytes += Double(item.log.status?.sizeBytes ?? 0) - Double(256 << 10)
        }
        return excessBytes <= 0
    }

    /// Whether writers are told by a signal.
    var hasSignals: Bool { groups.contains { $0.logs.contains { $0.signal != nil } } }
}

extension GroupPlan {
    /// Whether no script is run for it.
    var isFree: Bool { prerotate == nil && postrotate == nil && !isShared }
}

extension [PlannedStep] {
    /// Whether this chain is a compression that others can be done together with.
    var isCompressionAlone: Bool { count == 1 && allSatisfy(CompressionBatch.takes) }

    /// Whether it takes an archive away, without a script, a mail or shred(1).
    var isRemovalAlone: Bool {
        if count == 1, case .remove(_, nil) = self[0].step { true } else { false }
    }
}

extension LogPlan {
    /// What is done although the script that should have seen the newest archive failed: older ones are compressed, and what
    /// is too much goes, but for one, as with logrotate: the newest one is as good as not there.
    var finishWithoutNewest: [[PlannedStep]] {
        var chains = finish.filter { chain in
            guard let last = chain.last else { return false }
            switch last.step {
            case .compress(let path, _, _): return path != archive
            case .remove: return last.reason.isRetention
            default: return false
            }
        }
        // The oldest go first: the last of them is the newest of what is too much.
        if let spared = chains.lastIndex(where: { $0.last?.reason.isRetention == true }) { chains.remove(at: spared) }
        return chains
    }

    /// The newest archive, before numbers are moved.
    var newestArchive: Path? {
        let shifts = prepare.compactMap { planned -> Path? in
            if case .shift(let path, _) = planned.step { return path }
            return nil
        }
        return shifts.last
    }

    /// Whether its archive is plain until its scripts have seen it.
    var isCompressedLater: Bool {
        finish.contains { chain in
            if case .compress(let path, _, _)? = chain.first?.step { path == archive } else { false }
        }
    }

    /// Whether its rotation is a cut and nothing else.
    var isCutAlone: Bool {
        if rotate.count == 1, case .cut = rotate[0].step { return true }
        return false
    }
}
