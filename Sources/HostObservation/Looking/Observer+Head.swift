import Gzip
package import LinuxSystem
package import RotationCore

/// Where the ledger is lost: the log and its archives tell whether the first bytes are archived already.
extension Observer {
    /// So many archives are looked into at the most.
    private static let archiveLimit = 256

    /// What is known of a log's head that the ledger does not know.
    ///
    /// - Parameter log: the log, open for reading.
    package func headFinding(
        of path: Path, _ log: borrowing Descriptor, _ status: FileStatus, _ settings: Settings
    ) -> HeadFinding {
        guard ledger.cuts[path]?.inode != status.identity.inode, status.allocatedBytes < status.sizeBytes else {
            return .none
        }
        guard let cut = try? cut(of: log, status) else { return .none }
        guard let bytes = cut.head?.bytes, let head = try? log.beginning(bytes: Int(bytes)),
            let archives = try? observeArchives(of: path, settings)
        else { return .doubtful }
        let names = archives.namesOldestFirst(of: path, settings)
        // What is in no archive that is left cannot be there twice.
        guard !names.isEmpty, let directory = try? cache.directory(archives.directory) else { return .none }
        return isArchived(head, names.prefix(Self.archiveLimit), in: directory) ? .archived(cut) : .doubtful
    }

    /// What the ledger would know, if a hole follows the first block at once; nil where none does.
    private func cut(of log: borrowing Descriptor, _ status: FileStatus) throws -> Ledger.Cut? {
        guard let extent = try log.nextData(from: 0), extent.offset == 0 else { return nil }
        let start = try log.beginning(bytes: Int(LogHead.largestBytes))
        let length = LogHead.length(of: start, blockBytes: status.blockBytes)
        guard length > 0, length < status.sizeBytes, length <= extent.end else { return nil }
        // The rest of the last block that was cut is no hole.
        let behind = min(LogContent.clusterLimitBytes, extent.end - length)
        let window = try log.bytes(at: length, count: Int(behind))
        let count = LogContent.leadingNULs(window[...])
        guard count > 0 || length == extent.end else { return nil }
        let isHole = count == window.count
        let end = isHole ? try log.nextData(from: extent.end)?.offset ?? status.sizeBytes : length + Int64(count)
        return try Ledger.Cut(of: log, status, end: end, headBytes: length)
    }

    /// Whether archives begin with these bytes, one or several of them in turn, as where a log was cut that was smaller.
    private func isArchived(_ head: [UInt8], _ oldestFirst: ArraySlice<Path>, in directory: Directory) -> Bool {
        // What is left of an earlier cut's padding is in no archive.
        let padding = (head.firstIndex { $0 != UInt8(ascii: " ") } ?? 0) + 1
        let wholes = head.prefix(padding).last == UInt8(ascii: "\n") ? [head[...], head[padding...]] : [head[...]]
        for whole in wholes {
            for first in oldestFirst.indices {
                var rest = whole
                for name in oldestFirst[first...] {
                    let part = beginning(of: name, in: directory, bytes: rest.count)
                    guard !part.isEmpty, rest.starts(with: part) else { break }
                    rest = rest.dropFirst(part.count)
                    if rest.isEmpty { return true }
                }
            }
        }
        return false
    }

    /// The first bytes of what an archive holds; none where it cannot be read.
    private func beginning(of name: Path, in directory: Directory, bytes count: Int) -> [UInt8] {
        guard let file = try? directory.open(name, .looking) else { return [] }
        guard name.hasSuffix(".gz") else { return (try? file.bytes(at: 0, count: count)) ?? [] }
        return GzipContent.beginning(of: file, bytes: count)
    }
}
