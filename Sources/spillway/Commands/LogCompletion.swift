import ArgumentParser
import HostObservation
import LinuxSystem

/// The logs that a shell offers, where a log is to be named.
enum LogCompletion {
    /// Those that the configuration names and that are there, by their paths. A command that any shell can run: the way by
    /// which ArgumentParser asks the program itself does not work in every fish.
    static let kind = CompletionKind.shellCommand("spillway \(word) 2>/dev/null")

    /// What completions call the program with: no command of a user's.
    static let word = "---logs"

    /// A log a line.
    static func list() {
        for path in LogNames.all(["/etc/spillway.conf"]).sorted() { Output.standardOutput("\(path)") }
    }
}
