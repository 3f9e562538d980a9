/// How a log is emptied in place.
public struct CutPlan: Hashable, Sendable {
    /// What `method` asks for.
    public var method: Method
    /// Only what cannot lose a line.
    public var lossless: Bool
    /// Whether it holds records: never punched, never padded.
    public var isBinary: Bool
    /// What the shrink will be, as far as that can be told before the cut.
    public var forecast: ShrinkDecision
    /// Whether its content becomes a further part of an archive that is there.
    public var extends: Bool
    /// How large it may look while it is followed, in bytes.
    public var maximumApparentBytes: Int64
    /// What is known of its head where the ledger does not tell.
    public var head: HeadFinding
    /// Whether holes that are not spillway's are holes in a plain archive, too.
    public var keepsHoles: Bool

    /// A way to empty a log.
    public init(
        method: Method, lossless: Bool = false, isBinary: Bool = false, forecast: ShrinkDecision, extends: Bool = false,
        maximumApparentBytes: Int64 = .max, head: HeadFinding = .none, keepsHoles: Bool = false
    ) {
        self.method = method
        self.lossless = lossless
        self.isBinary = isBinary
        self.forecast = forecast
        self.extends = extends
        self.maximumApparentBytes = maximumApparentBytes
        self.head = head
        self.keepsHoles = keepsHoles
    }

    /// Whether the log is cut although a writer could lose by it: not where nothing may be lost.
    public var insists: Bool { method == .punch && !lossless }

    /// The technique's name.
    public var technique: CutTechnique { isBinary || (method == .truncate && !lossless) ? .truncate : .punch }
}

/// How archived bytes leave a log.
public enum CutTechnique: String, Hashable, Sendable {
    /// A hole takes their place.
    case punch
    /// The log is made empty.
    case truncate
}

/// What a cut came to.
public struct CutReport: Hashable, Sendable {
    /// How the bytes left the log.
    public var technique: CutTechnique
    /// What became of its apparent size.
    public var shrink: ShrinkOutcome
    /// How many bytes left the log.
    public var archivedBytes: Int64
    /// Whether they are in an archive; else they are lost, as `rotate 0` wants it.
    public var isArchived: Bool
    /// What the archive occupies, in bytes.
    public var archiveBytes: Int64
    /// What the file system has back from the log, the archive not counted, in bytes.
    public var freedBytes: Int64
    /// What else is to be said.
    public var remarks: [String]
    /// What is to be said of it even to somebody who wants to hear of trouble only.
    public var notices: [Notice]

    /// A sentence, and what is the same of it each time.
    public struct Notice: Hashable, Sendable {
        /// The sentence.
        public var message: String
        /// Whether it is an error.
        public var isError: Bool
        /// By this it is known that it was said already.
        public var key: String

        /// A sentence.
        public init(_ message: String, isError: Bool, key: String) {
            self.message = message
            self.isError = isError
            self.key = key
        }
    }

    /// What a cut came to.
    public init(
        technique: CutTechnique, shrink: ShrinkOutcome, archivedBytes: Int64, isArchived: Bool = true,
        archiveBytes: Int64, freedBytes: Int64, remarks: [String] = [], notices: [Notice] = []
    ) {
        self.technique = technique
        self.shrink = shrink
        self.archivedBytes = archivedBytes
        self.isArchived = isArchived
        self.archiveBytes = archiveBytes
        self.freedBytes = freedBytes
        self.remarks = remarks
        self.notices = notices
    }
}

/// What a log and its archives tell of a head that the ledger does not know.
public enum HeadFinding: Hashable, Sendable {
    /// It has none, or the ledger knows it.
    case none
    /// Its archives begin with it.
    case archived(Ledger.Cut)
    /// It looks like one, and no archive that is left begins with it.
    case doubtful
}

/// What became of a log's apparent size.
public enum ShrinkOutcome: Hashable, Sendable {
    /// Nobody had it open: it is empty.
    case truncated
    /// So many bytes at its start were taken out.
    case collapsed(bytes: Int64)
    /// It stays as large as it was; why.
    case none(String)
}
