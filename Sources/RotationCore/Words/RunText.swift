/// A run in one line.
public enum RunText {
    /// `12 logs, 11 rotated, 1 failed, 36 MiB freed`.
    public static func summary(
        logs: Int, rotated: Int, failed: Int, freedBytes: Int64, isDryRun: Bool = false
    ) -> String {
        var parts = [
            "\(logs) \(logs == 1 ? "log" : "logs")", "\(rotated) \(isDryRun ? "would be rotated" : "rotated")",
        ]
        if failed > 0, !isDryRun { parts.append("\(failed) failed") }
        if freedBytes > 0 { parts.append("\(Figures.bytes(freedBytes)) freed") }
        return parts.joined(separator: ", ")
    }

    /// Somebody asked the run to stop.
    package static let stopped = "stopped by a signal; the next run goes on"
    /// A log that is left alone for now.
    package static let anotherRun = "another run is at work on it"
}
