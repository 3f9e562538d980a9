import HostObservation
import LinuxChanges
package import LinuxSystem
package import RotationCore

/// The ledger beside the journal: what is remembered between runs and safe to lose.
package final class LedgerStore {
    /// An error that goes on is told again after so many seconds.
    package static let repeatSeconds: Int64 = 3600

    private let file: SafeFile
    private let rights: Rights
    private let isReadOnly: Bool
    /// Takes its place while it cannot be written; nil: nothing does.
    private let standIn: SafeFile?
    /// Whether what is stored is the stand-in's.
    private var isStandIn = false
    /// The one of the two that is added to.
    private var growing: GrowingFile?
    /// What the file holds.
    private var stored: [UInt8] = []
    /// Whether some of that may not be on the disk yet.
    private var isUnsynced = false
    /// What is known now.
    package private(set) var ledger = Ledger()
    /// What this run has met, and when it was told.
    private var current: [Path: Int64] = [:]

    /// What is remembered beside this journal. A file that cannot be read means nothing is.
    ///
    /// - Parameter rights: the ledger is written with this process's own, while a stanza's `su` holds.
    package init(journal: Path, isReadOnly: Bool, rights: Rights = Rights()) {
        file = SafeFile(path: LedgerFile.path(of: journal))
        standIn = LedgerFile.standIn(of: journal).map { SafeFile(path: $0, makesDirectories: false) }
        self.isReadOnly = isReadOnly
        self.rights = rights
        let found = LedgerFile.read(journal: journal)
        ledger = found.ledger
        stored = found.stored
        isStandIn = found.isStandIn
    }

    /// Remembers something at once, whatever becomes of this run.
    ///
    /// - Parameter isDurable: also through a power cut.
    package func record(_ records: [Ledger.Record], isDurable: Bool = false) {
        guard !isReadOnly, !records.isEmpty else { return }
        let news = records.filter { ledger.apply($0) }
        guard !news.isEmpty else { return }
        let bytes = news.flatMap(\.line)
        if (try? append(bytes, isDurable: isDurable)) != nil {
            stored += bytes
            isUnsynced = !isDurable
        } else if let standIn, !isStandIn {
            // Where that fails too nothing is remembered: holes are known as such without.
            let all = ledger.encoded()
            guard (try? rights.withOwn { try standIn.replace(with: all) }) != nil else { return }
            isStandIn = true
            stored = all
        }
    }

    private func append(_ bytes: [UInt8], isDurable: Bool) throws {
        let target = isStandIn ? standIn ?? file : file
        if growing?.file.path != target.path { growing = GrowingFile(target) }
        try rights.withOwn { try growing?.append(bytes, isDurable: isDurable) }
    }

    /// The writers of a renamed log were told: they are not told again.
    package func recordTelling(of log: Path) {
        let files = ledger.unreleased.values.filter { $0.log == log && !$0.isTold }
        record(
            files.map { file in
                var file = file
                file.isTold = true
                return .unreleased(file)
            })
    }

    /// What was recorded is on the disk when this returns. Where that fails a power cut can take it, as it may.
    package func sync() {
        guard !isReadOnly, isUnsynced, (try? append([], isDurable: true)) != nil else { return }
        isUnsynced = false
    }

    /// Whether an error is to be told now.
    package func shouldTell(_ message: String, now: Timestamp) -> Bool {
        let key = Path(bytes: message.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
        if current[key] != nil { return false }
        if let last = ledger.told[key], now.seconds - last < Self.repeatSeconds, now.seconds >= last {
            current[key] = last
            return false
        }
        current[key] = now.seconds
        return true
    }

    /// How this run ends; it is written down with the rest.
    package func note(exitStatus: Int32) {
        ledger.exitStatus = exitStatus
    }

    /// Forgets cuts of logs that are not there any more, or are others by now.
    package func forgetCuts(of isGone: (Path, Ledger.Cut) -> Bool) {
        for (log, cut) in ledger.cuts where isGone(log, cut) { ledger.apply(.whole(log)) }
    }

    /// Forgets abandoned logs that are not there any more.
    package func forgetAbandoned(unseen seen: @autoclosure () -> Set<Path>) {
        guard !ledger.abandoned.isEmpty else { return }
        let seen = seen()
        for log in ledger.abandoned.keys where !seen.contains(log) { ledger.apply(.inUse(log)) }
    }

    /// Writes down what still holds. An error that this run did not meet again is forgotten, and told at once when it comes
    /// back.
    ///
    /// - Parameter keepingOthers: what was told before stays, because this run did not look at everything.
    package func save(keepingOthers: Bool = false) throws {
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
