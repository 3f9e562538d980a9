import Glibc

/// What the signals have said, looked at between two writes.
enum Interrupts {
    nonisolated(unsafe) private static var isEnded: sig_atomic_t = 0
    nonisolated(unsafe) private static var hangUps: sig_atomic_t = 0

    /// Whether to stop: told to, or nobody is left who could tell.
    static var hasEnd: Bool {
        looks &+= 1
        if looks % 256 == 0, getppid() != parent { return true }
        return isEnded != 0
    }

    private static let parent = getppid()
    nonisolated(unsafe) private static var looks = 0

    /// Whether a SIGHUP came since this was asked last.
    static func takeHangUp() -> Bool {
        guard hangUps != 0 else { return false }
        hangUps = 0
        return true
    }

    /// SIGTERM asks for the end; SIGHUP is caught, or ends the program as it does by default.
    static func prepare(catchesHangUp: Bool) {
        // Read once, so that the handlers find them made.
        _ = (isEnded, hangUps, parent)
        handle(SIGTERM) { _ in Interrupts.isEnded = 1 }
        if catchesHangUp {
            handle(SIGHUP) { _ in Interrupts.hangUps = 1 }
        } else {
            signal(SIGHUP, SIG_DFL)
        }
        // Whoever starts programs from a thread of its own may have blocked them.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }

    private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        guard sigaction(number, &action, nil) == 0 else { failOfCall("sigaction") }
    }
}

/// Sleeps, or less if a signal comes.
func sleep(microseconds: Int) {
    var time = timespec(tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1000)
    nanosleep(&time, nil)
}

/// A clock that nobody sets.
func microsecondsOfClock() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}
