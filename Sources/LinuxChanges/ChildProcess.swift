import CLinux
import Glibc
public import LinuxSystem
import SystemPackage

/// How a process ended.
public enum Termination: Hashable, Sendable {
    /// It returned this status.
    case exited(CInt)
    /// This signal ended it.
    case signalled(CInt)
    /// It was ended because its time was over.
    case timedOut
    /// It was ended because this process was asked to stop.
    case interrupted

    /// Whether it returned 0.
    public var succeeded: Bool { self == .exited(0) }
}

extension Termination: CustomStringConvertible {
    /// What happened, to stand behind a process's name.
    public var description: String {
        switch self {
        case .exited(let status): "ended with status \(status)"
        case .signalled(let number): "was ended by signal \(number)"
        case .timedOut: "did not end in time and was ended"
        case .interrupted: "was ended because spillway was asked to stop"
        }
    }
}

/// A program run with a time limit, in a process group of its own, with only the descriptors it is given.
public struct ChildProcess: Sendable {
    private let number: pid_t

    /// Runs a program to its end, as `start` and `wait` do.
    public static func run(
        _ program: String, _ arguments: [Path], descriptors: [CInt: CInt] = [:], limitSeconds: Int64,
        endsOnStop: Bool = true
    ) throws(SystemError) -> Termination {
        try start(program, arguments, descriptors: descriptors).wait(
            limitSeconds: limitSeconds, endsOnStop: endsOnStop)
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: an absolute path, or a name looked for in PATH.
    ///   - arguments: with the zeroth.
    ///   - descriptors: which descriptors of this process become which of the child. 0 is /dev/null if it is not named;
    ///     1 and 2 stay what they are.
    ///   - environment: `NAME=value` besides what this process has.
    public static func start(
        _ program: String, _ arguments: [Path], descriptors: [CInt: CInt] = [:], environment: [Path] = []
    ) throws(SystemError) -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if descriptors[0] == nil { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        // dup2 clears close-on-exec, which every descriptor of ours has.
        for (target, source) in descriptors.sorted(by: { $0.key < $1.key }) {
            posix_spawn_file_actions_adddup2(&actions, source, target)
        }
        // Whoever started this process may have left it descriptors that are not close-on-exec.
        _ = spillway_close_from(&actions, max(2, descriptors.keys.max() ?? 2) + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        sigaddset(&defaults, SIGIO)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { $0.withCString { strdup($0) } }
        words.append(nil)
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { $0.withCString { strdup($0) } }
        defer { for variable in variables.prefix(environment.count) { free(variable) } }
        // The first of a name is the one that counts.
        var inherited: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        while let variable = inherited?.pointee {
            variables.append(variable)
            inherited = inherited?.successor()
        }
        variables.append(nil)
        // Shells give effective rights back that are not their real ones: whoever acts as another user (`su`) starts
        // programs as that user altogether.
        let real = (user: getuid(), group: getgid())
        let unchanged = uid_t.max
        if real.group != getegid() {
            try call("act as a group") { spillway_setresgid(getegid(), unchanged, unchanged) }
        }
        if real.user != geteuid() { try call("act as a user") { spillway_setresuid(geteuid(), unchanged, unchanged) } }
        defer {
            if real.user != getuid() { _ = spillway_setresuid(real.user, unchanged, unchanged) }
            if real.group != getgid() { _ = spillway_setresgid(real.group, unchanged, unchanged) }
        }
        var process: pid_t = 0
        let answer = posix_spawnp(&process, program, &actions, &attributes, words, variables)
        guard answer == 0 else { throw SystemError("run", Path(program), Errno(rawValue: answer)) }
        return ChildProcess(number: process)
    }

    /// Waits for its end. After `limitSeconds` the whole process group gets SIGTERM, and a second later SIGKILL; so it
    /// does when this process is asked to stop, unless it must be done then all the same.
    public func wait(limitSeconds: Int64, endsOnStop: Bool = true) throws(SystemError) -> Termination {
        let process = number
        let deadline = monotonicSeconds() + Double(limitSeconds)
        let number = spillway_pidfd_open(process)
        defer { if number >= 0 { close(number) } }
        while true {
            if let ended = try Self.reap(process, options: WNOHANG) { return ended }
            if endsOnStop, spillway_stop_signal() != 0 {
                try Self.end(process)
                return .interrupted
            }
            let left = deadline - monotonicSeconds()
            if left <= 0 {
                try Self.end(process)
                return .timedOut
            }
            if number >= 0 {
                var waiting = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
                poll(&waiting, 1, CInt(min(left * 1000 + 1, 1_000_000)))
            } else {
                usleep(5000)  // Linux before 5.3: there is nothing to wait on with a limit.
            }
        }
    }

    /// How it ended; nil: it has not yet. Nothing is waited for.
    public func termination() throws(SystemError) -> Termination? {
        try Self.reap(number, options: WNOHANG)
    }

    /// Asks it to stop: SIGTERM to itself alone, which ends by its own rules what it has started.
    public func askToStop() {
        kill(number, SIGTERM)
    }

    /// The whole group is asked, then told: a script's own children would go on otherwise.
    private static func end(_ process: pid_t) throws(SystemError) {
        kill(-process, SIGTERM)
        for _ in 0..<100 {
            usleep(10_000)
            if try reap(process, options: WNOHANG) != nil {
                kill(-process, SIGKILL)
                return
            }
        }
        kill(-process, SIGKILL)
        _ = try reap(process, options: 0)
    }

    private static func reap(_ process: pid_t, options: CInt) throws(SystemError) -> Termination? {
        var status: CInt = 0
        let answer = try call("wait for a process") { waitpid(process, &status, options) }
        if answer == 0 { return nil }
        // WIFEXITED and its like are macros.
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }
}
