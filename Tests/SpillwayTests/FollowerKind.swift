import Foundation

/// A program that follows a log, as it comes from Debian or PyPI, see `Tests/prepare-followers`.
struct FollowerKind: Hashable, Sendable, CustomStringConvertible {
    /// How it gets at what is new.
    enum Manner: Sendable {
        /// It has the log open all the time, and knows nothing of it when it is started again.
        case stays
        /// It has the log open all the time, and remembers its place while it is stopped.
        case remembers
        /// It runs, and has the log closed between two looks.
        case looks
        /// It is called now and then, and remembers its place.
        case isCalled
    }

    /// Its name and version.
    var description: String
    var name: String
    var manner: Manner
    /// What has to be there.
    var files: [String]

    /// Whether a line can be missed between its last look and a cut: it does not have the log open then.
    var needsQuiet: Bool { manner == .looks || manner == .isCalled }

    /// What the machine lacks for it; empty if it can be run.
    var missing: [String] { files.filter { !FileManager.default.fileExists(atPath: $0) } }

    static let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent(".build/followers").path

    private init(_ name: String, _ version: String, _ manner: Manner, _ files: [String]) {
        self.name = name
        description = "\(name) \(version)"
        self.manner = manner
        self.files = files.map { $0.hasPrefix("/") ? $0 : "\(Self.place)/\($0)" }
    }

    static let all = [
        FollowerKind("imfile", "of rsyslog 8.2302", .remembers, ["/usr/sbin/rsyslogd"]),
        FollowerKind(
            "syslog-ng", "3.38", .remembers,
            ["usr/sbin/syslog-ng", "usr/lib/x86_64-linux-gnu/libivykis.so.0", "lib/x86_64-linux-gnu/libpcre.so.3"]),
        FollowerKind("tail", "-F of GNU 9.1", .stays, ["/usr/bin/tail"]),
        FollowerKind("busybox", "1.35 tail -F", .stays, ["bin/busybox"]),
        FollowerKind("uutils", "0.0.17 tail -F", .stays, ["usr/bin/coreutils"]),
        FollowerKind("sec", "2.9.1", .stays, ["usr/bin/sec", "/usr/bin/perl"]),
        FollowerKind("fail2ban", "1.0.2, polling", .looks, ["usr/bin/fail2ban-server", "/usr/bin/python3"]),
        FollowerKind("logtail", "1.4.2", .isCalled, ["usr/sbin/logtail", "/usr/bin/perl"]),
        FollowerKind("logtail2", "1.4.2", .isCalled, ["usr/sbin/logtail2", "/usr/bin/perl"]),
        FollowerKind("since", "1.1", .isCalled, ["usr/bin/since"]),
        FollowerKind("pygtail", "0.14.0", .isCalled, ["python/pygtail", "/usr/bin/python3"]),
    ]
}

/// What a follower of a log is started with.
struct FollowerCommand {
    var arguments: [String]
    var environment: [String: String] = [:]
    /// Files that it reads, by their path.
    var configuration: [String: String] = [:]
    /// Whether its standard output is what it got of the log, and not a file that it writes itself.
    var printsLines = true

    /// - Parameters:
    ///   - directory: of its own, for its configuration and what it remembers.
    ///   - output: where it puts the lines that it got.
    init(_ kind: FollowerKind, log: String, directory: String, output: String) {
        let place = FollowerKind.place
        let libraries = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/syslog-ng"]
        switch kind.name {
        case "imfile":
            arguments = ["/usr/sbin/rsyslogd", "-n", "-f", "\(directory)/conf", "-i", "\(directory)/pid"]
            configuration["\(directory)/conf"] = """
                global(workDirectory="\(directory)")
                module(load="imfile")
                template(name="line" type="string" string="%msg%\\n")
                input(type="imfile" File="\(log)" Tag="t")
                action(type="omfile" file="\(output)" template="line")

                """
            printsLines = false
        case "syslog-ng":
            arguments = [
                "\(place)/usr/sbin/syslog-ng", "-F", "-f", "\(directory)/conf", "-R", "\(directory)/persist", "-c",
                "\(directory)/control", "-p", "\(directory)/pid", "--no-caps",
                "--module-path=\(place)/usr/lib/syslog-ng/3.38",
            ]
            environment["LD_LIBRARY_PATH"] = libraries.map { "\(place)/\($0)" }.joined(separator: ":")
            configuration["\(directory)/conf"] = """
                @version: 3.38
                source s { file("\(log)" flags(no-parse)); };
                destination d { file("\(output)" template("${MSG}\\n")); };
                log { source(s); destination(d); };

                """
            printsLines = false
        case "sec":
            arguments = [
                "/usr/bin/perl", "\(place)/usr/bin/sec", "--conf=\(directory)/conf", "--input=\(log)", "--fromstart",
                "--log=\(directory)/messages",
            ]
            configuration["\(directory)/conf"] =
                "type=Single\nptype=RegExp\npattern=^(.*)$\ndesc=line\naction=write \(output) $1\n"
            printsLines = false
        case "fail2ban":
            arguments = [
                "/usr/bin/python3", "\(place)/usr/bin/fail2ban-server", "-c", directory, "-f", "-x", "start",
            ]
            environment["PYTHONPATH"] = "\(place)/usr/lib/python3/dist-packages"
            configuration = Self.configurationOfFail2ban(log: log, directory: directory, output: output)
            printsLines = false
        case "busybox": arguments = ["\(place)/bin/busybox", "tail", "-n", "+1", "-F", log]
        case "uutils": arguments = ["\(place)/usr/bin/coreutils", "tail", "-n", "+1", "-F", log]
        case "logtail", "logtail2":
            arguments = ["/usr/bin/perl", "\(place)/usr/sbin/\(kind.name)", "-f", log, "-o", "\(directory)/offset"]
        case "since": arguments = ["\(place)/usr/bin/since", "-s", "\(directory)/offsets", log]
        case "pygtail":
            let program = "import sys; from pygtail import Pygtail; sys.stdout.writelines(Pygtail(*sys.argv[1:]))"
            arguments = ["/usr/bin/python3", "-c", program, log, "\(directory)/offset"]
            environment["PYTHONPATH"] = "\(place)/python"
        default: arguments = ["/usr/bin/tail", "-n", "+1", "-F", log]
        }
    }

    /// Every line is a failure, found and never acted upon: its log tells each of them.
    private static func configurationOfFail2ban(log: String, directory: String, output: String) -> [String: String] {
        [
            "\(directory)/fail2ban.conf": """
            [Definition]
            loglevel = INFO
            logtarget = \(output)
            syslogsocket = auto
            socket = \(directory)/socket
            pidfile = \(directory)/pid
            dbfile = \(directory)/fail2ban.sqlite3
            dbpurgeage = 1d

            """,
            "\(directory)/filter.d/line.conf":
                "[Definition]\nfailregex = ^<F-ID>.+</F-ID>$\ndatepattern = {NONE}\n",
            "\(directory)/jail.conf": """
            [lines]
            enabled = true
            backend = polling
            filter = line
            logpath = \(log)
            maxretry = 1000000
            findtime = 1d
            bantime = 1d
            action =

            """,
        ]
    }
}
