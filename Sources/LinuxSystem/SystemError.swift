import Glibc
public import SystemPackage

/// A system call that failed: what was attempted, on what, and the kernel's answer.
public struct SystemError: Error, Hashable, Sendable {
    /// What was attempted, as a verb: "open", "rename".
    public let operation: String
    /// What it was attempted on, where that is known.
    public let path: Path?
    /// The kernel's answer.
    public let errno: Errno

    /// An error of a call that has just failed.
    public init(_ operation: String, _ path: Path?, _ errno: Errno) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// The kernel's answer in words: strerror(3).
    public var reason: String { errno.description }
}

extension SystemError: CustomStringConvertible {
    /// "cannot open /var/log/x: Permission denied".
    public var description: String {
        "cannot \(operation)\(path.map { " \($0)" } ?? ""): \(errno)"
    }
}

/// Calls `body` until it is not interrupted, and throws what `errno` says when it answers -1.
///
/// Every call of this module goes through here: errno is read at once, and EINTR is retried, unless the caller has a
/// reason to notice a signal.
@discardableResult
package func call<Answer: FixedWidthInteger & SignedInteger>(
    _ operation: @autoclosure () -> String, _ path: @autoclosure () -> Path? = nil, retryingInterrupts: Bool = true,
    _ body: () -> Answer
) throws(SystemError) -> Answer {
    while true {
        let answer = body()
        guard answer == -1 else { return answer }
        let errno = Errno(rawValue: Glibc.errno)
        if errno == .interrupted && retryingInterrupts { continue }
        throw SystemError(operation(), path(), errno)
    }
}
