import CLinux
import Glibc
import SystemPackage

/// Writes that processes may be in the middle of at a moment: their bytes can be in the file already, while neither
/// `WrittenBytes` nor the descriptor's position knows of them. A writer that the scheduler keeps waiting stays there as long
/// as it likes, and no pause is long enough; this tells when all of them are over.
public struct WritesInFlight: Sendable {
    /// A thread, and what it had done at that moment.
    private struct Doubt: Sendable {
        var process: Int32
        /// Below /proc/PID: `task/TID/`.
        var place: String
        /// Calls that write: `syscw` of its `io`. They are counted when they return.
        var writes: Int64?
        /// How long it ran, in nanoseconds: the first number of its `schedstat`.
        var ranNanoseconds: Int64?
    }

    private var doubts: [Doubt] = []
    private let descriptors: [Int32: Set<Int32>]
    /// Whether a process that is there could not be looked into: then it is never known.
    private var isUnknown = false

    /// Who has run so long since then has left a call whose bytes were in the file before: what is left of such a call is
    /// counting them.
    private static let longEnoughNanoseconds: Int64 = 10_000_000

    /// Notes what every thread of these writers has done until now.
    public init(of writers: [Holder]) {
        var descriptors: [Int32: Set<Int32>] = [:]
        for writer in writers {
            descriptors[writer.process, default: []].formUnion(writer.descriptor.map { [$0] } ?? [])
        }
        self.descriptors = descriptors
        for process in descriptors.keys.sorted() {
            for thread in threads(of: process) {
                let place = "task/\(thread)/"
                let doubt = Doubt(
                    process: process, place: place, writes: Self.writes(process, place),
                    ranNanoseconds: Self.ranNanoseconds(process, place))
                doubts.append(doubt)
            }
        }
    }

    /// Nothing where the process has gone.
    private mutating func threads(of process: Int32) -> [Path] {
        do {
            return try Directory.open(Path("/proc/\(process)/task")).names()
        } catch {
            let errno = (error as? WalkError)?.errno ?? (error as? SystemError)?.errno
            if errno != .noSuchFileOrDirectory, errno != .noSuchProcess { isUnknown = true }
            return []
        }
    }

    /// Whether each of them has left a write that it may have been in, as far as one look tells. Asked again it looks only
    /// at those that had not.
    public mutating func haveEnded() -> Bool {
        doubts.removeAll(where: isOver)
        return doubts.isEmpty && !isUnknown
    }

    private func isOver(_ doubt: Doubt) -> Bool {
        guard let writes = Self.writes(doubt.process, doubt.place) else { return true }
        if let before = doubt.writes, writes > before { return true }
        switch call(of: doubt) {
        case .elsewhere: return true
        case .writing: return isStopped(doubt)
        case .running:
            guard let ran = Self.ranNanoseconds(doubt.process, doubt.place), let before = doubt.ranNanoseconds else {
                return false
            }
            return ran - before >= Self.longEnoughNanoseconds
        }
    }

    private enum Call {
        /// It runs, or would if it were let: in a call or not.
        case running
        /// It waits in a call that writes to the log.
        case writing
        /// It waits for something else.
        case elsewhere
    }

    /// What a thread is at, by /proc/PID/syscall: `running`, or a call's number and its arguments, or -1 where it waits outside
    /// of any call (a page fault).
    private func call(of doubt: Doubt) -> Call {
        let words = Self.text(doubt.process, doubt.place + "syscall")?.split(whereSeparator: \.isWhitespace) ?? []
        guard let number = words.first.flatMap({ Int($0) }) else { return .running }
        let argument = Int(spillway_written_descriptor(number))
        guard number >= 0, argument >= 0, words.count > argument + 1,
            let descriptor = UInt64(words[argument + 1].dropFirst(2), radix: 16)
        else { return .elsewhere }
        return isLog(Int32(truncatingIfNeeded: descriptor), of: doubt.process) ? .writing : .elsewhere
    }

    /// Stopped by a signal or a tracer, which happens on the way in or out: the call it shows is over, or has not begun.
    private func isStopped(_ doubt: Doubt) -> Bool {
        guard let text = Self.text(doubt.process, doubt.place + "stat"), let end = text.lastIndex(of: ")") else {
            return false
        }
        return ["T", "t"].contains(text[end...].dropFirst(2).first)
    }

    /// A shell has a log under other descriptors as well while it runs a command.
    private func isLog(_ descriptor: Int32, of process: Int32) -> Bool {
        let known = descriptors[process] ?? []
        // A file that is only mapped has none.
        guard !known.isEmpty, !known.contains(descriptor) else { return true }
        guard let all = try? Directory.open(Path("/proc/\(process)/fd")),
            let file = try? all.readLink(Path("\(descriptor)"))
        else { return true }
        return known.contains { (try? all.readLink(Path("\($0)"))) == file }
    }

    private static func writes(_ process: Int32, _ place: String) -> Int64? {
        text(process, place + "io").flatMap { ProcessFile.number("syscw", in: $0) }
    }

    private static func ranNanoseconds(_ process: Int32, _ place: String) -> Int64? {
        text(process, place + "schedstat")?.split(separator: " ").first.flatMap { Int64($0) }
    }

    private static func text(_ process: Int32, _ name: String) -> String? {
        (try? ProcessFile.text(process, name)) ?? nil
    }
}
