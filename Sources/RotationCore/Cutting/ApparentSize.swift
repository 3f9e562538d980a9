public import LinuxSystem

/// What is said of a log that is followed, and looks larger than it is, before it is made small under its readers.
public enum ApparentSize {
    /// The limit that holds for a log, in bytes: `maxapparent`, and never near the largest file that there can be.
    public static func limit(maximumBytes: Int64, largestFileBytes: Int64) -> Int64 {
        min(maximumBytes, largestFileBytes / 2)
    }

    /// A sentence, and whether it is an error; nil where there is nothing to be said yet: up to half of the limit.
    ///
    /// - Parameter situation: of the log after its cut.
    public static func remark(
        on log: Path, _ situation: ShrinkDecision.Situation, lossless: Bool
    ) -> (message: String, isError: Bool)? {
        guard situation.sizeBytes / 2 >= situation.limitBytes / 4, situation.limitBytes < .max,
            let reader = situation.holders.readers.first
        else { return nil }
        let size = Quantities.text(bytes: situation.sizeBytes)
        let limit = Quantities.text(bytes: situation.limitBytes)
        let state = "\(log) is followed by \(reader.title) and looks \(size) large"
        guard lossless else {
            let spared = remedy(for: reader).map { "; \($0)" } ?? ""
            return (
                "\(state); past \(limit) (maxapparent) it is made small, and its followers can miss lines then\(spared)",
                false
            )
        }
        guard situation.sizeBytes > situation.limitBytes else { return nil }
        return (
            "\(state), more than \(limit) (maxapparent), and lossless forbids to make it small; stop its followers for a moment and rotate it with nolossless, or let it be renamed (create, signal)",
            true
        )
    }

    /// What lets a program follow a file that becomes smaller.
    private static func remedy(for reader: Holder) -> String? {
        reader.command == "rsyslogd" || reader.command.hasPrefix("in:imfile")
            ? "reopenOnTruncate=\"on\" in rsyslog's input(type=\"imfile\") spares it that" : nil
    }
}
