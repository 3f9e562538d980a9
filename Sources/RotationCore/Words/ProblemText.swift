public import LinuxSystem

/// What is wrong with logs, in words.
public enum ProblemText {
    /// Why a log cannot be rotated, and what allows it.
    public static func describe(_ problem: LogProblem, _ log: Path, accounts: some AccountNames) -> String {
        switch problem {
        case .missing: "\(log) does not exist; missingok allows that"
        case .unreadable(let reason): "\(log) is skipped: \(reason)"
        case .insecureDirectory(let directory, let mode, let owner, let group):
            "\(log) is skipped: its directory \(directory) can be written to by others "
                + "(mode 0\(String(mode, radix: 8)), owner \(accounts.user(owner)), group \(accounts.group(group))), "
                + "and renames and scripts go by names there; "
                + (owner == 0 && group == 0
                    ? "chmod o-w \(directory.shellWord), or add to its stanza: " : "add to its stanza: ")
                + "su \(accounts.user(owner)) \(accounts.group(group))"
        case .hindered(let why): "\(log) \(why)"
        case .archiveDirectoryMissing(let directory):
            "\(log) is skipped: its olddir \(directory) does not exist; createolddir makes it"
        case .archiveDirectoryIsNone(let directory, _):
            "\(log) is skipped: its olddir \(directory) is not a directory"
        case .archiveNameClash(let other, let directory):
            "\(log) is skipped: its archives in \(directory) would have the names of those of \(other); "
                + "give one of them another olddir"
        }
    }
}
