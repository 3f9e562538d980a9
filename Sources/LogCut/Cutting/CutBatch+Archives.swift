import Gzip
import HostObservation
import LinuxSystem
import RotationCore
import SystemPackage

/// How the archives come about.
extension CutBatch {
    /// A log whose archive has no room goes another way: false.
    func unlessRoomless(_ index: Int, _ cut: CutInProgress, _ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return true
        } catch let error as SystemError where error.isNoRoom && !cut.job.plan.isBinary && cut.hasArchive {
            try cut.archive?.undo(tools.removal)
            cut.forgetArchive()
            roomless.append((index, cut))
            cuts.removeAll { $0.index == index }
            return false
        }
    }

    /// Cuts logs for whose archives there is no room, one after the other, the biggest first.
    func stage() {
        cuts = roomless.sorted { $0.cut.expectedBytes > $1.cut.expectedBytes }
        roomless = []
        each(.nothing) { index, cut in
            var staged = try StagedCut(cut)
            try staged.perform(&memory)
            let outcome = Shrink(cut).perform()
            if case .collapsed = outcome { try cut.syncCollapsed() }
            results[index] = .cut(try cut.report(.punch, outcome))
        }
    }

    /// Small logs are compressed side by side: while threads have the ones, the next are read.
    func writeArchives() {
        var open: ArraySlice<(index: Int, cut: CutInProgress)> = []
        func finishFirst() {
            guard let (index, cut) = open.popFirst() else { return }
            one(index, cut) { index, cut in _ = try unlessRoomless(index, cut) { try cut.finishArchive() } }
        }
        // A block of memory each. A single log is compressed here: no thread need be started.
        let limit = cuts.count > 1 ? tools.workers.map { 2 * $0.limit } ?? 0 : 0
        for (index, cut) in cuts {
            let isHandedOver = cut.isSmall && limit > 0
            while let first = open.first?.cut, open.count >= limit || first.isArchiveReady || !isHandedOver {
                finishFirst()
            }
            var isOnItsWay = false
            one(index, cut) { index, cut in
                isOnItsWay = try unlessRoomless(index, cut) {
                    let directory = try cut.job.archive.map { try tools.cache.directory($0.directory) }
                    let (log, onProgress) = (cut.job.log, tools.onProgress)
                    try cut.beginArchive(in: directory, announce: announce) { done, total in
                        if StopSignal.arrived {
                            throw StepFailure(stoppedAt: log)
                        }
                        onProgress(log, done, total)
                    }
                    if isHandedOver { cut.handArchiveOver() } else { try cut.finishArchive() }
                }
            }
            if isOnItsWay, isHandedOver { open.append((index, cut)) }
        }
        while !open.isEmpty { finishFirst() }
        cuts.removeAll { results[$0.index] != nil }
    }

    func announce(_ entry: JournalEntry) throws {
        try journal?.write(memory.unresolved + [entry])
    }
}
