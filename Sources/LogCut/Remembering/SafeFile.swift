import HostObservation
import LinuxChanges
public import LinuxSystem
import SystemPackage

/// A small file of spillway's own, replaced as a whole or not at all.
public struct SafeFile: Sendable {
    package let path: Path
    package let mode: UInt32
    package let makesDirectories: Bool
    /// Whether mode, owner and ACL stay what they are.
    package var keepsAttributes = false

    /// A file under an absolute path, 0600 unless it is for others to read.
    public init(path: Path, mode: UInt32 = 0o600, makesDirectories: Bool = true) {
        self.path = path
        self.mode = mode
        self.makesDirectories = makesDirectories
    }

    /// Replaces it: on the disk under another name, then renamed, then the directory.
    public func replace(with bytes: [UInt8]) throws {
        let directory =
            try makesDirectories ? Self.openOrMakeDirectory(path.directory) : Directory.open(path.directory)
        let temporary = path.name + ".new"
        // What a run that was ended left behind is incomplete.
        if try directory.status(of: temporary) != nil { try directory.remove(temporary) }
        do {
            let file = try directory.create(temporary, mode: mode)
            if keepsAttributes, let old = try? directory.open(path.name, .reading) {
                try FileAttributes(of: old).forState.apply(to: file)
            } else {
                try file.setMode(mode)
            }
            try file.writeAll(bytes)
            try file.sync()
            try directory.replace(path.name, with: temporary)
        } catch {
            // The first error is the one that matters.
            try? directory.remove(temporary)
            throw error
        }
        try directory.sync()
    }

    /// Writes these bytes under another name, and removes that again: whether there is room and the right to.
    package func rehearse(with bytes: [UInt8]) throws {
        let directory = try Self.openOrMakeDirectory(path.directory)
        let temporary = path.name + ".new"
        if try directory.status(of: temporary) != nil { try directory.remove(temporary) }
        let file = try directory.create(temporary, mode: 0o600)
        do {
            try file.writeAll(bytes)
            try file.sync()
        } catch {
            // The first error is the one that matters.
            try? directory.remove(temporary)
            throw error
        }
        try directory.remove(temporary)
    }

    /// Adds to its end, in place.
    package func append(_ bytes: [UInt8], isDurable: Bool) throws {
        let directory = try Self.openOrMakeDirectory(path.directory)
        let file = try directory.openOwn(path.name, mode: mode)
        try file.writeAll(bytes, at: try file.status().sizeBytes)
        if isDurable { try file.syncData() }
    }

    /// Removes it if it is there.
    package func remove() throws {
        guard let directory = try? Directory.open(path.directory), try directory.status(of: path.name) != nil else {
            return
        }
        try directory.remove(path.name)
    }

    /// The directory, made 0700 with those above it where they are missing.
    package static func openOrMakeDirectory(_ path: Path) throws(WalkError) -> Directory {
        do throws(WalkError) {
            return try Directory.open(path)
        } catch {
            guard error.errno == .noSuchFileOrDirectory, path.directory != path else { throw error }
            let parent = try openOrMakeDirectory(path.directory)
            do throws(SystemError) {
                try parent.makeDirectory(path.name, mode: 0o700)
            } catch {
                guard error.errno == .fileExists else { throw .system(error) }
            }
            return try Directory.open(path)
        }
    }
}
