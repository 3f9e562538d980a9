import Foundation

/// A daemon that opens its log without O_APPEND, as it comes from Debian, and who has it write numbered lines.
enum NonAppendingDaemon: String, CaseIterable, Sendable {
    case tinyproxy, snmpd, slapd

    var program: String { self == .tinyproxy ? "/usr/bin/tinyproxy" : "/usr/sbin/\(rawValue)" }

    /// A configuration that makes it a line for each request, and nothing outside of a directory.
    func configuration(log: String, directory: String, port: Int) -> String {
        switch self {
        case .tinyproxy:
            """
            Port \(port)
            Listen 127.0.0.1
            Timeout 10
            MaxClients 50
            LogFile "\(log)"
            LogLevel Info
            PidFile "\(directory)/pid"

            """
        case .snmpd: "rocommunity public\nagentaddress udp:127.0.0.1:\(port)\n"
        case .slapd:
            """
            include /etc/ldap/schema/core.schema
            logfile \(log)
            loglevel stats
            pidfile \(directory)/pid
            database ldif
            directory \(directory)/data
            suffix "dc=x"

            """
        }
    }

    func arguments(log: String, directory: String, configuration: String) -> [String] {
        switch self {
        case .tinyproxy: ["-d", "-c", configuration]
        case .snmpd: ["-f", "-a", "-Lf", log, "-C", "-c", configuration, "-p", "\(directory)/pid"]
        case .slapd:
            [
                "-d", "stats", "-h", "ldapi://\("\(directory)/socket".replacingOccurrences(of: "/", with: "%2F"))",
                "-f", configuration,
            ]
        }
    }

    /// The number of the request that a line is of; nil where it is none, or not whole.
    func number(of line: String) -> Int? {
        let mark = mark()
        guard let begin = line.range(of: mark) else { return nil }
        let digits = line[begin.upperBound...].prefix { $0.isNumber }
        let end = line[digits.endIndex...]
        let isWhole =
            switch self {
            case .tinyproxy: end == "-end HTTP/1.0"
            case .snmpd: begin.lowerBound == line.startIndex && end.hasPrefix("->[127.0.0.1]:")
            case .slapd: end.hasPrefix("-end,dc=x\" scope=0 deref=0 filter=") && end.hasSuffix("\"")
            }
        return isWhole ? Int(digits) : nil
    }

    /// What is in no other line than that of a request.
    func mark(of number: Int? = nil) -> String {
        let text = number.map { "\($0)" } ?? ""
        return switch self {
        case .tinyproxy: "http://127.0.0.1:1/number-\(text)" + (number == nil ? "" : "-end HTTP/1.0\n")
        case .snmpd: "Connection from UDP: [127.0.0.1]:\(text)" + (number == nil ? "" : "->[127.0.0.1]")
        case .slapd: "SRCH base=\"cn=number-\(text)" + (number == nil ? "" : "-end,dc=x\" scope=0")
        }
    }

    /// The number of the first request.
    var firstNumber: Int { self == .snmpd ? 20_001 : 1 }

    /// Sends requests until there is a file `stop`, and leaves there how many were sent, and in `unsure` the numbers of those
    /// that nobody answered.
    var client: String {
        """
        use IO::Socket::INET; use IO::Socket::UNIX;
        my ($port, $directory) = @ARGV;
        my $number = 0;
        \(requests)
        open(my $file, ">", "$directory/count") or die; print $file $number; close($file);
        """
    }

    private var requests: String {
        switch self {
        case .tinyproxy:
            // Pages of a server that is not there.
            #"""
            for (1 .. 6000) {
                last if -e "$directory/stop";
                my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or next;
                $number++;
                print $socket "GET http://127.0.0.1:1/number-$number-end HTTP/1.0\r\n\r\n";
                1 while <$socket>;
            }
            """#
        case .snmpd:
            // The log has the port that a question comes from; it is for sysUpTime.0, by SNMPv1. While the socket is opened anew
            // (SIGHUP) nobody may have got it: then it is not known whether there is a line, and the next port is used.
            #"""
            my ($isUnsure, @unsure) = (0);
            my $question = pack "H*", "302602010004067075626c6963a019020101020100020100300e300c06082b060102010103000500";
            for my $own (20001 .. 32000) {
                last if -e "$directory/stop" && !$isUnsure;
                my $socket = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => $own,
                    PeerAddr => "127.0.0.1", PeerPort => $port) or die "$own: $!";
                $socket->send($question);
                my $ready = ""; vec($ready, fileno($socket), 1) = 1;
                $isUnsure = !select($ready, undef, undef, 1);
                push @unsure, $own if $isUnsure;
                die "no answer" if @unsure > 50;
                $number++;
                select(undef, undef, undef, 0.0005);
            }
            open(my $list, ">", "$directory/unsure") or die; print $list join("\n", @unsure); close($list);
            """#
        case .slapd:
            // Searches for what is not there, in BER.
            #"""
            sub part { my ($tag, $text) = @_; return chr($tag) . chr(length $text) . $text }
            my $socket = IO::Socket::UNIX->new(Peer => "$directory/socket") or die "$!";
            for (1 .. 20000) {
                last if -e "$directory/stop";
                my $search = part(0x04, "cn=number-" . ($number + 1) . "-end,dc=x") . part(0x0a, "\0") x 2
                    . part(0x02, "\0") x 2 . part(0x01, "\0") . part(0x87, "objectClass") . part(0x30, "");
                syswrite $socket, part(0x30, part(0x02, chr(1 + $number % 120)) . part(0x63, $search));
                sysread($socket, my $answer, 4096) or die "no answer";
                $number++;
                select(undef, undef, undef, 0.0005);
            }
            """#
        }
    }
}
