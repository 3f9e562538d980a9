/// What the daemons are started with: Debian's rules, reachable through sockets that need no free port.
enum DaemonConfiguration {
    static let rsyslog = """
        global(processInternalMessages="on")
        module(load="imptcp")
        module(load="imuxsock" SysSock.Use="off")
        input(type="imptcp" path="/run/stream.sock" unlink="on")
        input(type="imuxsock" Socket="/run/datagram.sock")
        $FileOwner root
        $FileGroup adm
        $FileCreateMode 0640
        $Umask 0022
        *.*;auth,authpriv.none -/var/log/syslog
        auth,authpriv.* /var/log/auth.log
        cron.* -/var/log/cron.log
        kern.* -/var/log/kern.log
        mail.* -/var/log/mail.log
        user.* -/var/log/user.log

        """

    /// Every request is for a file that is not there: then the error log gets a line of it as well.
    static let nginx = """
        user www-data;
        daemon off;
        worker_processes 2;
        pid /run/nginx.pid;
        error_log /var/log/nginx/error.log;
        events { worker_connections 768; }
        http {
            access_log /var/log/nginx/access.log;
            server {
                listen unix:/run/nginx.sock;
                root /run/nothing;
            }
        }

        """
}

/// There is no systemd here, and no daemon that an init script started. A program in the place of one that Debian's
/// files call sends the signal that the real one would, and writes down what it was asked for.
struct DaemonStandIn {
    var name: String
    /// What it has to be asked for.
    var request: String
    var signal: String
    var daemon: String

    static let all = [
        DaemonStandIn(name: "systemctl", request: "kill -s HUP rsyslog.service", signal: "HUP", daemon: "rsyslogd"),
        DaemonStandIn(name: "invoke-rc.d", request: "nginx rotate", signal: "USR1", daemon: "nginx"),
    ]

    /// - Parameter isLate: the script that called it is over before the daemon hears of it, as on a busy machine.
    func script(isLate: Bool) -> String {
        let send = "kill -s \(signal) \"$(cat /run/\(daemon).pid)\""
        return """
            #!/bin/sh
            echo "\(name) $*" >>"${0%/*}/calls"
            [ "$*" = "\(request)" ] || exit 1
            \(isLate ? "(sleep 0.2; \(send)) &" : send)

            """
    }
}
