import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Copies the parts of a log's history to standard output.
struct HistoryPrinter {
    private let history: LogHistory
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    /// Whether something could not be read.
    private(set) var hasFailed = false
    /// The log, and how far it was printed.
    private var live: FollowedFile?

    private static let programLimitSeconds: Int64 = 24 * 3600

    init(_ history: LogHistory) {
        self.history = history
    }

    /// Prints every part. What cannot be read is said and passed over; only an error of standard output is thrown.
    mutating func printAll() throws(SystemError) {
        for part in history.parts {
            do {
                try copy(part)
            } catch let error as OutputFailure {
                throw error.error
            } catch {
                hasFailed = true
                let name = "\(error)".contains("\(part.path)") ? "" : "\(part.path): "
                Output.standardError("spillway: \(name)\(error); what could be read of it is printed")
            }
        }
    }

    private mutating func copy(_ part: LogHistory.Part) throws {
        let file = try history.open(part)
        switch part.form {
        case .gzip: try copy(PartReader(gzip: file))
        case .plain:
            if part.isLive { live = try FollowedFile(part.path, file.duplicate()) }
            let runs = try history.runs(of: part, in: file)
            let reader = PartReader(file, runs: runs)
            try copy(reader)
            if part.isLive { live?.offset = max(reader.position, runs.last?.end ?? 0) }
        case .program(let command, let options):
            let ended = try ChildProcess.run(
                command, ([command] + options).map { Path($0) }, descriptors: [0: file.number],
                limitSeconds: Self.programLimitSeconds)
            guard ended.succeeded else { throw PartFailure(message: "\(part.path): \(command) \(ended)") }
        }
    }

    private mutating func copy(_ reader: PartReader) throws {
        while true {
            let count = try buffer.withMutableBytes { try reader.read(into: $0) }
            if count == 0 { return }
            try write(count)
        }
    }

    private func write(_ count: Int) throws(OutputFailure) {
        do throws(SystemError) {
            try buffer.withBytes { bytes throws(SystemError) in
                try StandardOutput.writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
        } catch {
            throw OutputFailure(error: error)
        }
    }

    /// Prints what is written from now on, until this process is ended.
    ///
    /// Files that have lost the name are read on as well, until another one has been renamed: their writers need a moment.
    mutating func follow(_ path: Path) throws(SystemError) {
        var files: [FollowedFile] = []
        if let live { files.append(live) }
        live = nil
        while true {
            if let current = FollowedFile.current(path), !files.contains(where: { $0.identity == current.identity }) {
                files = Array((files + [current]).suffix(2))
            }
            for file in files {
                while let count = try file.read(into: &buffer), count > 0 {
                    do throws(OutputFailure) { try write(count) } catch { throw error.error }
                }
            }
            sleep(milliseconds: Self.pauseMilliseconds)
        }
    }

    private static let pauseMilliseconds: UInt32 = 200
}

/// Standard output failed: there is nobody left to print for.
private struct OutputFailure: Error {
    let error: SystemError
}

private struct PartFailure: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}

/// A file that is read as it grows.
final class FollowedFile {
    private let file: Descriptor
    let identity: FileIdentity
    /// How far it was read.
    var offset: Int64 = 0

    init(_ path: Path, _ file: consuming Descriptor) throws(SystemError) {
        identity = try file.status().identity
        self.file = file
    }

    /// What has the name now; nil where nothing has.
    static func current(_ path: Path) -> FollowedFile? {
        guard let file = try? Directory.open(path.directory).open(path.name, .reading) else { return nil }
        return try? FollowedFile(path, file)
    }

    /// Reads what came since; nil where the file cannot be read. What is a hole by now was archived, and is passed over.
    func read(into buffer: inout [UInt8]) throws(SystemError) -> Int? {
        let size = try file.status().sizeBytes
        // Somebody has emptied it: what it has is new.
        if size < offset { offset = 0 }
        guard let extent = try file.nextData(from: offset) else {
            offset = max(offset, size)
            return 0
        }
        offset = max(offset, extent.offset)
        let position = offset
        let count = try buffer.withMutableBytes { bytes throws(SystemError) in try file.read(into: bytes, at: position)
        }
        offset += Int64(count)
        return count
    }
}
