import HostObservation
import LinuxSystem
import RotationCore
import SystemPackage

/// The look between the archives and the cut.
extension CutBatch {
    func lookAgain() {
        var table: HolderTable?
        let held = cuts.filter { (try? $0.cut.isStillNobodys()) != true }
        if !held.isEmpty { table = look(for: held.map(\.cut)) }
        let identities = Set(held.map(\.cut.identity))
        waitForReaders()
        each { _, cut in
            try cut.recheck(identities.contains(cut.identity) ? table ?? HolderTable.unseen : nil)
            if cut.isDoubtful { try compare(cut) }
        }
    }

    /// So long the readers of all logs together are waited for, in milliseconds; and so long while none of them gets on:
    /// syslog-ng and the `tail -F` of busybox look once a second.
    private static let readersMilliseconds = (most: 2000, idle: 1100)

    /// A follower that is a little behind reads on, and not a hole. Whoever has stopped is not waited for.
    func waitForReaders() {
        var behind = cuts.flatMap { _, cut in cut.readersBehind.map { (cut.identity, cut.end, $0) } }
        var waited = 0
        var idle = 0
        while !behind.isEmpty, waited < Self.readersMilliseconds.most, idle < Self.readersMilliseconds.idle {
            sleep(milliseconds: 5)
            waited += 5
            idle += 5
            behind = behind.compactMap { identity, end, reader in
                guard let now = try? HolderTable.lookAgain(at: reader, of: identity), now.position < end else {
                    return nil
                }
                if now.position > reader.position { idle = 0 }
                return (identity, end, now)
            }
        }
    }

    /// Where it is not known who writes, all of it is compared: what is not as it was archived was written over.
    func compare(_ cut: CutInProgress) throws {
        guard let entry = try cut.entry(), let archive = cut.archive else { return }
        let copy = try archive.descriptor.duplicate()
        guard try ArchivedBytes.match(entry, copy, log: cut.log, before: cut.end) else {
            throw cut.writtenOver
        }
        cut.remarks.append(CutText.compared)
    }
}
