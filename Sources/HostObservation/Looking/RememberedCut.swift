package import LinuxSystem
package import RotationCore

extension Ledger.Cut {
    /// What is to be remembered of a log that is cut: its head as it is now, and NULs in the last block.
    package init(of log: borrowing Descriptor, _ status: FileStatus, end: Int64, headBytes: Int64) throws(SystemError) {
        let bytes = try log.beginning(bytes: Int(min(headBytes, LogHead.largestBytes)))
        let head = bytes.isEmpty ? nil : Head(bytes: Int64(bytes.count), checksum: Checksum.crc32(bytes))
        let punched = end - Int64(bytes.count)
        self.init(
            inode: status.identity.inode, end: end, paddingBytes: min(punched, end % max(1, status.blockBytes)),
            head: head)
    }
}
