import Gzip
import LinuxSystem
import RotationCore
import SystemPackage

/// How a step ended.
public enum StepResult: Hashable, Sendable {
    /// It was done; how many bytes it wrote or freed, where that says something.
    case done(bytes: Int64?)
    /// It was not needed any more, or has to wait; why.
    case left(String)
    /// It was not done; why.
    case failed(String)
}

/// Carries single steps out. What to do with failures its caller knows.
final class Executor {
    let cache: DirectoryCache
    let programs: ProgramRunner
    let onProgress: (Path, Int64, Int64) -> Void
    /// Attributes of logs that were renamed, for those created in their place.
    var attributes: [Path: FileAttributes] = [:]
    /// When the logs were last written of which copies were made, by the copies' paths.
    var logTimes: [Path: Timestamp] = [:]
    /// How much of a log that was renamed aside is in its archive.
    var copiedBytes: [Path: Int64] = [:]
    /// Where logs were renamed to.
    var movedTo: [Path: Path] = [:]
    /// The rights that steps are done with while a stanza's `su` holds.
    var impersonation: Impersonation?
    var account: Account?

    /// How long compression waits until nobody writes to a renamed log any more.
    static let releaseWaitMilliseconds = 5000
    /// How long it waits in all: a hundred logs that nobody lets go must not hold a run up for minutes.
    var releaseWaitLeftMilliseconds = 15000

    /// - Parameter onProgress: called on long work with a path, the bytes done and all bytes.
    init(cache: DirectoryCache, programs: ProgramRunner, onProgress: @escaping (Path, Int64, Int64) -> Void) {
        self.cache = cache
        self.programs = programs
        self.onProgress = onProgress
    }

    /// Does a step with the rights that the stanza asks for. Scripts keep those of this process.
    func perform(_ planned: PlannedStep, _ settings: Settings) -> StepResult {
        do throws(StepFailure) {
            if case .run(let kind, let script, let arguments) = planned.step {
                try programs.runScript(kind, script, arguments, about: planned.subject, settings)
                return .done(bytes: nil)
            }
            guard let account = settings.account else { return try perform(planned, settings.uncompressCommand) }
            self.account = account
            impersonation = try explaining(planned.subject) {
                try Impersonation(user: account.user, group: account.group)
            }
            defer {
                impersonation = nil
                self.account = nil
            }
            let result: Result<StepResult, StepFailure>
            do throws(StepFailure) { result = .success(try perform(planned, settings.uncompressCommand)) } catch {
                result = .failure(error)
            }
            try explaining(planned.subject) { try impersonation?.end() }
            return try result.get()
        } catch {
            return .failed(error.message)
        }
    }

    private func perform(_ planned: PlannedStep, _ uncompressCommand: String?) throws(StepFailure) -> StepResult {
        switch planned.step {
        case .run: return .done(bytes: nil)
        case .makeDirectory(let path, let ownership):
            return try explaining(path) { try makeDirectory(path, ownership, for: planned.subject) }
        case .shift(let path, let target), .move(let path, let target):
            return try explaining(path) { try rename(path, to: target, planned) }
        case .create(let path, let ownership):
            return try explaining(path) { try create(path, ownership) }
        case .archive(let path, let target, let compression):
            return try explaining(path) { try archive(path, to: target, compression, planned, truncating: false) }
        case .archiveAndTruncate(let path, let target, let compression):
            return try explaining(path) { try archive(path, to: target, compression, planned, truncating: true) }
        case .truncate(let path):
            return try explaining(path) { try truncate(path, planned) }
        case .compress(let path, let target, let compression):
            return try explaining(path) { try compress(path, to: target, compression, planned) }
        case .mail(let path, let address, let subject):
            return try explaining(path) { try mail(path, address, subject, uncompressCommand) }
        case .remove(let path, let cycles):
            return try explaining(path) { try remove(path, cycles, planned) }
        }
    }

    func directory(of path: Path) throws(WalkError) -> Directory {
        try cache.directory(path.directory)
    }
}

// MARK: - Names

extension Executor {
    /// Throws where the name stands for another file than the one that was planned for.
    func requireSame(_ name: Path, in directory: Directory, as planned: PlannedStep) throws {
        guard let expected = planned.identity else { return }
        guard let status = try directory.status(of: name) else {
            throw StepFailure("\(directory.path.appending(name)) has gone since it was looked at")
        }
        guard status.identity == expected else {
            throw StepFailure(
                "\(directory.path.appending(name)) was replaced since it was looked at; the next run sees to it")
        }
    }

    /// Opens the file that was planned for, or throws.
    func openSame(_ path: Path, _ access: Directory.Access, as planned: PlannedStep) throws -> Descriptor {
        let file = try directory(of: path).open(path.name, access)
        let status = try file.status()
        guard status.kind == .regular else { throw StepFailure("\(path) is no regular file") }
        if let expected = planned.identity, status.identity != expected {
            throw StepFailure("\(path) was replaced since it was looked at; the next run sees to it")
        }
        return file
    }

    private func makeDirectory(_ path: Path, _ ownership: Ownership, for log: Path) throws -> StepResult {
        // Those above it are made with it, if they are missing too.
        if (try? cache.directory(path.directory)) == nil, path.directory != path {
            cache.forget(path.directory)
            _ = try makeDirectory(path.directory, ownership, for: log)
        }
        let parent = try directory(of: path)
        let mode = ownership.mode ?? 0o755
        do throws(SystemError) {
            // Nobody else gets in before it belongs to whom it shall.
            try parent.makeDirectory(path.name, mode: mode & 0o700)
        } catch {
            guard error.errno == .fileExists else { throw error }
            return .left("it exists")
        }
        cache.forget(path)
        let made = try cache.directory(path)
        let status = made.status
        try made.setAttributes(
            mode: mode, owner: ownership.owner ?? status.owner, group: ownership.group ?? status.group)
        try parent.sync()
        return .done(bytes: nil)
    }

    private func rename(_ path: Path, to target: Path, _ planned: PlannedStep) throws -> StepResult {
        let source = try directory(of: path)
        let destination = try directory(of: target)
        if case .move = planned.step {
            let log = try openSame(path, .reading, as: planned)
            attributes[path] = try FileAttributes(of: log)
            movedTo[path] = target
        }
        try requireSame(path.name, in: source, as: planned)
        do throws(SystemError) {
            try source.rename(path.name, to: target.name, in: destination)
        } catch {
            throw StepFailure(Self.sentence(for: error, path, target))
        }
        // Somebody can have exchanged the name in between: then the wrong file goes back, and nothing else is done.
        if let expected = planned.identity, try destination.status(of: target.name)?.identity != expected {
            try destination.rename(target.name, to: path.name, in: source)
            throw StepFailure("\(path) was replaced while it was renamed; the next run sees to it")
        }
        try destination.sync()
        if source !== destination { try source.sync() }
        return .done(bytes: nil)
    }

    private static func sentence(for error: SystemError, _ path: Path, _ target: Path) -> String {
        let remedy =
            switch error.errno {
            case .improperLink: "; they are on different mounts: renamecopy, copy or copytruncate can cross them"
            case .fileExists: "; what has that name was not there before, and is not replaced"
            case .notPermitted: "; is one of them append-only or immutable (lsattr)? chattr -ai allows it"
            default: ""
            }
        return "cannot rename \(path) to \(target): \(error.errno)" + remedy
    }

    private func create(_ path: Path, _ ownership: Ownership) throws -> StepResult {
        guard let old = attributes[path] else { throw StepFailure("\(path): there is no log to create it like") }
        let wanted = old.changed(by: ownership)
        let directory = try directory(of: path)
        do throws(SystemError) {
            let file = try directory.create(path.name, mode: wanted.narrowestMode)
            do throws(SystemError) {
                try wanted.apply(to: file)
            } catch {
                // Without the right owner its writer could not use it. It is empty unless somebody has it already.
                if try file.status().sizeBytes == 0 { try directory.remove(path.name) }
                throw error
            }
        } catch {
            // Its writer was faster.
            if error.errno == .fileExists { return .left("it was created meanwhile") }
            // Nobody was told yet: under its old name everything is as it was.
            if let moved = movedTo[path], try directory.status(of: path.name) == nil {
                try self.directory(of: moved).rename(moved.name, to: path.name, in: directory)
                throw StepFailure("\(error); the log has its name back, and the next run tries again")
            }
            throw error
        }
        return .done(bytes: nil)
    }

    private func remove(_ path: Path, _ shredCycles: Int?, _ planned: PlannedStep) throws -> StepResult {
        let directory = try directory(of: path)
        guard let status = try directory.status(of: path.name) else { return .left("it is gone") }
        try requireSame(path.name, in: directory, as: planned)
        guard status.kind == .regular else { throw StepFailure("\(path) is no regular file, and is not removed") }
        if let why = try reasonToKeep(path, planned) { return .left(why) }
        if let shredCycles {
            // The descriptor, not the name: nobody can put another file in its place.
            let file = try openSame(path, .readingAndWriting, as: planned)
            try programs.shred(file, path, cycles: shredCycles)
            try requireSame(path.name, in: directory, as: planned)
        }
        try directory.remove(path.name)
        return .done(bytes: status.linkCount == 1 ? status.allocatedBytes : 0)
    }
}

extension Executor {
    /// Why a file is not to be removed now; nil where it is. Removing what somebody still writes to frees nothing, and what
    /// is written from then on is lost.
    private func reasonToKeep(_ path: Path, _ planned: PlannedStep) throws -> String? {
        let directory = try directory(of: path)
        let file: Descriptor
        do throws(SystemError) {
            file = try directory.open(path.name, .reading)
        } catch {
            // With `su`, what its user cannot read he can still remove.
            if error.errno == .permissionDenied { return nil }
            throw error
        }
        if planned.reason == .copied, let copied = copiedBytes[path], try file.status().sizeBytes > copied {
            return "it grew after it was copied; the next rotation archives it again"
        }
        return try hasNoWriter(file) == false ? "a process still writes to it; it is removed at a later rotation" : nil
    }

    /// A log's plan for the file that has its name now, if that is a plain one.
    func lookedAtAgain(_ plan: LogPlan) -> LogPlan {
        guard let directory = try? directory(of: plan.log), let status = try? directory.status(of: plan.log.name),
            status.kind == .regular, status.linkCount == 1
        else { return plan }
        return plan.forFile(status.identity)
    }
}
