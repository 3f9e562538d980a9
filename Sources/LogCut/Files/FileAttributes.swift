import HostObservation
import LinuxChanges
package import LinuxSystem
package import RotationCore
import SystemPackage

/// What a new file takes over from another: mode, owner, ACL and security label.
package struct FileAttributes {
    package var status: FileStatus
    /// When it was last read, before it is now.
    package let accessed: Timestamp
    package var accessControl: [UInt8]?
    package var label: [UInt8]?
    private var hasExplicitMode = false

    private static let accessControlName = "system.posix_acl_access"
    private static let labelName = "security.selinux"

    /// The attributes of an open file.
    package init(of file: borrowing Descriptor) throws(SystemError) {
        (status, accessed) = try file.statusAndAccess()
        accessControl = try file.attribute(Self.accessControlName)
        label = try file.attribute(Self.labelName)
    }

    /// Changed as `create` asks: an explicit mode takes the place of the ACL too.
    package func changed(by ownership: Ownership) -> FileAttributes {
        var result = self
        if let mode = ownership.mode {
            result.hasExplicitMode = true
            result.status.mode = mode
            result.accessControl = nil
        }
        result.status.owner = ownership.owner ?? status.owner
        result.status.group = ownership.group ?? status.group
        return result
    }

    /// Of a state file: nobody else is to lock it.
    var forState: FileAttributes {
        var result = self
        result.hasExplicitMode = true
        result.status.mode &= 0o660
        return result
    }

    /// What a file is created with before anything else about it is right: never more than it may have at the end.
    package var narrowestMode: UInt32 { status.mode & 0o600 }

    /// Gives an open file these attributes: the owner first, so that no mode is ever in force for the wrong one.
    ///
    /// - Returns: which file it is.
    @discardableResult
    package func apply(to file: borrowing Descriptor) throws(SystemError) -> FileIdentity {
        let current = try file.status()
        let (mode, group) = try giveOwner(to: file, current)
        // A list's rights are for the group that the log had: with another one they would be somebody else's.
        let accessControl = group == status.group ? accessControl : nil
        // A directory's default list would let in whom the log does not. Where `create` names a mode, the administrator
        // has said for the directory who gets in besides.
        if accessControl == nil, !hasExplicitMode { try file.removeAttribute(Self.accessControlName) }
        try file.setMode(mode)
        if let accessControl { try file.setAttribute(Self.accessControlName, to: accessControl) }
        if let label { try set(label, on: file) }
        return current.identity
    }

    /// Gives the file its owner and says which mode it may have then, and which group it has. Without root's rights, as with
    /// `su`, the owner can only be this process's user: then the group gets no more than everybody, lest others could read it
    /// than before.
    private func giveOwner(
        to file: borrowing Descriptor, _ current: FileStatus
    ) throws(SystemError) -> (mode: UInt32, group: UInt32) {
        if current.owner == status.owner, current.group == status.group { return (mode, status.group) }
        do throws(SystemError) {
            try file.setOwner(status.owner, group: status.group)
            return (mode, status.group)
        } catch {
            guard error.errno == .notPermitted, Accounts.effectiveUser != 0 else { throw error }
        }
        do throws(SystemError) {
            try file.setOwner(current.owner, group: status.group)
            return (mode, status.group)
        } catch {
            guard error.errno == .notPermitted else { throw error }
        }
        return (hasExplicitMode ? mode : (mode & ~0o070) | (mode & 0o070 & (mode << 3)), current.group)
    }

    /// Set-id bits have no meaning for what is no program.
    private var mode: UInt32 { hasExplicitMode ? status.mode & 0o7777 : status.mode & 0o777 }

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
