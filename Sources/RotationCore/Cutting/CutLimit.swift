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
    /// - Parameters:
    ///   - sizeBytes: the log's size.
    ///   - grewBytes: how much it has grown since it was looked at first.
    ///   - insists: `method punch` cuts all the same.
    public static func decide(
        sizeBytes: Int64, grewBytes: Int64, holders: HolderKnowledge, insists: Bool
    ) -> CutLimit {
        if insists { return .upTo(sizeBytes) }
        // Without knowledge every writer may be one that does not append; the positions of those are unknown.
        if case .unknown(let why) = holders { return .refused("its writers are not known: \(why)") }
        var limit = sizeBytes
        for writer in holders.writers where !writer.appends {
            guard writer.descriptor != nil else {
                return .refused("\(writer.command) (pid \(writer.process)) has it mapped")
            }
            if writer.position == 0, grewBytes > 0 {
                return .refused(
                    "\(writer.command) (pid \(writer.process)) writes at offsets of its own; method punch insists")
            }
            limit = min(limit, writer.position)
        }
        return .upTo(limit)
    }
}
