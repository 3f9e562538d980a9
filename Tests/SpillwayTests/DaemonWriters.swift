/// A client that gives a daemon numbered messages as fast as a busy machine does, until it is told to stop.
struct DaemonWriter {
    enum Route: String {
        case stream, datagram, http
    }

    var name: String
    var route: Route
    /// syslog(3)'s facility and severity as the number in a message's head.
    var priority = 0
    /// The logs that have to hold each of its messages.
    var logs: [String]

    static let all = [
        DaemonWriter(name: "mailer", route: .stream, priority: 2 << 3 | 6, logs: ["syslog", "mail.log"]),
        DaemonWriter(name: "daemon", route: .stream, priority: 3 << 3 | 6, logs: ["syslog"]),
        DaemonWriter(name: "login", route: .stream, priority: 4 << 3 | 6, logs: ["auth.log"]),
        DaemonWriter(name: "user", route: .datagram, priority: 1 << 3 | 6, logs: ["syslog", "user.log"]),
        DaemonWriter(name: "browser", route: .http, logs: ["nginx/access.log", "nginx/error.log"]),
        DaemonWriter(name: "robot", route: .http, logs: ["nginx/access.log", "nginx/error.log"]),
    ]

    /// What it is called with after the script.
    var arguments: [String] { [route.rawValue, name, String(priority)] }

    /// The last words of its message in one of its logs.
    func ending(of number: Int, in log: String) -> String {
        switch log {
        case "nginx/access.log": "\"GET /\(name)/\(number) HTTP/1.1\" 404 153 \"-\" \"-\"\n"
        case "nginx/error.log": "request: \"GET /\(name)/\(number) HTTP/1.1\", host: \"localhost\"\n"
        default: " \(name): number \(number)\n"
        }
    }

    /// Sends until there is a file `stop` in the directory, and leaves there how many messages that were. Only modules
    /// of perl-base, which every Debian has.
    static let script = #"""
        use strict;
        use warnings;
        use Socket;
        use IO::Socket::UNIX;

        my ($route, $name, $priority, $directory) = @ARGV;
        my %sockets = (stream => "stream.sock", datagram => "datagram.sock", http => "nginx.sock");

        sub connection {
            my $type = $route eq "datagram" ? SOCK_DGRAM : SOCK_STREAM;
            for (1 .. 200) {
                my $socket = IO::Socket::UNIX->new(Type => $type, Peer => "/run/$sockets{$route}");
                return $socket if $socket;
                select(undef, undef, undef, 0.05);
            }
            die "$name: connect: $!\n";
        }

        sub send_all {
            my ($socket, $text) = @_;
            my $count = syswrite($socket, $text);
            die "$name: write: $!\n" unless defined $count and $count == length $text;
        }

        sub request {
            my ($number) = @_;
            my $socket = connection();
            send_all($socket, "GET /$name/$number HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            my $status = <$socket> // "";
            die "$name: $status\n" unless $status =~ / 404 /;
            1 while <$socket>;
        }

        my $socket = $route eq "http" ? undef : connection();
        my $end = time + 60;
        my $number = 0;
        until (-e "$directory/stop" or time > $end) {
            $number++;
            $socket ? send_all($socket, "<$priority>$name: number $number\n") : request($number);
            select(undef, undef, undef, 0.0005);
        }
        open(my $file, ">", "$directory/$name.count") or die "$name: $!\n";
        print $file $number;
        close($file) or die "$name: $!\n";
        """#
}
