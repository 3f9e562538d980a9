import CLinux
import Glibc
import SystemPackage

/// Tells when names come into directories: inotify(7). It keeps nobody from unmounting what they are on.
public final class DirectoryEvents {
    private let descriptor: Descriptor
    private let seesWrites: Bool
    private var watched: [Path: CInt] = [:]

    /// So many directories are watched at the most: the kernel has a limit for each user, of which others need some.
    private static let limit = 4096

    /// Nothing is watched yet. Throws where the kernel has none left, or does not know it.
    ///
    /// - Parameter seesWrites: files that are closed after they were written are told of, too, and names that go.
    public init(seesWrites: Bool = false) throws(SystemError) {
        self.seesWrites = seesWrites
        descriptor = Descriptor(number: try call("watch directories") { spillway_inotify() }, path: "inotify")
    }

    /// What becomes readable when something came.
    public var number: CInt { descriptor.number }

    /// Watches these directories, and no others any more. One that cannot be watched is left out.
    public func watch(_ directories: Set<Path>) {
        for (path, number) in watched where !directories.contains(path) {
            spillway_inotify_remove(descriptor.number, number)
            watched[path] = nil
        }
        for path in directories where watched[path] == nil && watched.count < Self.limit {
            let number = path.withCString { spillway_inotify_add(descriptor.number, $0, seesWrites) }
            if number >= 0 { watched[path] = number }
        }
    }

    /// Takes what has come; whether anything had.
    public func drain() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var found = false
        while Glibc.read(descriptor.number, &buffer, buffer.count) > 0 { found = true }
        // A directory that was removed, and came again, is another one: its number is not known any more.
        if found { forgetRemoved() }
        return found
    }

    private func forgetRemoved() {
        for (path, number) in watched {
            let again = path.withCString { spillway_inotify_add(descriptor.number, $0, seesWrites) }
            if again != number { watched[path] = again >= 0 ? again : nil }
        }
    }
}
