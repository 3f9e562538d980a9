import Gzip
import LinuxSystem
import RotationCore

extension Executor {
    /// - Parameter canStop: whether a signal may end it; not once its archive has a name.
    private func copy(level: Int?, from offset: Int64 = 0, path: Path, totalBytes: Int64, canStop: Bool = true) throws
        -> ContentCopy
    {
        try ContentCopy(level: level, from: offset) { [onProgress] done in
            if canStop, StopSignal.arrived {
                throw StepFailure("\(path): stopped by a signal; the next run begins again")
            }
            onProgress(path, done, totalBytes)
        }
    }

    /// Copies a log to an archive and, if asked, truncates it: to the end, sync, what came since, and the name; then
    /// what came while it was named, and at once the truncation.
    func archive(
        _ path: Path, to target: Path, _ compression: Compression?, _ planned: PlannedStep, truncating: Bool
    ) throws -> StepResult {
        let level: Int? = if case .gzip(let level)? = compression { level } else { nil }
        if path != planned.subject, let why = try reasonToWait(path, planned) { return .left(why) }
        let log = try openSame(path, truncating ? .readingAndWriting : .reading, as: planned)
        log.adviseSequential()
        let attributes = try FileAttributes(of: log)
        let size = attributes.status.sizeBytes
        let pending = try PendingFile.begin(in: directory(of: target), name: target.name, attributes: attributes)
        do {
            let content = try copy(level: level, path: path, totalBytes: size)
            // A writer can be faster than this copy: the first round ends where the log ended when it began.
            try content.copyToEnd(from: log, to: pending.descriptor, atMost: size)
            try pending.descriptor.sync()
            let end = try log.status().sizeBytes
            try content.copyToEnd(from: log, to: pending.descriptor, atMost: max(end, size))
            try content.finish(to: pending.descriptor)
            // A compressed archive has the time of its log, however it was made; a plain copy that of its making, as
            // logrotate has it.
            logTimes[target] = attributes.status.modified
            if level != nil { try pending.descriptor.setModified(attributes.status.modified) }
            try pending.commit()
            copiedBytes[path] = content.offset
            if truncating {
                let archived = Archived(target: target, level: level, logModified: attributes.status.modified)
                try truncate(log, path, after: content.offset, archived, pending.descriptor)
            }
            return .done(bytes: try pending.descriptor.status().allocatedBytes)
        } catch {
            pending.abandon()
            throw error
        }
    }

    /// An archive that has its name while its log is still to be truncated.
    private struct Archived {
        var target: Path
        var level: Int?
        var logModified: Timestamp
    }

    /// A flood gets this many rounds; what comes in the last one's microseconds is lost.
    private static let tailRounds = 4

    private func truncate(
        _ log: borrowing Descriptor, _ path: Path, after offset: Int64, _ archived: Archived,
        _ archive: borrowing Descriptor
    ) throws {
        // What is no longer in the log is only in the archive.
        guard try log.status().sizeBytes >= offset else {
            throw StepFailure("\(path) was truncated by somebody else while it was archived; its archive is kept")
        }
        do {
            var offset = offset
            for _ in 0..<Self.tailRounds {
                // A member of its own: gzip's members can follow each other.
                let rest = try copy(level: archived.level, from: offset, path: path, totalBytes: offset, canStop: false)
                let end = try log.status().sizeBytes
                guard try rest.copyToEnd(from: log, to: archive, atMost: max(end, offset)) > 0 else { break }
                try rest.finish(to: archive)
                offset = rest.offset
            }
            try log.truncate(to: 0)
        } catch {
            // Otherwise the next run would archive the same lines again, as long as the log still has them.
            let directory = try directory(of: archived.target)
            if try log.status().sizeBytes >= offset,
                try directory.status(of: archived.target.name)?.identity == archive.status().identity
            {
                try directory.remove(archived.target.name)
            }
            throw error
        }
        if archived.level != nil { try archive.setModified(archived.logModified) }
        try archive.sync()
    }

    func truncate(_ path: Path, _ planned: PlannedStep) throws -> StepResult {
        let log = try openSame(path, .readingAndWriting, as: planned)
        let bytes = try log.status().allocatedBytes
        try log.truncate(to: 0)
        return .done(bytes: bytes)
    }

    func compress(_ path: Path, to target: Path, _ compression: Compression, _ planned: PlannedStep) throws
        -> StepResult
    {
        let source = try openSame(path, .reading, as: planned)
        if logTimes[path] == nil, let why = try reasonToWait(path, planned) {
            return .left("\(why); it is compressed at the next rotation")
        }
        source.adviseSequential()
        let attributes = try FileAttributes(of: source)
        let pending = try PendingFile.begin(in: directory(of: target), name: target.name, attributes: attributes)
        do {
            switch compression {
            case .gzip(let level):
                let content = try copy(level: level, path: path, totalBytes: attributes.status.sizeBytes)
                try content.copyToEnd(from: source, to: pending.descriptor)
                try content.finish(to: pending.descriptor)
            case .program(let command, let options):
                try programs.compress(source, path, to: pending.descriptor, command, options)
            }
            guard try source.status().sizeBytes == attributes.status.sizeBytes else {
                throw StepFailure("\(path) grew while it was compressed, and stays as it is until the next rotation")
            }
            try pending.descriptor.setModified(logTimes[path] ?? attributes.status.modified)
            try pending.commit()
        } catch {
            pending.abandon()
            throw error
        }
        let directory = try directory(of: path)
        guard try directory.status(of: path.name)?.identity == attributes.status.identity else {
            throw StepFailure("\(path) was replaced while it was compressed; both are kept")
        }
        try directory.remove(path.name)
        let freed = attributes.status.allocatedBytes - (try pending.descriptor.status().allocatedBytes)
        return .done(bytes: freed)
    }

    /// Waits until nobody writes to a file any more: true, or false where somebody still does. nil where it cannot be told.
    private func waitForRelease(of file: borrowing Descriptor) throws -> Bool? {
        var waited = 0
        while true {
            let answer = try hasNoWriter(file)
            guard answer == false else { return answer }
            if waited >= Self.releaseWaitMilliseconds || releaseWaitLeftMilliseconds <= 0 { return false }
            if StopSignal.arrived { return false }
            let pause = min(100, 1 + waited / 4)
            sleep(milliseconds: UInt32(pause))
            waited += pause
            releaseWaitLeftMilliseconds -= pause
        }
    }

    /// Leases of others' files are root's: with `su` the question is asked with this process's own rights.
    func hasNoWriter(_ file: borrowing Descriptor) throws -> Bool? {
        guard let account, let impersonation else { return file.hasNoWriter() }
        try impersonation.end()
        let answer = file.hasNoWriter()
        self.impersonation = try Impersonation(user: account.user, group: account.group)
        return answer
    }

    /// Why a log that was renamed just now is not to be read to its end yet; nil where it is.
    private func reasonToWait(_ path: Path, _ planned: PlannedStep) throws -> String? {
        let file = try openSame(path, .reading, as: planned)
        switch try waitForRelease(of: file) {
        case true?: return nil
        case false?: return "a process still writes to it"
        // One that was renamed in an earlier run has had its time.
        case nil: return planned.reason == .rotation ? "it cannot be told whether a process still writes to it" : nil
        }
    }

    func mail(_ path: Path, _ address: String, _ subject: Path, _ uncompressCommand: String?) throws
        -> StepResult
    {
        let file = try directory(of: path).open(path.name, .reading)
        guard try file.status().kind == .regular else { throw StepFailure("\(path) is no regular file") }
        try programs.mail(file, path, address: address, subject: subject, uncompressCommand: uncompressCommand)
        return .done(bytes: nil)
    }
}
