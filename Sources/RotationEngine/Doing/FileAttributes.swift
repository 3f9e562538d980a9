import LinuxSystem
import RotationCore
import SystemPackage

/// What a new file takes over from another: mode, owner, ACL and security label.
struct FileAttributes {
    var status: FileStatus
    var accessControl: [UInt8]?
    var label: [UInt8]?

    private static let accessControlName = "system.posix_acl_access"
    private static let labelName = "security.selinux"

    /// The attributes of an open file.
    init(of file: borrowing Descriptor) throws(SystemError) {
        status = try file.status()
        accessControl = try file.attribute(Self.accessControlName)
        label = try file.attribute(Self.labelName)
    }

    /// Changed as `create` asks: an explicit mode takes the place of the ACL too.
    func changed(by ownership: Ownership) -> FileAttributes {
        var result = self
        if let mode = ownership.mode {
            result.status.mode = mode
            result.accessControl = nil
        }
        result.status.owner = ownership.owner ?? status.owner
        result.status.group = ownership.group ?? status.group
        return result
    }

    /// What a file is created with before anything else about it is right: never more than it may have at the end.
    var narrowestMode: UInt32 { status.mode & 0o600 }

    /// Gives an open file these attributes: the owner first, so that no mode is ever in force for the wrong one.
    func apply(to file: borrowing Descriptor) throws(SystemError) {
        let current = try file.status()
        if current.owner != status.owner || current.group != status.group {
            try file.setOwner(status.owner, group: status.group)
        }
        try file.setMode(status.mode & 0o7777)
        if let accessControl { try file.setAttribute(Self.accessControlName, to: accessControl) }
        if let label { try set(label, on: file) }
    }

    /// A file system without labels is no error, and neither is one that has the same already.
    private func set(_ label: [UInt8], on file: borrowing Descriptor) throws(SystemError) {
        if try file.attribute(Self.labelName) == label { return }
        do throws(SystemError) {
            try file.setAttribute(Self.labelName, to: label)
        } catch {
            if error.errno != .notSupported { throw error }
        }
    }
}
