package import HostObservation
package import LinuxSystem
import LinuxChanges
package import RotationCore

/// With whose rights this process works: a stanza's `su` changes files with its user's, and what only this process may do
/// (leases of others' files, /proc, spillway's own files) is done with this process's own in between.
package final class Rights {
    private var account: Account?
    private var impersonation: Impersonation?

    /// This process's own rights.
    package init() {}

    /// Does something with an account's rights; nil: with this process's own.
    ///
    /// - Parameter path: what it is about, for messages.
    package func acting<Result>(
        as account: Account?, about path: Path, _ body: () throws(StepFailure) -> Result
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

    /// Does something with this process's own rights, whatever `su` holds.
    package func withOwn<Result>(_ body: () throws -> Result) throws -> Result {
        try lift()
        let result = Swift.Result(catching: body)
        try lower()
        return try result.get()
    }

    /// Whether nobody else has a file open.
    package func ask(_ file: borrowing Descriptor) throws -> LeaseFinding {
        try lift()
        let answer = HolderProbe.askForAll(file)
        try lower()
        return answer
    }

    /// Takes a write lease of a file.
    package func lease(_ file: borrowing Descriptor) throws -> LeaseAnswer {
        try lift()
        let answer = file.writeLease()
        try lower()
        return answer
    }

    /// What leases tell of a file that this process has open once, for reading.
    ///
    /// - Parameter closes: whether it is closed at once where nobody else has it.
    package func probe(_ file: borrowing Descriptor, closes: Bool = false) throws -> HolderProbe {
        try lift()
        let probe = HolderProbe(file, closes: closes)
        try lower()
        return probe
    }

    /// What /proc tells of files; nil where it cannot be read.
    package func look(for files: Set<FileIdentity>) throws -> HolderTable? {
        guard !files.isEmpty else { return nil }
        return try withOwn { HolderTable.lookIfPossible(for: files) }
    }

    private func lift() throws {
        try impersonation?.end()
    }

    private func lower() throws {
        guard let account, impersonation != nil else { return }
        impersonation = try Impersonation(user: account.user, group: account.group)
    }
}
