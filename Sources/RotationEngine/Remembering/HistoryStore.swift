import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore

/// Adds to the history. It is never in the way: where it cannot be written, as on a full disk, nothing else changes.
struct HistoryStore {
    private let path: Path

    /// Two runs with different states can end at the same moment: so long one waits for the other, in milliseconds.
    private static let waitMilliseconds = 500

    init(journal: Path?) {
        path = HistoryFile.path(of: journal)
    }

    /// Adds records. Throws where they cannot be written; then none of the file's lines is damaged but perhaps its last.
    func add(_ records: [HistoryRecord]) throws {
        guard !records.isEmpty else { return }
        var bytes: [UInt8] = []
        for record in records {
            bytes += record.line.utf8
            bytes.append(UInt8(ascii: "\n"))
        }
        let directory = try SafeFile.openOrMakeDirectory(path.directory)
        let file = try directory.openOwn(path.name, mode: 0o600)
        try lock(file)
        var size = try file.status().sizeBytes
        if size > 0, size + Int64(bytes.count) > HistoryFile.halfBytes {
            try directory.replace(HistoryFile.older(than: path).name, with: path.name)
            let next = try directory.openOwn(path.name, mode: 0o600)
            try next.writeAll(bytes, at: 0)
            return
        }
        // What a full disk let through of an earlier line is not to take a new one with it.
        if size > 0, try file.bytes(at: size - 1, count: 1) != [UInt8(ascii: "\n")] {
            try file.writeAll([UInt8(ascii: "\n")], at: size)
            size += 1
        }
        try file.writeAll(bytes, at: size)
    }

    private func lock(_ file: borrowing Descriptor) throws {
        var waited = 0
        while try !file.tryLock(), waited < Self.waitMilliseconds {
            sleep(milliseconds: 10)
            waited += 10
        }
    }
}
