import LinuxSystem

/// What spillway did, in words.
public enum HistoryText {
    /// `2026-11-22 03:12  rotated  /var/log/syslog to /var/log/syslog.1.gz, 12 MiB; due: daily, last rotated ...`.
    public static func describe(_ record: HistoryRecord, zone: some Zone) -> String {
        let time = "\(zone.civil(at: record.at))"
        let word = verb(record.kind)
        let padding = String(repeating: " ", count: max(0, 9 - word.count))
        return "\(time)  \(word)\(padding)  \(what(record))"
    }

    private static func verb(_ kind: HistoryRecord.Kind) -> String {
        switch kind {
        case .rotate: "rotated"
        case .evict: "evicted"
        case .expire: "expired"
        case .signal: "signalled"
        case .recover: "finished"
        case .free: "freed"
        case .abandon: "removed"
        case .error: "error"
        case .notice: "notice"
        case .run: "run"
        }
    }

    private static func what(_ record: HistoryRecord) -> String {
        switch record.kind {
        // Sentences that name the file themselves.
        case .error, .notice: return record.reason
        case .run: return record.reason
        case .rotate, .evict, .expire, .signal, .recover, .free, .abandon: break
        }
        var text = "\(record.path)"
        if let to = record.to { text += " to \(to.directory == record.path.directory ? to.name : to)" }
        if let bytes = record.bytes { text += ", \(Figures.bytes(bytes))" }
        return record.reason.isEmpty ? text : "\(text); \(record.reason)"
    }
}
