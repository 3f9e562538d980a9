import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

extension DeletedFile {
    /// How it is opened again.
    public enum Access: Sendable {
        case reading, writing, readingAndWriting

        fileprivate var flags: CInt {
            switch self {
            case .reading: O_RDONLY
            case .writing: O_WRONLY
            case .readingAndWriting: O_RDWR
            }
        }
    }

    /// Opens it through a holder's descriptor, /proc/PID/fd/N, which leads to it without a name.
    ///
    /// The holder may put something else there at any moment: another file, or with O_PATH a device that does something as
    /// soon as it is opened. So the place is held first, with O_PATH, which opens nothing; device, inode, kind and that it
    /// has no name are compared there, and exactly that is opened. nil: no holder leads to it any more.
    public func open(_ access: Access) throws(SystemError) -> Descriptor? {
        var failure: SystemError?
        for link in links {
            do throws(SystemError) {
                let place = Descriptor(number: try Self.openAt(link, spillway_O_PATH | O_CLOEXEC, path), path: path)
                let status = try place.status()
                guard status.identity == identity, status.kind == .regular, status.linkCount == 0 else { continue }
                let flags = access.flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC
                let number = try Self.openAt(Path("/proc/self/fd/\(place.number)"), flags, path)
                return Descriptor(number: number, path: path)
            } catch {
                // ENXIO: by now the number is a pipe's or a socket's.
                let isGone = [.noSuchFileOrDirectory, .noSuchProcess, .noSuchAddressOrDevice].contains(error.errno)
                if !isGone { failure = failure ?? error }
            }
        }
        if let failure { throw failure }
        return nil
    }

    private static func openAt(_ link: Path, _ flags: CInt, _ path: Path) throws(SystemError) -> CInt {
        try link.withCString { pointer throws(SystemError) in
            try call("open", path) { spillway_openat(AT_FDCWD, pointer, flags, 0) }
        }
    }
}
