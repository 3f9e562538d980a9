import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

extension StepRunner {
    /// Throws where the name stands for another file than the one that was planned for.
    func requireSame(_ name: Path, in directory: Directory, as planned: PlannedStep, _ memory: RunMemory) throws {
        guard planned.identity != nil else { return }
        try requireSame(try directory.status(of: name), directory.path.appending(name), as: planned, memory)
    }

    /// - Parameter status: what has the name now; nil where nothing has.
    func requireSame(_ status: FileStatus?, _ path: Path, as planned: PlannedStep, _ memory: RunMemory) throws {
        guard let expected = planned.identity else { return }
        guard let status else { throw StepFailure(FileText.gone(path)) }
        guard status.identity == memory.current(expected) else { throw StepFailure(FileText.replaced(path)) }
    }

    /// The same of a file that was opened, and has to be a plain one.
    func requireSame(opened status: FileStatus, _ path: Path, as planned: PlannedStep, _ memory: RunMemory) throws {
        guard status.kind == .regular else { throw StepFailure(FileText.notRegular(path)) }
        try requireSame(status, path, as: planned, memory)
    }

    /// Opens the file that was planned for, for reading, or throws.
    func openSame(_ path: Path, as planned: PlannedStep, _ memory: RunMemory) throws -> Descriptor {
        let file = try directory(of: path).open(path.name, .reading)
        try requireSame(opened: try file.status(), path, as: planned, memory)
        return file
    }

    /// The same, for reading and writing.
    func openSameForWriting(_ path: Path, as planned: PlannedStep, _ memory: RunMemory) throws -> Descriptor {
        let file = try directory(of: path).open(path.name, .readingAndWriting)
        try requireSame(opened: try file.status(), path, as: planned, memory)
        return file
    }

    /// Throws where a file in a directory of others has a second name: whoever owns the directory can give any file of the
    /// file system a name in it, and what is in it is not for him.
    func requireNoOtherName(_ status: FileStatus, _ path: Path, _ settings: Settings) throws {
        guard status.linkCount > 1, !settings.allowsHardLinks else { return }
        guard try !directory(of: path).isTrusted else { return }
        throw StepFailure(FileText.otherNames(path, status.linkCount))
    }

    func makeDirectory(_ path: Path, _ ownership: Ownership, for log: Path) throws -> StepResult {
        // Those above it are made with it, if they are missing too.
        if (try? tools.cache.directory(path.directory)) == nil, path.directory != path {
            tools.cache.forget(path.directory)
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
        tools.cache.forget(path)
        let made = try tools.cache.directory(path)
        let status = made.status
        try made.setAttributes(
            mode: mode, owner: ownership.owner ?? status.owner, group: ownership.group ?? status.group)
        try parent.sync()
        return .done(bytes: nil)
    }

    func rename(
        _ path: Path, to target: Path, _ planned: PlannedStep, _ memory: inout RunMemory
    ) throws -> StepResult {
        let source = try directory(of: path)
        let destination = try directory(of: target)
        if case .move = planned.step {
            let log = try directory(of: path).open(path.name, .reading)
            let found = try FileAttributes(of: log)
            try requireSame(opened: found.status, path, as: planned, memory)
            memory.attributes[path] = found
            memory.movedTo[path] = target
            // Whatever becomes of this run: its writers are to be told, and it is no archive before they have let go.
            ledger.record([.unreleased(Ledger.Unreleased(path: target, log: path, inode: found.status.identity.inode))])
        }
        // What is known again under its new name has to be what was planned for: one look for both.
        let seen = try SeenFile(path.name, in: source)
        try requireSame(seen?.status, path, as: planned, memory)
        // What it was filled up with is nothing under its new name either.
        if let cut = ledger.ledger.cuts[path], cut.inode == planned.identity?.inode {
            ledger.record([.cut(target, cut)])
        }
        // Whenever this process is ended, one of the two records is of the file.
        if case .shift = planned.step { announceShift(of: path, to: target) }
        do throws(SystemError) {
            try source.rename(path.name, to: target.name, in: destination)
        } catch {
            var failure = StepFailure(Self.sentence(for: error, path, target))
            failure.isNoRoom = error.isNoRoom
            throw failure
        }
        // Somebody can have exchanged the name in between: then the wrong file goes back, and nothing else is done.
        let now = try seen?.stillThere(target.name, in: destination)
        if planned.identity != nil, now == nil {
            try putBack(target.name, of: destination, as: path.name, in: source)
            throw StepFailure(FileText.replaced(path))
        }
        if let identity = planned.identity { memory.cuts.madeArchives[target] = identity }
        // Where inodes are by name it has another one now.
        if var file = ledger.ledger.unreleased[target], let inode = now?.identity.inode, file.inode != inode {
            file.inode = inode
            ledger.record([.unreleased(file)])
        }
        if let expected = planned.identity, let identity = now?.identity, identity != memory.current(expected) {
            memory.renumbered[expected] = identity
            for var file in ledger.ledger.unreleased.values where file.parts == target {
                file.partsInode = identity.inode
                ledger.record([.unreleased(file)])
            }
        }
        try syncNames(in: source === destination ? [destination] : [destination, source], &memory)
        if case .shift = planned.step {
            // The archives are moved from the oldest to the newest.
            memory.cuts.newestArchives[planned.subject] = target
            ledger.record([.released(path)])
        }
        return .done(bytes: nil)
    }

    /// A file that was put in a log's place goes back. Where the log has its name again it does so under another one; a further
    /// name of a file that has others goes, because in a directory of root's it would be an archive like others.
    private func putBack(
        _ name: Path, of destination: Directory, as original: Path, in source: Directory
    ) throws(SystemError) {
        do throws(SystemError) {
            try destination.rename(name, to: original, in: source)
        } catch {
            guard let status = try destination.status(of: name) else { return }
            if status.kind == .regular, status.linkCount > 1 { return try destination.remove(name) }
            try destination.rename(name, to: original + Path(".exchanged-\(status.identity.inode)"), in: source)
        }
    }

    private func syncNames(in directories: [Directory], _ memory: inout RunMemory) throws(SystemError) {
        for directory in directories {
            if memory.namesToSync == nil {
                try directory.sync()
            } else if memory.namesToSync?.contains(directory.path) == false {
                memory.namesToSync?.append(directory.path)
            }
        }
    }

    /// Names that several logs were given wait to be put on the disk: a commit of the file system for all of them, and not one
    /// for each. What went wrong, by directory.
    func syncNames(_ memory: inout RunMemory) -> [Path: StepFailure] {
        let paths = memory.namesToSync ?? []
        memory.namesToSync = nil
        guard !paths.isEmpty else { return [:] }
        var failures: [Path: StepFailure] = [:]
        for (path, error) in tools.syncNames(in: paths) { failures[path] = StepFailure(error, about: path) }
        return failures
    }

    /// A renamed log that is not released, or the archive of its parts, gets another name.
    func announceShift(of path: Path, to target: Path) {
        if var file = ledger.ledger.unreleased[path] {
            file.path = target
            ledger.record([.unreleased(file)])
        }
        for var file in ledger.ledger.unreleased.values where file.parts == path {
            file.parts = target
            ledger.record([.unreleased(file)])
        }
    }

    private static func sentence(for error: SystemError, _ path: Path, _ target: Path) -> String {
        let remedy =
            switch error.errno {
            case .improperLink: "; they are on different mounts: renamecopy, copy or copytruncate can cross them"
            case .fileExists where target == path + ".tmp":
                "; an earlier rotation has moved the log there, and could not copy it yet"
            case .fileExists: "; what has that name was not there before, and is not replaced"
            case .notPermitted: "; is one of them append-only or immutable (lsattr)? chattr -ai allows it"
            default: ""
            }
        return "cannot rename \(path) to \(target): \(error.errno)" + remedy
    }

    func create(_ path: Path, _ ownership: Ownership, _ memory: RunMemory) throws -> StepOutcome {
        guard let old = try memory.attributes[path] ?? attributesOfRenamed(path) else {
            throw StepFailure(FileText.nothingToCreateLike(path))
        }
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
            if error.errno == .fileExists { return StepOutcome(.left(FileText.createdMeanwhile)) }
            // Nobody was told yet: under its old name everything is as it was.
            if let moved = memory.movedTo[path], try directory.status(of: path.name) == nil {
                try self.directory(of: moved).rename(moved.name, to: path.name, in: directory)
                throw StepFailure(FileText.nameGivenBack(error))
            }
            throw error
        }
        var outcome = StepOutcome(.done(bytes: nil))
        // To root no owner is refused.
        if Accounts.effectiveUser != 0, let made = try directory.status(of: path.name) {
            outcome.complaint = complaint(made, wanted.status, path)
        }
        return outcome
    }

    /// With `su` a log is created with that user's rights, who can give it to nobody else.
    private func complaint(
        _ made: FileStatus, _ wanted: FileStatus, _ path: Path
    ) -> StepOutcome.Complaint? {
        guard made.owner != wanted.owner || made.group != wanted.group else { return nil }
        func title(_ status: FileStatus) -> String {
            "\(Accounts.name(ofUser: status.owner)):\(Accounts.name(ofGroup: status.group))"
        }
        return StepOutcome.Complaint(
            path: path,
            message:
                "\(path) is created for \(title(made)), mode 0\(String(made.mode, radix: 8)), and not for \(title(wanted)): the user that su names may not give it to somebody else; su \(Accounts.name(ofUser: wanted.owner)) \(Accounts.name(ofGroup: wanted.group)) has"
        )
    }

    /// The attributes of a log that an earlier run renamed.
    func attributesOfRenamed(_ log: Path) throws -> FileAttributes? {
        guard let file = ledger.ledger.unreleased.values.first(where: { $0.log == log }) else { return nil }
        return try FileAttributes(of: directory(of: file.path).open(file.path.name, .reading))
    }
}

extension StepRunner {
    /// A log's plan for the file that has its name now, if that is a plain one.
    func lookedAtAgain(_ plan: LogPlan) -> LogPlan {
        guard let directory = try? directory(of: plan.log), let status = try? directory.status(of: plan.log.name),
            status.kind == .regular, status.linkCount == 1
        else { return plan }
        return plan.forFile(status.identity)
    }
}
