import LinuxChanges
import LinuxSystem

/// Who was sent a signal in this run: each once, whatever number of its logs was moved.
struct SignalMemory {
    /// A process and a signal.
    struct Told: Hashable {
        var process: Int32
        var startTicks: UInt64
        var signal: String
    }

    /// A signal that was sent.
    struct Sent {
        var request: Signalling.Request
        var holder: Holder
        var number: CInt
    }

    /// What became of signals.
    var told: [Told: SignalOutcome] = [:]
    /// Those who are still to be looked at again.
    var sent: [Sent] = []
    /// The parents of those, by process.
    var parents: [Int32: Int32] = [:]
    /// When the last of them was sent, on the clock that nobody sets.
    var sentAt = 0.0
}
