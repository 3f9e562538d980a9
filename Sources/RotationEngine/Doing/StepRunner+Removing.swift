import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore

extension StepRunner {
    /// Whether a log that was cut holds more, as one does that is in very many pieces.
    func isPending(_ path: Path, _ planned: PlannedStep, _ memory: RunMemory) throws -> Bool {
        let file = try openSame(path, as: planned, memory)
        let status = try file.status()
        let scan = PendingScan(ledger.ledger.cuts[path], of: status)
        return try !scan.runs(in: file, before: status.sizeBytes, atMost: 1).isEmpty
    }

    /// Why an archive cannot go now: somebody has it open. nil where it can, and where it is no archive that goes.
    func reasonToKeep(_ planned: PlannedStep) -> String? {
        guard case .remove(let path, _) = planned.step, planned.reason.isRetention,
            let file = try? directory(of: path).open(path.name, .reading), (try? rights.ask(file)) == .refused
        else { return nil }
        return FileText.removedLater("somebody has it open")
    }

    func remove(
        _ path: Path, _ shredCycles: Int?, _ planned: PlannedStep, _ memory: RunMemory
    ) throws -> StepResult {
        let directory = try directory(of: path)
        guard let status = try directory.status(of: path.name) else { return .left("it is gone") }
        // What goes is what was seen here: a second look could see another file.
        try requireSame(status, path, as: planned, memory)
        guard status.kind == .regular else { throw StepFailure(FileText.notRegular(path)) }
        if planned.reason == .leftover, path.name.hasPrefix(OwnNames.goingPrefix) {
            guard let left = removal.removeEmptied(path.name, in: directory) else {
                return .done(bytes: status.allocatedBytes)
            }
            return left.isError ? .failed(left.message) : .left(left.message)
        }
        if case .abandoned = planned.reason { return try removeAbandoned(path, in: directory) }
        if case .evicted(let reason) = planned.reason, reason.tier == .held {
            return try emptyHeld(path, in: directory, status)
        }
        if planned.reason == .copied {
            if let copied = memory.copiedBytes[path] {
                guard status.sizeBytes <= copied else {
                    return .left(FileText.grewAfterCopy)
                }
            } else if ledger.ledger.isCopied(path, status, tools.cache) {
                switch try removal.removeUnchanged(path.name, in: directory, status) {
                case .held(let who): return .left(FileText.removedLater(who))
                case .removed(let bytes):
                    ledger.record([.released(path)])
                    return .done(bytes: bytes)
                }
            } else if try isPending(path, planned, memory) {
                return .left(FileText.notAllArchived)
            }
        }
        // What has further names goes on existing under those.
        if let shredCycles, status.linkCount == 1 {
            if case .refused = try rights.ask(directory.open(path.name, .reading)) {
                return .left(FileText.removedLater("somebody has it open"))
            }
            // The descriptor, not the name: nobody can put another file in its place.
            let file = try openSameForWriting(path, as: planned, memory)
            try programs.shred(file, path, cycles: shredCycles)
            try requireSame(path.name, in: directory, as: planned, memory)
        }
        switch try removal.remove(path.name, in: directory, status) {
        case .held(let who): return .left(FileText.removedLater(who))
        case .removed(let bytes):
            ledger.record([.released(path)])
            return .done(bytes: bytes)
        }
    }
}
