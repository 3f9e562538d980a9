package import LinuxSystem

/// What is said of signals to writers, in words.
package enum SignalText {
    package static let logUnknown =
        "it is not known which log was moved"

    package static let nobody =
        "nobody is to be told"

    package static func writersUnknown(_ why: String) -> String {
        "the writers are not known: \(why)"
    }

    package static func noSuchSignal(_ file: Path, _ name: String) -> String {
        "\(file): there is no signal \(name)"
    }

    package static func nobodyWanted(_ writers: [Holder]) -> String {
        writers.isEmpty ? "nobody writes to it any more" : "it is written by others: \(titles(writers))"
    }

    package static func notCaught(_ holder: Holder, _ name: String) -> String {
        "\(holder.title) does not catch SIG\(name), and was not sent it"
    }

    package static func notAll(_ refusal: String) -> String {
        "not all: \(refusal)"
    }

    package static func goesOn(_ file: Path, _ refusals: [String]) -> String {
        "\(file): \(refusals.joined(separator: "; ")); it goes on writing there, and the file is emptied in place until it ends"
    }

    package static let ended =
        "its writers have ended"

    package static func notTold(_ file: Path, _ why: String) -> String {
        "\(file): its writer is not told: \(why)"
    }

    package static func pidFileOfOthers(_ path: Path, _ status: FileStatus, _ owner: String) -> String {
        "others than root and its process could have written \(path) (mode 0\(String(status.mode, radix: 8)), owner \(owner)); only what they alone can write is believed"
    }

    package static func otherProcess(
        _ file: Path, _ process: Int32, of pidfile: Path, _ name: String, _ writers: [Holder]
    ) -> String {
        "\(file): process \(process) of \(pidfile) does not write to it, and was not sent SIG\(name); \(titles(writers)) does"
    }

    private static func titles(_ holders: [Holder]) -> String {
        holders.map(\.title).joined(separator: ", ")
    }
}
