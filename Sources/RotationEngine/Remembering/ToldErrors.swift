import LinuxSystem

/// Errors already told, so that an unchanged one is told once and then hourly. Beside the journal, and safe to lose.
struct ToldErrors {
    /// An error that goes on is told again after so many seconds.
    static let repeatSeconds: Int64 = 3600

    private let file: SafeFile
    private var told: [Path: Int64]
    private var current: [Path: Int64] = [:]

    /// Where the journal is by default: root's, and an ordinary user's.
    static var defaultJournal: Path {
        if Accounts.effectiveUser == 0 { return "/var/lib/spillway/journal" }
        let base = Environment.value("XDG_STATE_HOME") ?? (Accounts.home ?? "/").appending(".local/state")
        return base.appending("spillway/journal")
    }

    /// What was told, beside this journal. A file that cannot be read means nothing was.
    init(journal: Path) {
        file = SafeFile(path: journal + ".ledger")
        told = [:]
        guard let bytes = try? file.read() else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // `told SECONDS MESSAGE`
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard words.count == 3, Path(bytes: words[0]) == "told",
                let seconds = Int64(String(decoding: words[1], as: UTF8.self))
            else { continue }
            told[Path(bytes: words[2])] = seconds
        }
    }

    /// Whether an error is to be told now.
    mutating func shouldTell(_ message: String, now: Timestamp) -> Bool {
        let key = Path(bytes: message.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
        if current[key] != nil { return false }
        if let last = told[key], now.seconds - last < Self.repeatSeconds, now.seconds >= last {
            current[key] = last
            return false
        }
        current[key] = now.seconds
        return true
    }

    /// Writes down what this run told. What it did not meet again is forgotten, and told at once when it comes back.
    ///
    /// - Parameter keepingOthers: what was told before stays, because this run did not look at everything.
    func save(keepingOthers: Bool = false) throws {
        let current = keepingOthers ? told.merging(current) { _, new in new } : current
        guard current != told else { return }
        if current.isEmpty { return try file.remove() }
        var bytes: [UInt8] = []
        for (message, seconds) in current.sorted(by: { $0.key < $1.key }) {
            bytes += Array("told \(seconds) ".utf8) + message.bytes + [UInt8(ascii: "\n")]
        }
        try file.replace(with: bytes)
    }
}
