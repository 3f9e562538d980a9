import LinuxSystem
import RotationCore

/// With whose rights something is done, and what is asked with this process's own.
extension Executor {
    func withRights<Result>(
        of account: Account?, about path: Path, _ body: () throws(StepFailure) -> Result
    ) throws(StepFailure) -> Result {
        guard let account else { return try body() }
        self.account = account
        impersonation = try explaining(path) { try Impersonation(user: account.user, group: account.group) }
        defer {
            impersonation = nil
            self.account = nil
        }
        let result: Swift.Result<Result, StepFailure>
        do throws(StepFailure) { result = .success(try body()) } catch { result = .failure(error) }
        try explaining(path) { try impersonation?.end() }
        return try result.get()
    }

    /// Whether nobody else has a file open. Leases of others' files are root's: with `su` that is asked with this process's
    /// own rights.
    func ask(_ file: borrowing Descriptor) throws -> LeaseFinding {
        try liftRights()
        let answer = HolderProbe.askForAll(file)
        try lowerRights()
        return answer
    }

    /// Takes a write lease of a file, with this process's own rights.
    func lease(_ file: borrowing Descriptor) throws -> LeaseAnswer {
        try liftRights()
        let answer = file.writeLease()
        try lowerRights()
        return answer
    }

    /// What leases tell of a file that this process has open once, for reading.
    func probe(_ file: borrowing Descriptor) throws -> HolderProbe {
        try liftRights()
        let probe = HolderProbe(file)
        try lowerRights()
        return probe
    }

    /// What /proc tells of files.
    func look(for files: Set<FileIdentity>) throws -> HolderTable? {
        guard !files.isEmpty else { return nil }
        try liftRights()
        let table = HolderTable.lookIfPossible(for: files)
        try lowerRights()
        return table
    }

    func liftRights() throws {
        try impersonation?.end()
    }

    func lowerRights() throws {
        guard let account, impersonation != nil else { return }
        impersonation = try Impersonation(user: account.user, group: account.group)
    }
}
