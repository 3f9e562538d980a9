import HostObservation
import LinuxChanges
public import LinuxSystem
import LogCut
public import RotationCore
import SystemPackage

/// Frees deleted files that processes still hold. The processes are left alone, and what they write later is kept.
public struct HeldReclaim: Sendable {
    /// What became of a file.
    public enum Outcome: Hashable, Sendable {
        /// So many bytes were freed; where its content was saved.
        case freed(bytes: Int64, archive: Path?)
        /// Nobody holds it any more; where its content was saved before.
        case gone(archive: Path?)
        /// It was not freed, and why; where its content was saved already.
        case refused(HeldObstacle, archive: Path?)
        /// It was not freed: something failed; where its content was saved already.
        case failed(String, archive: Path?)
    }

    private let archiveDirectory: Directory?
    private let insists: Bool
    private var table: (value: DeletedFileTable, atSeconds: Double)?

    /// - Parameters:
    ///   - archiveDirectory: where the content is saved first; nil: it is thrown away.
    ///   - insists: files are freed whoever holds them.
    public init(archiveDirectory: Directory? = nil, insists: Bool = false) {
        self.archiveDirectory = archiveDirectory
        self.insists = insists
    }

    /// Why a file would not be freed, as far as can be told without touching it.
    public func obstacle(of file: DeletedFile) -> HeldObstacle? {
        if case .refused(let obstacle) = decide(file, sizeBytes: file.status.sizeBytes) { return obstacle }
        return nil
    }

    private func decide(_ file: DeletedFile, sizeBytes: Int64) -> HeldDecision {
        .decide(
            holders: file.holders, sizeBytes: sizeBytes, isUnnamed: file.isUnnamed, saves: archiveDirectory != nil,
            insists: insists)
    }

    /// Frees files, one after the other, as far as they may be freed now: their holders are looked for again before.
    public mutating func reclaim(_ files: [DeletedFile], told tell: (DeletedFile, Outcome) -> Void) {
        let wanted = Set(files.map(\.identity))
        for file in files {
            var archive: Path?
            let outcome: Outcome
            do {
                outcome = try reclaim(file, wanted, &archive)
            } catch let error as HeldRefusal {
                outcome = .refused(error.obstacle, archive: archive)
            } catch {
                outcome = .failed("\(error)", archive: archive)
            }
            tell(file, outcome)
        }
    }

    private mutating func reclaim(
        _ known: DeletedFile, _ wanted: Set<FileIdentity>, _ archive: inout Path?
    ) throws -> Outcome {
        guard let file = try current(known, wanted, maximumAgeSeconds: Self.patienceSeconds) else {
            return try gone(known, archive: nil)
        }
        // Refused at once, whatever opening it would say.
        _ = try allowed(file, file.status.sizeBytes)
        guard let descriptor = try open(file) else { return .gone(archive: nil) }
        let limit = try allowed(file, try descriptor.status().sizeBytes)
        guard let archiveDirectory else { return try empty(descriptor, file, limit) }
        let saved = try HeldArchive.save(descriptor, upTo: limit, in: archiveDirectory)
        archive = saved.path
        // Saving takes its time: whoever came meanwhile may have changed what was saved.
        guard let again = try current(known, wanted, maximumAgeSeconds: 0) else {
            return try gone(known, archive: archive)
        }
        guard try allowed(again, limit) >= limit else { throw HeldChange() }
        let before = try descriptor.status().allocatedBytes
        if try !punch(descriptor, limit) {
            try mayTruncate(again)
            try saved.addRestAndTruncate(descriptor)
        }
        return .freed(bytes: max(0, before - (try descriptor.status().allocatedBytes)), archive: archive)
    }

    private func open(_ file: DeletedFile) throws -> Descriptor? {
        do throws(SystemError) {
            return try file.open(archiveDirectory == nil ? .writing : .readingAndWriting)
        } catch {
            guard error.errno == .textFileBusy, let holder = file.holders.first(where: { $0.descriptor == nil }) else {
                throw error
            }
            throw HeldRefusal(obstacle: .runs(holder))
        }
    }

    private func empty(_ descriptor: borrowing Descriptor, _ file: DeletedFile, _ limit: Int64) throws -> Outcome {
        let before = try descriptor.status().allocatedBytes
        if try !punch(descriptor, limit) {
            try mayTruncate(file)
            try descriptor.truncate(to: 0)
        }
        return .freed(bytes: max(0, before - (try descriptor.status().allocatedBytes)), archive: nil)
    }

    /// What was seen a moment ago need not be looked for again for each of many files.
    private static let patienceSeconds = 0.5

    /// The file and its holders as they are now; nil: nobody has it any more.
    private mutating func current(
        _ file: DeletedFile, _ wanted: Set<FileIdentity>, maximumAgeSeconds: Double
    ) throws(SystemError) -> DeletedFile? {
        let now = monotonicSeconds()
        if table.map({ now - $0.atSeconds >= maximumAgeSeconds }) ?? true {
            let devices = Set(wanted.map(\.device))
            table = (try DeletedFileTable.look(for: wanted, memoryDevices: devices), now)
        }
        return table?.value.files.first { $0.identity == file.identity }
    }

    /// Nobody has it any more, unless it is there and nobody could be looked into.
    private func gone(_ file: DeletedFile, archive: Path?) throws -> Outcome {
        if try file.open(.reading) != nil { throw HeldUnseen() }
        return .gone(archive: archive)
    }

    private func allowed(_ file: DeletedFile, _ sizeBytes: Int64) throws -> Int64 {
        switch decide(file, sizeBytes: sizeBytes) {
        case .free(let limit): return limit
        case .refused(let obstacle): throw HeldRefusal(obstacle: obstacle)
        }
    }

    /// Where there are no holes: a writer that does not append would leave a file of NULs, and a process that has the file
    /// mapped would be ended by SIGBUS.
    private func mayTruncate(_ file: DeletedFile) throws {
        if let holder = file.holders.first(where: { $0.descriptor == nil }) {
            throw HeldRefusal(obstacle: .mapped(holder))
        }
        if !insists, let holder = file.holders.first(where: { !$0.appends }) {
            throw HeldRefusal(obstacle: .noHoles(holder))
        }
    }

    private static let blockBytes: Int64 = 64 << 10

    /// Punches exactly what may go, and not a byte of what comes later; false where the file system has no holes.
    private func punch(_ file: borrowing Descriptor, _ limit: Int64) throws(SystemError) -> Bool {
        guard limit > 0 else { return true }
        do throws(SystemError) {
            try file.punchHole(from: 0, lengthBytes: limit)
        } catch {
            if error.errno == .notSupported || error.errno == .noFunction { return false }
            // A full btrfs has no room to rewrite the rest of a block: whole ones need none.
            let whole = limit / Self.blockBytes * Self.blockBytes
            guard error.errno == .noSpace, whole > 0 else { throw error }
            try file.punchHole(from: 0, lengthBytes: whole)
            // With their room back on the disk the rest has some. If not, it stays: saved and still there, not lost.
            try file.sync()
            try? file.punchHole(from: whole, lengthBytes: limit - whole)
        }
        return true
    }
}

private struct HeldRefusal: Error {
    let obstacle: HeldObstacle
}

private struct HeldUnseen: Error, CustomStringConvertible {
    let description = "who holds it could not be looked at; it was not freed"
}

private struct HeldChange: Error, CustomStringConvertible {
    let description = "a writer went back in it while it was saved; it was not freed"
}
