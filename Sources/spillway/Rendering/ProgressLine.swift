import LinuxSystem
import RotationCore

/// One line on a terminal that tells how far long work is.
struct ProgressLine {
    /// Where it is shown: nowhere without a terminal, or on one that cannot clear a line.
    private let width: Int?
    private var lastShown = monotonicSeconds()
    private var isVisible = false
    /// The work that goes on, and since when.
    private var current: (path: Path, sinceSeconds: Double, sinceBytes: Int64)?

    /// A tenth of a second between two lines, and none at all in the first.
    private static let pauseSeconds = 0.1
    /// A rate is said when it is one.
    private static let measureSeconds = 0.5

    init() {
        width = isTerminal(2) && !Screen.isDumb ? Screen(of: 2).width : nil
    }

    mutating func show(_ path: Path, _ done: Int64, _ total: Int64) {
        guard let width, total > 0 else { return }
        let now = monotonicSeconds()
        if current?.path != path { current = (path, now, done) }
        guard now - lastShown > Self.pauseSeconds, let current else { return }
        lastShown = now
        isVisible = true
        let seconds = now - current.sinceSeconds
        let rate = seconds > Self.measureSeconds ? Double(done - current.sinceBytes) / seconds : nil
        // The last column stays free: some terminals begin a new line behind it.
        Output.onTerminal("\r\(Self.text(path, done, total, bytesPerSecond: rate, width: width - 1))\u{1b}[K")
    }

    /// `/var/log/app.log: 42 % of 1.2 GiB, 120 MiB/s, 6 s left`, the path shortened to what there is room for.
    static func text(_ path: Path, _ done: Int64, _ total: Int64, bytesPerSecond: Double?, width: Int) -> String {
        var figures = ": \(min(100, done * 100 / total)) % of \(Figures.bytes(total))"
        if let bytesPerSecond, bytesPerSecond >= 1 {
            let left = Int64((Double(max(0, total - done)) / bytesPerSecond).rounded(.up))
            figures += ", \(Figures.bytes(Int64(bytesPerSecond)))/s, \(Figures.age(left)) left"
        }
        let room = width - figures.count
        guard room > 0 else { return String(figures.dropFirst(2).prefix(max(0, width))) }
        return TextTable.shortened(path.onOneLine.description, to: room) + figures
    }

    mutating func clear() {
        guard isVisible else { return }
        isVisible = false
        Output.onTerminal("\r\u{1b}[K")
    }
}
