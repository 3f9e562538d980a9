import HostObservation
import LinuxSystem
import LogCut
import RotationCore

extension StepRunner {
    /// Waits until nobody writes to a file any more: true, or false where somebody still does, nil where it cannot be told;
    /// and what leases said last.
    func waitForRelease(
        of file: borrowing Descriptor, atMost limitMilliseconds: Int, _ memory: inout RunMemory
    ) throws -> (isReleased: Bool?, probe: HolderProbe) {
        var waited = 0
        while true {
            let probe = try rights.probe(file)
            let answer = try hasNoWriter(file, probe)
            guard answer == false else { return (answer, probe) }
            if waited >= limitMilliseconds || memory.releaseWaitLeftMilliseconds <= 0 { return (false, probe) }
            if StopSignal.arrived { return (false, probe) }
            let pause = min(100, 1 + waited / 4)
            sleep(milliseconds: UInt32(pause))
            waited += pause
            memory.releaseWaitLeftMilliseconds -= pause
        }
    }

    /// Who still writes to a renamed log after `signalwait`, or has it open if it is to be compressed; nil where nobody.
    func holder(of file: Ledger.Unreleased, _ settings: Settings, _ memory: inout RunMemory) throws -> String? {
        let opened = try directory(of: file.path).open(file.path.name, .reading)
        let limit = settings.signal == nil ? 0 : settings.signalWaitMilliseconds
        guard try waitForRelease(of: opened, atMost: limit, &memory).isReleased == false else { return nil }
        return FileText.stillWritten(by: try writers(of: opened))
    }

    private func writers(of file: borrowing Descriptor) throws -> String {
        let identity = try file.status().identity
        let writers = try rights.look(for: [identity])?.holders[identity]?.filter(\.canWrite) ?? []
        return writers.isEmpty ? "a process" : Set(writers.map(\.title)).sorted().joined(separator: ", ")
    }

    /// Whether no process writes to a file; nil where that cannot be told. Where leases tell nothing, what /proc shows of
    /// everybody has to do.
    private func hasNoWriter(_ file: borrowing Descriptor, _ probe: HolderProbe) throws -> Bool? {
        switch probe.writers {
        case .granted: return true
        case .refused: return false
        case .unknown:
            let identity = try file.status().identity
            guard let table = try rights.look(for: [identity]) else { return nil }
            if table.holders[identity]?.contains(where: \.canWrite) == true { return false }
            return table.gap == nil ? true : nil
        }
    }

    /// Why a log that was renamed is not to be read to its end yet; nil where it is.
    func reasonToWait(
        _ path: Path, _ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws -> String? {
        try reasonToWait(for: openSame(path, as: planned, memory), planned, settings, &memory)
    }

    /// - Parameter file: this process's only descriptor of it, for reading.
    func reasonToWait(
        for file: borrowing Descriptor, _ planned: PlannedStep, _ settings: Settings, _ memory: inout RunMemory
    ) throws -> String? {
        // One that was renamed in an earlier run has had its time.
        let isNew = planned.reason == .rotation || planned.reason == .unreleased
        let limit = isNew ? settings.signalWaitMilliseconds : 0
        let (isReleased, probe) = try waitForRelease(of: file, atMost: limit, &memory)
        switch isReleased {
        case false?: return FileText.stillWritten(by: try writers(of: file))
        case nil where planned.reason == .rotation: return FileText.writersUnknown
        case true?, nil: break
        }
        // The original goes when it is compressed: whoever reads it has to be through with it.
        let all = probe.doubt == nil ? probe.all : try rights.ask(file)
        guard all == .refused else { return nil }
        let identity = try file.status().identity
        let reader = try rights.look(for: [identity])?.holders[identity]?.first
        return reader.map { FileText.read(by: $0) } ?? FileText.holderUnseen
    }
}
