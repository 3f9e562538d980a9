import LinuxSystem
package import RotationCore

/// What is in logs, and who has them open.
extension Observer {
    /// What of a log is pending, for somebody who only looks: a log with holes is asked, of another one its size tells.
    package func lookAtPending(_ log: inout LogObservation) {
        guard let status = log.status, status.kind == .regular,
            ledger.cuts[log.path] != nil || status.allocatedBytes < status.sizeBytes,
            let file = try? cache.directory(log.path.directory).open(log.path.name, .looking)
        else { return }
        file.adviseRandom()
        let scan = PendingScan(ledger.cuts[log.path], of: status)
        guard let runs = try? scan.runs(in: file, before: status.sizeBytes) else { return }
        log.exactPendingBytes = runs.reduce(0) { $0 + $1.count }
    }

    /// Looks into logs that are due: what of them is pending, whether they hold records, and who has them open. /proc is
    /// looked at once for all of them, and only if somebody has one open.
    ///
    /// - Parameter settings: what governs each of them.
    package func lookInto(_ logs: inout [LogObservation], _ settings: [Settings]) {
        var probes: [Int: HolderProbe] = [:]
        // What is pending without a last line that is not finished.
        var wholeLines: [Int: Int64] = [:]
        var firstPending: [Int: Int64] = [:]
        for index in logs.indices {
            guard let status = logs[index].status, status.kind == .regular, logs[index].sameFile == nil,
                let file = try? cache.directory(logs[index].path.directory).open(logs[index].path.name, .looking)
            else { continue }
            file.leaveInode()
            file.adviseRandom()
            let head = headFinding(of: logs[index].path, file, status, settings[index])
            logs[index].head = head
            let scan = PendingScan(ledger.cuts[logs[index].path], or: head, of: status)
            guard let runs = try? scan.runs(in: file, before: status.sizeBytes) else { continue }
            logs[index].exactPendingBytes = runs.reduce(0) { $0 + $1.count }
            logs[index].isBinary = (try? file.holdsRecords(logs[index].path.name, runs)) ?? false
            // NULs in records are theirs.
            if logs[index].isBinary { logs[index].exactPendingBytes = status.sizeBytes }
            guard
                settings[index].technique == .inPlace || settings[index].signal != nil
                    || settings[index].abandonedSeconds != nil
            else { continue }
            let probe = HolderProbe(file, closes: true)
            probes[index] = probe
            guard probe.isOpen, !logs[index].isBinary else { continue }
            firstPending[index] = runs.first?.offset
            // What cannot be read is said by the cut, and is no unfinished line.
            let end: Int64
            do throws(SystemError) { end = try file.endOfLastLine(in: runs)?.end ?? 0 } catch { continue }
            wholeLines[index] = runs.reduce(0) { $0 + max(0, min($1.end, end) - $1.offset) }
        }
        let open = probes.filter(\.value.isOpen).keys.compactMap { logs[$0].status?.identity }
        let table = HolderTable.lookIfPossible(for: Set(open))
        for (index, probe) in probes {
            guard let identity = logs[index].status?.identity else { continue }
            let holders = probe.knowledge(of: identity, probe.isOpen ? table : nil)
            logs[index].holders = holders
            guard settings[index].technique(for: holders, knowing: ledger.signals) == .inPlace else { continue }
            if logs[index].isBinary { logs[index].hindrance = .ofRecords(holders) }
            guard let bytes = wholeLines[index] else { continue }
            logs[index].exactPendingBytes = bytes
            guard let first = firstPending[index], let size = logs[index].status?.sizeBytes else { continue }
            let limit = CutLimit.decide(
                sizeBytes: size, grewBytes: 0, holders: holders, insists: settings[index].insistsOnCut,
                lossless: settings[index].lossless)
            logs[index].hindrance = .ofLines(
                limit, firstPendingByte: first, hasWholeLine: bytes > 0, holders: holders)
        }
    }
}
