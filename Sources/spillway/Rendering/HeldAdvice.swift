import HostObservation
import LinuxSystem
import RotationCore

/// What follows from a list of deleted files: how full their file systems are, and the command that gives the space back.
struct HeldAdvice {
    let rows: [HeldRow]
    /// The paths that were asked about; empty: all.
    let paths: [Path]

    var lines: [String] { fileSystems() + command() }

    /// A line for each file system, named by the directory in which its largest file was.
    private func fileSystems() -> [String] {
        var known: Set<UInt64> = []
        return rows.compactMap { row in
            guard known.insert(row.file.identity.device).inserted, let size = Self.size(row.file), size.totalBytes > 0
            else { return nil }
            let taken = size.totalBytes - size.availableBytes
            let share = Int64((Double(taken) * 100 / Double(size.totalBytes)).rounded())
            return
                "the file system of \(row.file.path.directory) is \(share) % full: \(Figures.bytes(size.availableBytes)) of \(Figures.bytes(size.totalBytes)) are free"
        }
    }

    /// The name is gone, and its directory may be: a holder's descriptor leads there.
    private static func size(_ file: DeletedFile) -> FileSystemSize? {
        for holder in file.holders {
            guard let descriptor = holder.descriptor else { continue }
            let link = Path("/proc/\(holder.process)/fd/\(descriptor)")
            if let size = try? FileSystemSize.of(link) { return size }
        }
        return try? FileSystemSize.of(file.path.directory)
    }

    private func command() -> [String] {
        let free = rows.filter { $0.obstacle == nil }
        let words = paths.map { " \($0.shellWord)" }.joined()
        guard free.isEmpty else {
            let bytes = free.reduce(0) { $0 + $1.file.status.allocatedBytes }
            return ["this frees \(Figures.bytes(bytes)) of it: spillway held --reclaim\(words)"]
        }
        guard let largest = rows.first, let obstacle = largest.obstacle else { return [] }
        if case .runs(let holder) = obstacle { return ["restarting \(holder.title) frees it"] }
        return [
            "not freed without being told so, because \(obstacle): spillway held --reclaim --force \(largest.file.path.shellWord)"
        ]
    }
}
