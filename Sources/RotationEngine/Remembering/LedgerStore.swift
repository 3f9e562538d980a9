import LinuxSystem
import RotationCore

/// The ledger beside the journal: what is remembered between runs and safe to lose.
final class LedgerStore {
    /// An error that goes on is told again after so many seconds.
    static let repeatSeconds: Int64 = 3600

    private let file: SafeFile
    private let isReadOnly: Bool
    /// Takes its place while it cannot be written; nil: nothing does.
    private let standIn: SafeFile?
    /// Whether what is stored is the stand-in's.
    private var isStandIn = false
    /// Does something with this process's own rights, while a stanza's `su` holds.
    var withOwnRights: (() throws -> Void) throws -> Void = { try $0() }
    /// What the file holds.
    private var stored: [UInt8] = []
    /// What is known now.
    private(set) var ledger = Ledger()
    /// What this run has met, and when it was told.
    private var current: [Path: Int64] = [:]

    /// Where the journal is by default: root's, and an ordinary user's.
    static var defaultJournal: Path {
        if Accounts.effectiveUser == 0 { return "/var/lib/spillway/journal" }
        let base = Environment.value("XDG_STATE_HOME") ?? (Accounts.home ?? "/").appending(".local/state")
        return base.appending("spillway/journal")
    }

    /// What is remembered beside this journal. A file that cannot be read means nothing is.
    init(journal: Path, isReadOnly: Bool) {
        file = SafeFile(path: journal + ".ledger")
        standIn = StandIn.path(for: journal).map { SafeFile(path: $0 + ".ledger", makesDirectories: false) }
        self.isReadOnly = isReadOnly
        // Nearly never there: one look is cheaper than an attempt to read it.
        let newer = standIn?.path.device() == nil ? nil : (try? standIn?.read()) ?? nil
        isStandIn = newer != nil
        guard let bytes = newer ?? ((try? file.read()) ?? nil) else { return }
        stored = bytes
        ledger = Ledger.decode(bytes)
    }

    /// Remembers something at once, whatever becomes of this run.
    ///
    /// - Parameter isDurable: also through a power cut.
    func record(_ records: [Ledger.Record], isDurable: Bool = false) {
        var ledger = ledger
        for record in records { ledger.apply(record) }
        guard ledger != self.ledger, !isReadOnly else { return }
        self.ledger = ledger
        let bytes = records.flatMap(\.line)
        let target = isStandIn ? standIn ?? file : file
        if (try? withOwnRights { try target.append(bytes, isDurable: isDurable) }) != nil {
            stored += bytes
        } else if let standIn, !isStandIn {
            // Where that fails too nothing is remembered: holes are known as such without.
            let all = ledger.encoded()
            guard (try? withOwnRights { try standIn.replace(with: all) }) != nil else { return }
            isStandIn = true
            stored = all
        }
    }

    /// What was recorded is on the disk when this returns. Where that fails a power cut can take it, as it may.
    func sync() {
        guard !isReadOnly else { return }
        let target = isStandIn ? standIn ?? file : file
        try? withOwnRights { try target.append([], isDurable: true) }
    }

    /// Whether an error is to be told now.
    func shouldTell(_ message: String, now: Timestamp) -> Bool {
        let key = Path(bytes: message.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
        if current[key] != nil { return false }
        if let last = ledger.told[key], now.seconds - last < Self.repeatSeconds, now.seconds >= last {
            current[key] = last
            return false
        }
        current[key] = now.seconds
        return true
    }

    /// Forgets cuts of logs that are not there any more, or are others by now.
    func forgetCuts(of isGone: (Path, Ledger.Cut) -> Bool) {
        for (log, cut) in ledger.cuts where isGone(log, cut) { ledger.apply(.whole(log)) }
    }

    /// Forgets abandoned logs that are not there any more.
    func forgetAbandoned(unseen seen: @autoclosure () -> Set<Path>) {
        guard !ledger.abandoned.isEmpty else { return }
        let seen = seen()
        for log in ledger.abandoned.keys where !seen.contains(log) { ledger.apply(.inUse(log)) }
    }

    /// Writes down what still holds. An error that this run did not meet again is forgotten, and told at once when it comes
    /// back.
    ///
    /// - Parameter keepingOthers: what was told before stays, because this run did not look at everything.
    func save(keepingOthers: Bool = false) throws {
        guard !isReadOnly else { return }
        ledger.told = keepingOthers ? ledger.told.merging(current) { _, new in new } : current
        let bytes = ledger.encoded()
        guard bytes != stored || isStandIn else { return }
        do {
            if bytes.isEmpty { try file.remove() } else { try file.replace(with: bytes) }
            if isStandIn { try standIn?.remove() }
            isStandIn = false
        } catch {
            // On a full disk what was told an hour ago would be told every minute, and a mail be sent each time.
            guard let standIn else { throw error }
            if bytes != stored { try standIn.replace(with: bytes) }
            isStandIn = true
        }
        stored = bytes
    }
}
