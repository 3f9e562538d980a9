public import LinuxSystem

/// What is said about logs that may be abandoned.
public enum AbandonedText {
    /// Nobody wrote to it for long, and whether anybody has it open cannot be told.
    public static func cannotBeAsked(_ log: Path, _ reason: String) -> String {
        "\(log) may be abandoned, and is left alone: it cannot be asked who has it open: \(reason)"
    }
}
