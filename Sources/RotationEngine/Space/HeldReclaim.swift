public import LinuxSystem
public import RotationCore
import SystemPackage

/// Frees deleted files that processes still hold. The processes are left alone, and what they write later is kept.
public struct HeldReclaim: Sendable {
    /// What became of a file.
    public enum Outcome: Hashable, Sendable {
        /// So many bytes were freed; where its content was saved.
        case freed(bytes: Int64, archive: Path?)
        /// Nobody holds it any more.
        case gone
        /// It was not freed, and why; where its content was saved already.
        case refused(HeldObstacle, archive: Path?)
        /// It was not freed: something failed; where its content was saved already.
        case failed(String, archive: Path?)
    }

    private let archiveDirectory: Directory?
    private let insists: Bool

    /// - Parameters:
    ///   - archiveDirectory: where the content is saved first; nil: it is thrown away.
    ///   - insists: files are freed whoever holds them.
    public init(archiveDirectory: Directory? = nil, insists: Bool = false) {
        self.archiveDirectory = archiveDirectory
        self.insists = insists
    }

    /// Whether a file would be freed, as far as can be told without touching it.
    public func obstacle(of file: DeletedFile) -> HeldObstacle? {
        if case .refused(let obstacle) = decide(file, sizeBytes: file.status.sizeBytes) { return obstacle }
        return nil
    }

    private func decide(_ file: DeletedFile, sizeBytes: Int64) -> HeldDecision {
        .decide(
            holders: file.holders, sizeBytes: sizeBytes, isUnnamed: file.isUnnamed, saves: archiveDirectory != nil,
            insists: insists)
    }

    /// Frees a file, if it may be freed now: its holders are looked for again before.
    public func reclaim(_ file: DeletedFile) -> Outcome {
        var archive: Path?
        do {
            return try reclaim(file, &archive)
        } catch let error as HeldRefusal {
            return .refused(error.obstacle, archive: archive)
        } catch {
            return .failed("\(error)", archive: archive)
        }
    }

    private func reclaim(_ known: DeletedFile, _ archive: inout Path?) throws -> Outcome {
        guard let file = try current(known),
            let descriptor = try file.open(archiveDirectory == nil ? .writing : .readingAndWriting)
        else { return .gone }
        let before = try descriptor.status()
        let limit = try allowed(file, before.sizeBytes)
        if try hasHoles(descriptor, before) {
            if let archiveDirectory {
                archive = try HeldArchive.save(descriptor, upTo: limit, in: archiveDirectory)
                // Saving takes its time: whoever came meanwhile may have changed what was saved.
                guard let again = try current(known) else { return .gone }
                let stillAllowed = try allowed(again, limit)
                guard stillAllowed >= limit else { throw HeldChange() }
            }
            try punch(descriptor, limit)
        } else {
            if !insists, let holder = file.holders.first(where: { !$0.appends }) {
                throw HeldRefusal(obstacle: .noHoles(holder))
            }
            if let archiveDirectory {
                archive = try HeldArchive.saveAndTruncate(descriptor, in: archiveDirectory)
            } else {
                try descriptor.truncate(to: 0)
            }
        }
        let freed = before.allocatedBytes - (try descriptor.status().allocatedBytes)
        return .freed(bytes: max(0, freed), archive: archive)
    }

    /// The file and its holders as they are now; nil: nobody has it any more.
    private func current(_ file: DeletedFile) throws(SystemError) -> DeletedFile? {
        let table = try DeletedFileTable.look(for: [file.identity], memoryDevices: [file.identity.device])
        return table.files.first
    }

    private func allowed(_ file: DeletedFile, _ sizeBytes: Int64) throws -> Int64 {
        switch decide(file, sizeBytes: sizeBytes) {
        case .free(let limit): return limit
        case .refused(let obstacle): throw HeldRefusal(obstacle: obstacle)
        }
    }

    /// Asked by a hole far behind the end, where nothing is.
    private func hasHoles(_ file: borrowing Descriptor, _ status: FileStatus) throws(SystemError) -> Bool {
        do throws(SystemError) {
            let behind = (status.sizeBytes / Self.blockBytes + 1024) * Self.blockBytes
            try file.punchHole(from: behind, lengthBytes: Self.blockBytes)
            return true
        } catch {
            guard error.errno == .notSupported || error.errno == .noFunction else { throw error }
            return false
        }
    }

    private static let blockBytes: Int64 = 64 << 10

    /// Punches exactly what may go: not a byte of what comes later.
    private func punch(_ file: borrowing Descriptor, _ limit: Int64) throws(SystemError) {
        guard limit > 0 else { return }
        do throws(SystemError) {
            try file.punchHole(from: 0, lengthBytes: limit)
        } catch {
            // A full btrfs has no room to rewrite the rest of a block: whole ones need none.
            let whole = limit / Self.blockBytes * Self.blockBytes
            guard error.errno == .noSpace, whole > 0 else { throw error }
            try file.punchHole(from: 0, lengthBytes: whole)
        }
    }
}

private struct HeldRefusal: Error {
    let obstacle: HeldObstacle
}

private struct HeldChange: Error, CustomStringConvertible {
    let description = "a writer went back in it while it was saved; it was not freed"
}
