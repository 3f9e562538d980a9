import LinuxSystem

/// Whether, and how, the apparent size of a log that was cut is made small again. Nothing depends on it: a leading hole is
/// never pending.
public enum ShrinkDecision: Hashable, Sendable {
    /// Nobody holds it and nothing is pending: under a write lease, with the size unchanged, truncate it to 0.
    case truncate
    /// Every writer appends and nobody reads: fill the rest of the last cut cluster up, and collapse the whole ones.
    case collapse
    /// Not now; why.
    case wait(String)
    /// Not at all; why.
    case never(String)

    /// What is known of a log after its cut.
    public struct Situation: Hashable, Sendable {
        /// Its apparent size.
        public var sizeBytes: Int64
        /// What of it is not archived yet; padding is nothing.
        public var pendingBytes: Int64
        /// Who has it open.
        public var holders: HolderKnowledge
        /// Whether it holds records, not lines.
        public var isBinary: Bool
        /// Past this apparent size it is made small under its readers, in bytes.
        public var limitBytes: Int64
        /// Whether every reader has read all of it.
        public var areReadersAtEnd: Bool

        /// What is known of a log.
        public init(
            sizeBytes: Int64, pendingBytes: Int64, holders: HolderKnowledge, isBinary: Bool = false,
            limitBytes: Int64 = .max, areReadersAtEnd: Bool = false
        ) {
            self.sizeBytes = sizeBytes
            self.pendingBytes = pendingBytes
            self.holders = holders
            self.isBinary = isBinary
            self.limitBytes = limitBytes
            self.areReadersAtEnd = areReadersAtEnd
        }
    }

    /// Decides by the table of the design.
    public static func decide(_ situation: Situation, method: Method, lossless: Bool) -> ShrinkDecision {
        guard situation.sizeBytes > 0 else { return .never("it is small") }
        guard case .known(let holders) = situation.holders else {
            return .never("its holders are not known: \(situation.holders.doubt ?? "")")
        }
        // Who has it closed between two looks keeps his place too.
        if lossless, !situation.isBinary { return .never("lossless keeps the size of a log") }
        if holders.isEmpty {
            return situation.pendingBytes == 0 ? .truncate : .wait("\(situation.pendingBytes) bytes of it are pending")
        }
        if method == .punch { return .never("method punch leaves the size of a held log") }
        if situation.isBinary { return .wait("it holds records, and \(holders[0].title) has it open") }
        if let writer = holders.first(where: { $0.canWrite && (!$0.appends || $0.descriptor == nil) }) {
            return .never("\(writer.title) does not append")
        }
        let readers = holders.filter { !$0.canWrite }
        guard let reader = readers.first(where: { !$0.followsShrunkFile }) ?? readers.first else { return .collapse }
        if method == .collapse { return .collapse }
        // What is pending such a reader would read twice.
        if reader.followsShrunkFile, situation.areReadersAtEnd, situation.pendingBytes == 0 { return .collapse }
        guard situation.sizeBytes > situation.limitBytes else { return .wait("followed by \(reader.title)") }
        let isUrgent = situation.sizeBytes / 2 > situation.limitBytes
        return situation.areReadersAtEnd || isUrgent
            ? .collapse : .wait("followed by \(reader.title), which has not read all of it")
    }
}

extension ShrinkDecision {
    /// Why it is not made small; nil where it is.
    public var hindrance: String? {
        switch self {
        case .truncate, .collapse: nil
        case .wait(let why), .never(let why): why
        }
    }
}
