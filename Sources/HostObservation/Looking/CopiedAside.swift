package import LinuxSystem
package import RotationCore

extension Ledger {
    /// Whether all that a log has, which `renamecopy` has renamed aside, is in the archive that was made of it: a run was ended
    /// before the original went, or could not remove it.
    ///
    /// The ledger names the archive, by its inode too, and what both hold is compared: a log that got the same lines again is
    /// another one, and what has come since is not in there.
    ///
    /// - Parameters:
    ///   - path: where it is aside.
    ///   - status: its status.
    package func isCopied(_ path: Path, _ status: FileStatus, _ cache: DirectoryCache) -> Bool {
        guard let file = unreleased[path], file.inode == status.identity.inode, let parts = file.parts,
            let archives = try? cache.directory(parts.directory),
            let archive = try? archives.open(parts.name, .looking),
            let found = try? archive.status(), found.kind == .regular,
            found.identity.inode == file.partsInode
                || (archive.hasInodesByName
                    && (try? archives.status(of: parts.name))??.identity.inode == file.partsInode),
            let original = try? cache.directory(path.directory).open(path.name, .looking),
            (try? original.status().identity) == status.identity,
            let runs = try? PendingScan(cuts[path], of: status).runs(in: original, before: status.sizeBytes)
        else { return false }
        original.adviseSequential()
        if ContentComparison.isCopy(archive, of: runs, of: original) { return true }
        guard let compressed = try? archives.open(parts.name, .looking) else { return false }
        return ContentComparison.expands(compressed, to: runs, of: original)
    }
}
