import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

/// Files that are put on the disk together.
///
/// Each fsync(2) of a file that the file system has not yet given its blocks is a commit of its journal: 64 small archives
/// one after the other are 64 of them. So the writing of all is begun first (`Descriptor.beginWriting`), then one is waited
/// for, which takes the others' with it; and where each still takes its time (a disk that flushes its cache for each) the
/// rest are asked for on several threads at once, so that one flush serves many.
public struct SyncBatch {
    private var files: [(number: CInt, path: Path)] = []
    /// From here on waiting is what the time goes to, and not the call, in seconds.
    private static let slowSeconds = 0.0003
    private static let mostThreads = 16

    /// No file yet.
    public init() {}

    /// One more. It has to stay open until `perform` has returned.
    public mutating func add(_ file: borrowing Descriptor) {
        files.append((file.number, file.path))
    }

    /// Content and sizes of all are on the disk when this returns, but for those that there is an error for, in the order
    /// in which they were added: fsync(2).
    public func perform() -> [SystemError?] {
        var errors = [SystemError?](repeating: nil, count: files.count)
        var next = 0
        while next < files.count {
            let begun = monotonicSeconds()
            errors[next] = Self.sync(files[next])
            next += 1
            // The first one is slow in any case: it is the one that commits.
            if next > 1, monotonicSeconds() - begun > Self.slowSeconds { break }
        }
        let rest = files[next...]
        guard !rest.isEmpty else { return errors }
        let count = min(Self.mostThreads, rest.count)
        let begin = next
        let parts = Threads.run(count) { thread in
            stride(from: begin + thread, to: rest.endIndex, by: count).compactMap { index in
                Self.sync(rest[index]).map { (index, $0) }
            }
        }
        for (index, error) in parts.joined() { errors[index] = error }
        return errors
    }

    private static func sync(_ file: (number: CInt, path: Path)) -> SystemError? {
        do throws(SystemError) {
            try call("sync", file.path) { fsync(file.number) }
            return nil
        } catch {
            return error
        }
    }
}

extension Descriptor {
    /// Begins to write what was written to it to the disk, and does not wait: sync_file_range(2), SYNC_FILE_RANGE_WRITE.
    /// Only `sync` says that it is there; where this cannot be asked for nothing is lost.
    public func beginWriting() {
        _ = spillway_begin_writing(number)
    }
}
