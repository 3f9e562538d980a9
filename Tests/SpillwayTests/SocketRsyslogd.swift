import Foundation

/// rsyslogd that writes to a log what LogWriter's mode "socket" sends it.
enum SocketRsyslogd {
    /// Starts it, and waits until it listens.
    ///
    /// - Returns: it, and the socket's path.
    static func start(_ sandbox: Sandbox, log: String) throws -> (process: Process, socket: String) {
        let socket = sandbox.path("state/socket")
        try sandbox.write(
            "rsyslog.conf",
            """
            main_queue(queue.workerThreads="1")
            module(load="imptcp")
            input(type="imptcp" path="\(socket)" unlink="on")
            template(name="line" type="string" string="%msg:2:$%\\n")
            user.* action(type="omfile" file="\(log)" template="line")

            """)
        let process = try sandbox.start(
            "/usr/bin/env",
            ["--default-signal", "/usr/sbin/rsyslogd", "-n", "-f", sandbox.path("rsyslog.conf"), "-i"]
                + [sandbox.path("state/rsyslogd.pid")])
        try sandbox.wait { sandbox.exists("state/socket") }
        return (process, socket)
    }
}
