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
    /// Device and inode are compared: a number there can be another file's by now. nil: no holder leads to it any more.
    public func open(_ access: Access) throws(SystemError) -> Descriptor? {
        var failure: SystemError?
        for link in links {
            do throws(SystemError) {
                let number = try link.withCString { pointer throws(SystemError) in
                    try call("open", path) {
                        spillway_openat(AT_FDCWD, pointer, access.flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0)
                    }
                }
                let file = Descriptor(number: number, path: path)
                let status = try file.status()
                if status.identity == identity, status.kind == .regular { return file }
            } catch {
                // ENXIO: by now the number is a pipe's or a socket's.
                let isGone = [.noSuchFileOrDirectory, .noSuchProcess, .noSuchAddressOrDevice].contains(error.errno)
                if !isGone { failure = failure ?? error }
            }
        }
        if let failure { throw failure }
        return nil
    }
}
