import Glibc

extension Path {
    /// What stat(2) says of what it leads to, without anything being opened; nil where it leads nowhere, or may not be
    /// looked at. No server is asked.
    public func status(followingLink: Bool = false) -> FileStatus? {
        withCString { try? Look.at($0, in: AT_FDCWD, followingLink: followingLink, self)?.status }
    }
}
