import Foundation
import Glibc

/// A machine within the machine: mounts and processes of its own, so that Debian's files can name `/var/log` and mean
/// the sandbox's directory, and so that nothing started in here outlives the value.
final class DaemonHost {
    let sandbox: Sandbox
    private let firstProcess = Process()
    /// The first process ends at its end of file, should the tests be killed.
    private let lifeline = Pipe()

    init() throws {
        sandbox = try Sandbox()
        firstProcess.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        firstProcess.arguments = Self.ownNamespaces + ["/bin/sh", "-ec", Self.setUp, "sh", sandbox.root]
        firstProcess.standardInput = lifeline
        firstProcess.standardOutput = FileHandle.nullDevice
        firstProcess.standardError = try outputFile("host")
        try firstProcess.run()
        try waitUntil("the namespaces are set up") {
            guard firstProcess.isRunning else { throw SandboxError("unshare: \(try output(of: "host"))") }
            return sandbox.exists("state/ready")
        }
    }

    deinit {
        guard firstProcess.isRunning else { return }
        // Its end is that of all processes in here, and unshare ends only after the last of them.
        kill(idOfFirstProcess, SIGKILL)
        try? waitUntil("all processes have ended") { !firstProcess.isRunning }
    }

    private static let ownNamespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

    /// `/run` is made anew because its `systemd/system` tells rsyslog-rotate that there is a systemd.
    private static let setUp = """
        chmod 0755 "$1/log"
        mount --bind "$1/log" /var/log
        mount -t tmpfs none /run
        mount -t tmpfs none /var/lib/nginx
        mkdir -p /run/systemd/system
        install -d -m 0755 -o root -g adm /var/log/nginx
        # Unlike what rsyslogd would create: it tells who made the next one.
        install -m 0600 -o www-data -g adm /dev/null /var/log/mail.log
        touch "$1/state/ready"
        exec cat
        """

    private var idOfFirstProcess: pid_t {
        let outside = firstProcess.processIdentifier
        let children = try? String(contentsOfFile: "/proc/\(outside)/task/\(outside)/children", encoding: .utf8)
        return children.flatMap { pid_t($0.trimmingCharacters(in: .whitespaces)) } ?? outside
    }

    // MARK: - Programs

    /// Foundation starts programs with the signals of its own thread blocked: rsyslogd would never hear of a rotation.
    private var entrance: [String] {
        let namespaces = "/proc/\(firstProcess.processIdentifier)/ns"
        let options = ["--mount=\(namespaces)/mnt", "--pid=\(namespaces)/pid_for_children"]
        return options + ["/usr/bin/env", "--default-signal"]
    }

    /// Runs a program in here to its end, a minute at most.
    func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Finished {
        try sandbox.run(
            "/usr/bin/nsenter", entrance + ["/usr/bin/timeout", "-k", "1", "60", program] + arguments,
            environment: environment)
    }

    /// Starts a program in here. What it says is kept under a name.
    func start(_ name: String, _ program: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/nsenter")
        process.arguments = entrance + [program] + arguments
        process.standardInput = FileHandle.nullDevice
        let file = try outputFile(name)
        process.standardOutput = file
        process.standardError = file
        try process.run()
        return process
    }

    /// Waits until a started program has ended, and throws if it did not end well.
    func waitForEnd(of process: Process, _ name: String) throws {
        try waitUntil("\(name) has ended") { !process.isRunning }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw SandboxError("\(name) ended with \(process.terminationStatus): \(try output(of: name))")
        }
    }

    /// What a started program has said.
    func output(of name: String) throws -> String { try sandbox.read("state/\(name).output") }

    private func outputFile(_ name: String) throws -> FileHandle {
        try sandbox.write("state/\(name).output", "")
        return try FileHandle(forWritingTo: URL(fileURLWithPath: sandbox.path("state/\(name).output")))
    }

    /// Waits a bounded time, and throws with what did not happen.
    func waitUntil(_ event: String, _ condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try !condition() {
            guard ContinuousClock.now < deadline else { throw SandboxError("waited 20 s in vain until \(event)") }
            usleep(10_000)
        }
    }

    // MARK: - Files

    /// A file below `/var/log`, as find(1) tells it.
    struct LogFile: Hashable {
        var name: String
        var sizeBytes: Int
        /// Mode, owner and group: `640 root adm`.
        var access: String
        /// Inode and the times of change: whatever is done to the file, one of them tells.
        var fingerprint: String
    }

    func logFiles() throws -> [LogFile] {
        let listing = try run(
            "/usr/bin/find", ["/var/log", "-type", "f", "-printf", #"%P\t%s\t%m %u %g\t%i %T@ %C@\n"#])
        return listing.output.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t").map(String.init)
            return LogFile(name: fields[0], sizeBytes: Int(fields[1]) ?? -1, access: fields[2], fingerprint: fields[3])
        }.sorted { $0.name < $1.name }
    }

    /// Files below `/var/log` that a process in here holds although they were deleted.
    func heldDeletedFiles() throws -> [String] {
        let links = try run("/bin/sh", ["-c", "ls -l /proc/[0-9]*/fd 2>&1 | grep '/var/log/.*(deleted)'; :"])
        return links.output.split(separator: "\n").map(String.init)
    }

    // MARK: - What has to be there

    /// What the machine lacks, by name; empty if the tests can run.
    static let missing: [String] = {
        let programs = [
            "/usr/sbin/rsyslogd", "/usr/sbin/nginx", "/usr/lib/rsyslog/rsyslog-rotate", "/usr/bin/perl",
            "/usr/bin/unshare", "/usr/bin/nsenter",
        ]
        let files = ["/etc/logrotate.d/rsyslog", "/etc/logrotate.d/nginx"]
        let missing = programs.filter { !hasProgram($0) } + files.filter { !FileManager.default.fileExists(atPath: $0) }
        guard missing.isEmpty else { return missing }
        guard geteuid() == 0 else { return ["root's rights"] }
        return mayUnshare ? [] : ["the right to make mount and process namespaces"]
    }()

    private static var mayUnshare: Bool {
        guard let sandbox = try? Sandbox() else { return false }
        let trial = try? sandbox.run("/usr/bin/unshare", ownNamespaces + ["/bin/mount", "-t", "tmpfs", "none", "/run"])
        return trial?.status == 0
    }
}
