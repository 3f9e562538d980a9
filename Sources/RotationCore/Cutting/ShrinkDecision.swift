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

    /// From this apparent size on a log is shrunk under its readers too, in bytes: followers lose their place once, which
    /// is better than a file system's limit of file sizes reached.
    public static let patienceBytes: Int64 = 1 << 30

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

        /// What is known of a log.
        public init(sizeBytes: Int64, pendingBytes: Int64, holders: HolderKnowledge, isBinary: Bool = false) {
            self.sizeBytes = sizeBytes
            self.pendingBytes = pendingBytes
            self.holders = holders
            self.isBinary = isBinary
        }
    }

    /// Decides by the table of the design.
    public static func decide(_ situation: Situation, method: Method, lossless: Bool) -> ShrinkDecision {
        guard situation.sizeBytes > 0 else { return .never("it is small") }
        guard case .known(let holders) = situation.holders else {
            return .never("its holders are not known: \(situation.holders.doubt ?? "")")
        }
        if holders.isEmpty {
            return situation.pendingBytes == 0 ? .truncate : .wait("\(situation.pendingBytes) bytes of it are pending")
        }
        if method == .punch { return .never("method punch leaves the size of a held log") }
        if situation.isBinary { return .wait("it holds records, and \(holders[0].title) has it open") }
        if let writer = holders.first(where: { $0.canWrite && (!$0.appends || $0.descriptor == nil) }) {
            return .never("\(writer.title) does not append")
        }
        guard let reader = holders.first(where: { !$0.canWrite }) else { return .collapse }
        if method == .collapse, !lossless { return .collapse }
        let hasPatience = situation.sizeBytes <= patienceBytes && situation.pendingBytes > 0
        return hasPatience || lossless ? .wait("read by \(reader.title)") : .collapse
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
