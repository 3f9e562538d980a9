package import LinuxSystem

/// What is said of the journal, and of cuts that an earlier run began, in words.
package enum JournalText {
    package static func tooShort(_ path: Path) -> String {
        "\(path) is too short for a journal; if it is somebody else's file, name another"
    }

    package static func tooMany(_ count: Int, path: Path) -> String {
        "\(path): \(count) cuts do not fit"
    }

    package static func reservedFor(_ state: Path) -> String {
        "the journal keeps the content of another state file, \(state), already"
    }

    package static func noRoom(bytes: Int) -> String {
        "the journal has no room for \(bytes) bytes of it"
    }

    package static let stagedDamaged =
        "what waited in the journal of it is damaged; the log is left as it is"

    package static func archiveStays(_ archive: Path, who: String) -> String {
        "\(archive) holds what its log still has, and cannot be removed: \(who)"
    }

    package static func notWritten(_ why: String) -> String {
        "the journal is not written: \(why)"
    }

    package static func waits(_ archive: Path, _ error: any Error) -> String {
        "\(archive) is not written, what was cut waits in the journal: \(error)"
    }

    package static func nameTaken(_ archive: Path) -> String {
        "\(archive) has a name that was to be given to what waits in the journal; rename it"
    }

    package static func archiveGone(_ archive: Path) -> String {
        "\(archive), which was to be extended by what waits in the journal, is gone"
    }

    package static func archiveDiffers(_ archive: Path) -> String {
        "\(archive) is not as the journal remembers it, and what waits there is not written over it; move it away"
    }

    package static func directoryGone(_ directory: Path) -> String {
        "\(directory), where its archive is, is not there: what is mounted there has to be mounted, or the directory made again"
    }

    package static func noInodes(_ archive: Path) -> String {
        "\(archive) cannot be made: there are no inodes left"
    }

    package static let nothingLeft =
        "nothing of it was left to do"

    package static func notFinished(_ log: Path, _ why: String) -> String {
        "an earlier run was interrupted in the middle of \(log), and that is not finished: \(why)"
    }

    package static func standIn(_ problem: String, _ path: Path) -> String {
        "there is no journal (\(problem)): \(path) takes its place, which is lost if the machine stops"
    }

    package static func none(_ problem: String) -> String {
        "there is no journal (\(problem)): logs are emptied without it, and what is interrupted may be archived twice"
    }
}
