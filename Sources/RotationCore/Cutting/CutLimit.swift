import LinuxSystem

/// How far a log may be cut at the most: the end of what no writer can come back to.
public enum CutLimit: Hashable, Sendable {
    /// Up to here.
    case upTo(Int64)
    /// Not at all; why.
    case refused(String)

    /// Decides by the writers' descriptors.
    ///
    /// A writer without O_APPEND writes at its position: what lies behind that it may still overwrite, as a service does
    /// that opened an old log at its start (systemd's `StandardOutput=file:`). One whose position is 0 while the log has
    /// grown writes at offsets of its own, and nothing about it is known.
    ///
    /// Where the holders are not known those that were seen count, and the content has to be compared before the cut;
    /// `lossless` is not satisfied with that.
    ///
    /// - Parameters:
    ///   - sizeBytes: the log's size.
    ///   - grewBytes: how much it has grown since it was looked at first.
    ///   - insists: `method punch` cuts all the same, but not beyond the position of a writer that is on its way.
    public static func decide(
        sizeBytes: Int64, grewBytes: Int64, holders: HolderKnowledge, insists: Bool, lossless: Bool = false
    ) -> CutLimit {
        if let doubt = holders.doubt, lossless {
            return .refused(
                "its writers are not known (\(doubt)), and it is lossless; with nolossless it is compared with its archive right before"
            )
        }
        var limit = sizeBytes
        for writer in holders.writers where !writer.appends {
            // Where it is in the middle of old content it is known what it writes over; otherwise somebody else knows.
            if insists, writer.position == 0 || writer.descriptor == nil { continue }
            guard writer.descriptor != nil else {
                return .refused("\(writer.title) has it mapped for writing; method punch empties it all the same")
            }
            if writer.position == 0, grewBytes > 0 {
                return .refused("\(writer.title) writes at offsets of its own; method punch empties it all the same")
            }
            limit = min(limit, writer.position)
        }
        return .upTo(limit)
    }
}
