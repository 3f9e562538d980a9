import Glibc

/// A lock with two conditions to wait for: pthread_mutex_init(3), pthread_cond_init(3).
///
/// The standard library's Mutex has no conditions.
final class Monitor: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let conditions = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 2)

    /// What one can wait for.
    enum Condition: Int {
        /// There is work for a thread, or none will come any more.
        case work
        /// A thread has finished a piece of it.
        case result
    }

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(conditions, nil)
        pthread_cond_init(conditions + 1, nil)
    }

    deinit {
        pthread_cond_destroy(conditions)
        pthread_cond_destroy(conditions + 1)
        pthread_mutex_destroy(mutex)
        conditions.deallocate()
        mutex.deallocate()
    }

    func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Only inside of `locked`, which others may enter meanwhile. It can return without a reason.
    func wait(for condition: Condition) {
        pthread_cond_wait(conditions + condition.rawValue, mutex)
    }

    func wakeOne(_ condition: Condition) {
        pthread_cond_signal(conditions + condition.rawValue)
    }

    func wakeAll(_ condition: Condition) {
        pthread_cond_broadcast(conditions + condition.rawValue)
    }
}
