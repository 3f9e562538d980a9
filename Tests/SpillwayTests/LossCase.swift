import Foundation
import Glibc
import Testing

/// A writer, a file system, and a rotator that empties the log under it: a row of the matrix of losses.
struct LossCase: Sendable, CustomTestStringConvertible {
    enum Technique: String, CaseIterable, Sendable {
        /// spillway's own choice.
        case inPlace = "in place"
        case collapse = "method collapse"
        case punch = "method punch"
        case signal = "signal HUP"
        case postrotate = "create, postrotate kill -HUP"
        /// logrotate's.
        case copytruncate

        /// What a stanza says for it.
        func directives(writer: Int32) -> String {
            switch self {
            case .inPlace: ""
            case .collapse, .punch: rawValue
            case .signal: "create\nsignal HUP\nsignalwait 2s"
            case .postrotate: "create\npostrotate\nkill -HUP \(writer) || true\nendscript"
            case .copytruncate: "copytruncate"
            }
        }
    }

    enum Rotator: String, Sendable {
        case spillway, logrotate
    }

    /// What the kernel or a container refuses.
    enum Obstacle: String, Sendable {
        /// Before Linux 5.3.
        case noPidfd = "no pidfd_open"
        /// NFS, FUSE, old kernels.
        case noHoles = "no fallocate"
        case noLeases = "no leases"
        /// A container's default: other processes' descriptors are not shown.
        case noDescriptorsOfOthers = "no CAP_SYS_PTRACE"

        /// What the program is started through.
        var prefix: [String] {
            func inject(_ call: String, _ error: String) -> [String] {
                [
                    "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                    "inject=\(call):error=\(error)",
                ]
            }
            switch self {
            case .noPidfd: return inject("pidfd_open", "ENOSYS")
            case .noHoles: return inject("fallocate", "EOPNOTSUPP")
            case .noLeases: return ["/usr/bin/perl", "-e", Self.refuseLeases]
            case .noDescriptorsOfOthers:
                return ["/usr/bin/setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
            }
        }

        /// fcntl(2) with F_SETLEASE fails with EINVAL: a filter of seccomp(2), because strace knows calls and no arguments.
        private static let refuseLeases = """
            my ($fcntl, $seccomp) = `uname -m` =~ /x86_64/ ? (72, 317) : (25, 277);
            my @filter = ([0x20, 0, 0, 0], [0x15, 0, 3, $fcntl], [0x20, 0, 0, 24], [0x15, 0, 1, 1024],
                [0x06, 0, 0, 0x50000 + 22], [0x06, 0, 0, 0x7fff0000]);
            my $code = join "", map { pack "SCCL", @$_ } @filter;
            my $program = pack "Sx6P", scalar @filter, $code;
            syscall($seccomp, 1, 0, $program) == 0 or die "seccomp: $!\\n";
            exec @ARGV;
            """
    }

    var writer: String
    var technique = Technique.inPlace
    var fileSystem = FileSystem.tmpfs
    /// Lines a second; 0 as many as the writer can.
    var rate = 20_000
    var rotations = 20
    /// What the log may hold before a writer that has no rate becomes slow, or it would outrun any compression for ever.
    var ceilingMegabytes = 6
    /// How late a SIGHUP is answered.
    var lateMilliseconds = 0
    var hasReaders = false
    var rotator = Rotator.spillway
    var obstacle: Obstacle?
    var isLossless = false

    var testDescription: String {
        let speed = rate == 0 ? "unthrottled" : "\(rate)/s"
        let late = lateMilliseconds > 0 ? " \(lateMilliseconds) ms late" : ""
        let conditions = [obstacle?.rawValue, isLossless ? "lossless" : nil].compactMap { $0.map { ", \($0)" } }
            .joined()
        return
            "\(writer)\(late)\(conditions), \(technique.rawValue), \(fileSystem.rawValue), \(speed), \(rotator.rawValue)"
    }

    /// Whether the writer may not have let go of a renamed log when the signal's time was over.
    var mayStayUnreleased: Bool {
        technique == .signal && (["ignore", "die"].contains(writer) || lateMilliseconds >= 2000)
    }

    /// Whether spillway may have to refuse to cut: it cannot know where the next write goes.
    var isRefused: Bool {
        writer == "pwrite" && technique != .punch || obstacle == .noDescriptorsOfOthers
            || obstacle == .noHoles && isLossless || writer == "start" && isTruncated
    }

    /// Whether the log is emptied by truncating it: what comes at that moment is lost, and how much it was is said.
    /// That is so of a renamed log as well whose writer has not let go.
    var isTruncated: Bool {
        guard !fileSystem.hasHoles else { return false }
        let staysOpen = technique == .signal && ["ignore", "die"].contains(writer)
        return staysOpen || ![.signal, .postrotate].contains(technique)
    }

    /// The configuration, in words that both programs know.
    func configuration(log: String, writer: Int32) -> String {
        let compression =
            rotator == .spillway ? "" : technique == .postrotate ? "compress\ndelaycompress" : "compress"
        return """
            \(log) {
            rotate 1000
            missingok
            notifempty
            \(compression)
            \(isLossless ? "lossless" : "")
            \(technique.directives(writer: writer))
            }

            """
    }

    /// Runs it on a file system that was made for it.
    func run() throws -> LossResult {
        try LossRun(self).result()
    }
}

/// What became of the lines of a case.
struct LossResult {
    /// Archives from the oldest on, and the live log, when the last rotation was over and the writer had ended.
    var history: LineCount
    /// The same after further runs, which archive what was still written before.
    var afterwards: LineCount
    /// What each reader saw, by its name.
    var readers: [String: LineCount] = [:]
    /// Runs that did not end with 0, and the first thing one of them said.
    var failures = 0
    var firstFailure = ""
    /// What the runs said that is lost, and how many of them did not say how much it is.
    var statedBytes = 0
    var unstated = 0
    var archives = 0
    /// As much of a line that is lost may be there, in bytes.
    private static let longestLineBytes = 2100
    /// Deleted files that somebody held while the writer still ran.
    var held: [String] = []
    /// Names that have no business in the log's directory.
    var leftOver: [String] = []
    var seconds = 0.0

    /// What is wrong with it, in a few words each; nothing if every line is there once, or is as lost as was said.
    func problems(of lossCase: LossCase) -> [String] {
        var result: [String] = []
        for (when, count) in [("", history), (" after further runs", afterwards)] {
            // A log that stayed with its writer is archived later than its successors.
            let order = lossCase.mayStayUnreleased ? [] : ["misplaced"]
            var names = ["lost", "doubled", "broken", "unsent", "others", "nuls", "padding", "unended", "liveNuls"]
            if lossCase.isTruncated {
                // Lines that it fell into are not whole, and archives end where the log did.
                names.removeAll { ["lost", "broken", "unended"].contains($0) }
                let most = statedBytes + count["broken"] * Self.longestLineBytes
                if count["lostBytes"] > most {
                    result.append("\(count["lostBytes"]) bytes lost\(when), said were at most \(statedBytes)")
                }
                if count["broken"] > lossCase.rotations + 3 { result.append("\(count["broken"]) broken\(when)") }
            }
            for name in names + order where count[name] != 0 {
                result.append("\(count[name]) \(name)\(when)")
            }
        }
        if unstated > 0 { result.append("\(unstated) runs did not say how much is lost") }
        if !result.isEmpty, !history.firstBroken.isEmpty { result.append(history.firstBroken) }
        result += held.map { "held though deleted: \($0)" } + leftOver.map { "left over: \($0)" }
        if failures > 0, !lossCase.mayStayUnreleased, !lossCase.isRefused {
            result.append("\(failures) runs failed: \(firstFailure)")
        }
        let expected = lossCase.isRefused ? 0 : lossCase.mayStayUnreleased ? 1 : lossCase.rotations / 2
        if archives < expected { result.append("only \(archives) archives") }
        return result
    }
}
