import HostObservation
import LinuxSystem
import LogCut
import RotationCore
import SystemPackage

/// The number of a process that a daemon has written down.
enum PidFile {
    private static let limitBytes = 4096

    /// What a file says, if it is to be believed: nobody but root, and the user of the process that it names, can have
    /// written it. Throws why not.
    ///
    /// - Parameter log: whose writer is to be told, for messages.
    static func read(_ path: Path, for log: Path) throws(StepFailure) -> Int32 {
        let status: FileStatus
        let bytes: [UInt8]
        do {
            let (directory, name) = try Directory.place(of: path.resolved(against: "/"))
            let file = try directory.open(name, .reading)
            status = try file.status()
            guard status.kind == .regular else { throw StepFailure(FileText.notRegular(path)) }
            bytes = try file.readAll(limitBytes: limitBytes)
        } catch {
            throw StepFailure(SignalText.notTold(log, StepFailure(error, about: path).message))
        }
        guard let process = Int32(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber }), process > 0 else {
            throw StepFailure(SignalText.notTold(log, "there is no number in \(path)"))
        }
        var trusted = [0, Accounts.effectiveUser]
        if let owner = ProcessOwner.user(of: process) { trusted.append(owner) }
        guard status.isWritableOnly(by: trusted) else {
            throw StepFailure(
                SignalText.notTold(log, SignalText.pidFileOfOthers(path, status, Accounts.name(ofUser: status.owner))))
        }
        return process
    }
}
