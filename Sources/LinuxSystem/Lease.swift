import CLinux
import Glibc

/// A write lease on a file: while it is whole, nobody else has the file open. It is given back when the value goes.
///
/// Somebody who opens the file meanwhile waits, or fails if he does not want to wait: nothing that could block may be done
/// while it is held. SIGIO must be ignored (`StopSignal.arm`): the kernel sends it to the holder.
public struct WriteLease: ~Copyable {
    private let number: CInt

    fileprivate init(number: CInt) {
        self.number = number
    }

    deinit {
        _ = spillway_give_lease_back(number)
    }

    /// False as soon as somebody waits for the file.
    public var isWhole: Bool { spillway_write_lease_is_whole(number) == 1 }
}

/// The answer to a request for a lease.
public enum LeaseAnswer: ~Copyable {
    /// Nobody else has the file open.
    case granted(WriteLease)
    /// Somebody has.
    case refused
    /// It cannot be told: leases are switched off, refused for rights, or unknown to the file system.
    case unknown
}

extension Descriptor {
    /// Asks for a write lease: fcntl(2), F_SETLEASE, F_WRLCK. An open description of this process's own counts too.
    public func writeLease() -> LeaseAnswer {
        if spillway_take_write_lease(number) == 0 { return .granted(WriteLease(number: number)) }
        return errno == EAGAIN || errno == EBUSY ? .refused : .unknown
    }
}
