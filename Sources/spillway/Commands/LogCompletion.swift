import ArgumentParser
import HostObservation
import LinuxSystem

/// The logs that a shell offers, where a log is to be named.
enum LogCompletion {
    /// Those that the configuration names and that are there, by their paths.
    static let kind = CompletionKind.custom { _, _, _ in names() }

    private static func names() -> [String] {
        LogNames.all(["/etc/spillway.conf"]).sorted().map { "\($0)" }
    }
}
