import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore

extension StepRunner {
    /// A log that nobody has any more goes if nothing was added to it since it was archived.
    func removeAbandoned(_ path: Path, in directory: Directory) throws -> StepResult {
        // Another descriptor of this process would be in the way of the lease.
        let status = try statusIfNothingPending(path, in: directory)
        guard let status else { return .left(FileText.writtenMeanwhile) }
        switch try removal.removeUnchanged(path.name, in: directory, status) {
        case .held(let who): return .left(who)
        case .removed(let bytes):
            ledger.record([.inUse(path), .whole(path)])
            return .done(bytes: bytes)
        }
    }

    private func statusIfNothingPending(_ path: Path, in directory: Directory) throws -> FileStatus? {
        let file = try directory.open(path.name, .looking)
        let status = try file.status()
        let scan = PendingScan(ledger.ledger.cuts[path], of: status)
        return try scan.runs(in: file, before: status.sizeBytes, atMost: 1).isEmpty ? status : nil
    }

    /// Whether somebody has an archive open, as far as a lease tells. Removing it asks again.
    func isHeld(_ file: SpaceFile) -> Bool {
        guard let opened = try? directory(of: file.path).open(file.path.name, .looking),
            (try? opened.status().identity) == file.identity, opened.reasonToDoubtHolders == nil
        else { return false }
        opened.adviseRandom()
        return HolderProbe.askForAll(opened) == .refused
    }

    /// The last resort of a floor.
    func emptyHeld(_ path: Path, in directory: Directory, _ status: FileStatus) throws -> StepResult {
        switch try removal.emptyHeld(path.name, in: directory, status) {
        case .held(let who): .left(who)
        case .removed(let bytes): .done(bytes: bytes)
        }
    }

    /// Frees a deleted file that processes hold, if its holders still allow that.
    func free(_ path: Path, _ planned: PlannedStep) throws -> StepResult {
        let held = try HeldFiles.look(under: [path.directory])
        guard let file = held.files.first(where: { $0.identity == planned.identity }) else {
            return .left(FileText.nobodyHolds)
        }
        var result = StepResult.left(FileText.nobodyHolds)
        var reclaim = HeldReclaim()
        reclaim.reclaim([file]) { _, outcome in
            switch outcome {
            case .freed(let bytes, _): result = .done(bytes: bytes)
            case .gone: break
            case .refused(let obstacle, _): result = .left("\(obstacle)")
            case .failed(let message, _): result = .failed(FileText.deleted(path, message))
            }
        }
        return result
    }
}
