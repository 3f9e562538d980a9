package import LinuxSystem

/// What is said of the state file, in words.
package enum StateText {
    package static func notRegular(_ path: Path) -> String {
        "\(path) is no regular file: it cannot hold the state"
    }

    package static func notReplaced(_ path: Path) -> String {
        "\(path) could not be read as a state file, and is not replaced"
    }

    package static func unreadable(_ why: String) -> String {
        "\(why); dates of rotations are unknown in this run"
    }

    package static func cannotBeWritten(_ why: String) -> String {
        "the state cannot be written: \(why); nothing is rotated by its date, or it would be again in a minute"
    }

    package static func notWritten(_ why: String) -> String {
        "the state is not written: \(why)"
    }

    package static func lockedByAnybody(_ path: Path) -> String {
        "somebody has the lock on the state \(path), which everybody can read, and so lock: it is not waited for (chmod o-r \(path.shellWord))"
    }

    package static func directoryMissing(_ path: Path, _ directory: Path) -> String {
        "the state \(path) is not used, and nothing is done: there is no directory \(directory): mkdir -p \(directory.shellWord) makes it, -s names another state"
    }

    package static func notLocked(_ why: String) -> String {
        "the state is not locked, and nothing is done: \(why)"
    }
}
