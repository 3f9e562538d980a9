import CLinux
import Glibc
import SystemPackage

/// Signals to this process that wait until they are asked for, beside other things that are waited for: signalfd(2).
public struct SignalQueue: ~Copyable {
    /// What somebody asks of this process.
    public enum Request: Sendable {
        /// SIGTERM or SIGINT: end.
        case end
        /// SIGHUP: read the configuration again.
        case reload
    }

    private let descriptor: Descriptor

    /// From now on these signals wait. Programs that this process starts get them as usual.
    public init() throws(SystemError) {
        spillway_ignore_signals()
        descriptor = Descriptor(number: try call("wait for signals") { spillway_signal_queue() }, path: "signalfd")
    }

    /// What becomes readable when a signal has come.
    public var number: CInt { descriptor.number }

    /// The next that has come; nil: none has.
    public func next() -> Request? {
        switch spillway_next_signal(descriptor.number) {
        case SIGTERM, SIGINT: .end
        case SIGHUP: .reload
        default: nil
        }
    }
}

/// Waits until one of these descriptors can be read, or somebody has closed its other end: poll(2).
///
/// - Returns: those that can be read; none when the time is over, or a signal came.
public func waitForInput(_ numbers: [CInt], seconds: Double) -> Set<CInt> {
    var waiting = numbers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    // A part of a millisecond is a whole one: else the rest would be waited for in a circle.
    let milliseconds = CInt(max(0, min(seconds * 1000 + 1, 1_000_000)))
    guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return [] }
    return Set(waiting.filter { $0.revents != 0 }.map(\.fd))
}
