import CLinux

/// A file as it was seen, to be known again: under another name, or in a later run.
///
/// Device and inode tell, where the inode's number is the file's. Where it belongs to the name (FUSE servers that do not
/// pass it on, such as mergerfs; CIFS without the server's numbers) what does not change with a name has to: kind, owner,
/// mode, a size and a time that do not go back, and the last bytes that the file had: a gzip's checksum and length.
public struct SeenFile: Sendable {
    /// What was seen of it.
    public let status: FileStatus
    /// Its last bytes; nil where its inode's number tells.
    private let ending: [UInt8]?

    private static let endingBytes: Int64 = 8

    /// What has a name now; nil where nothing has.
    public init?(_ name: Path, in directory: Directory) throws(SystemError) {
        guard let status = try directory.status(of: name) else { return nil }
        self.status = status
        guard directory.hasInodesByName, status.kind == .regular else {
            ending = nil
            return
        }
        ending = try Self.ending(of: directory.open(name, .looking), before: status.sizeBytes)
    }

    /// Whether it is what has this name now.
    public func isStill(_ name: Path, in directory: Directory) throws(SystemError) -> Bool {
        try stillThere(name, in: directory) != nil
    }

    /// What has this name now, if it is this file; nil where it is another one, or nothing.
    public func stillThere(_ name: Path, in directory: Directory) throws(SystemError) -> FileStatus? {
        guard let now = try directory.status(of: name) else { return nil }
        return try isThis(now, name, in: directory) ? now : nil
    }

    private func isThis(_ now: FileStatus, _ name: Path, in directory: Directory) throws(SystemError) -> Bool {
        guard let ending else { return now.identity == status.identity }
        guard Self.canBecome(status, now) else { return false }
        return try Self.ending(of: directory.open(name, .looking), before: status.sizeBytes) == ending
    }

    /// Whether a file can have come to look like this, if nobody has emptied it.
    static func canBecome(_ seen: FileStatus, _ now: FileStatus) -> Bool {
        guard now.identity.device == seen.identity.device, now.kind == seen.kind, now.owner == seen.owner,
            now.group == seen.group, now.mode == seen.mode
        else { return false }
        return now.sizeBytes >= seen.sizeBytes && now.modified >= seen.modified
    }

    private static func ending(of file: borrowing Descriptor, before end: Int64) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(min(endingBytes, end)))
        let offset = end - Int64(bytes.count)
        let count = try bytes.withMutableBytes { buffer throws(SystemError) in try file.read(into: buffer, at: offset) }
        return Array(bytes[..<count])
    }
}

extension Descriptor {
    /// Whether an inode's number is not to be relied on here: it can be another one as soon as the file gets another name, or
    /// nobody has asked for a while. statfs(2).
    ///
    /// So it is with FUSE (mergerfs 2.33: by name), CIFS and SMB, and the shared folders of VirtualBox.
    public var hasInodesByName: Bool {
        let type = spillway_file_system_type(number) & 0xffff_ffff
        return [0x6573_5546, 0xff53_4d42, 0xfe53_4d42, 0x786f_4256].contains(type)
    }
}
