public import LinuxSystem

/// Why nothing can be taken out of a log in place now. Where that is seen before, its archives keep their numbers.
public enum CutHindrance: Hashable, Sendable {
    /// It passes by itself; what is waited for.
    case waits(String)
    /// It does not; what is not done, why, and how to allow it.
    case refused(String)

    /// Of a log of records: nobody may have it open.
    public static func ofRecords(_ holders: HolderKnowledge) -> CutHindrance? {
        guard !holders.isNobody else { return nil }
        let who = holders.seen.first?.title ?? holders.doubt ?? "somebody"
        let why = "it holds records, and \(who) has it open; it is emptied when nobody has, or renamed with create"
        // A reader goes away by itself.
        return holders.writers.isEmpty ? .waits(why) : .refused("is not emptied: \(why)")
    }

    /// Of a log of lines that somebody has open.
    ///
    /// - Parameters:
    ///   - limit: how far it may be cut.
    ///   - firstPendingByte: where what is not archived begins.
    ///   - hasWholeLine: whether a line of that is finished, or so long that it is not waited for.
    public static func ofLines(
        _ limit: CutLimit, firstPendingByte: Int64, hasWholeLine: Bool, holders: HolderKnowledge
    ) -> CutHindrance? {
        switch limit {
        case .refused(let why): return .refused("is not cut: \(why)")
        case .upTo(let bytes) where firstPendingByte >= bytes:
            return holders.writers.first { !$0.appends }.map(overwriting)
        case .upTo: return hasWholeLine ? nil : .waits(unfinishedLine)
        }
    }

    /// What a writer that does not append has not come past yet.
    public static func overwriting(_ writer: Holder) -> CutHindrance {
        .refused(
            "is not cut: \(writer.title) may write over it from byte \(writer.position) on; method punch empties it all the same"
        )
    }

    /// Nothing but the beginning of a line.
    public static let unfinishedLine = "its only line is not finished yet"
}
