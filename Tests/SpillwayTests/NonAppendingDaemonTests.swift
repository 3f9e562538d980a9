import Foundation
import Glibc
import Testing

/// Daemons that open their log without O_APPEND, as they come from Debian, under load.
struct NonAppendingDaemonTests {
    /// Asks the proxy for numbered pages of a server that is not there, until there is a file `stop`; each is in its log once.
    private static let client = """
        use IO::Socket::INET;
        my ($port, $directory) = @ARGV;
        my $number = 0;
        for (1 .. 6000) {
            last if -e "$directory/stop";
            my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or next;
            $number++;
            print $socket "GET http://127.0.0.1:1/number-$number-end HTTP/1.0\\r\\n\\r\\n";
            1 while <$socket>;
        }
        open(my $file, ">", "$directory/count") or die; print $file $number; close($file);
        """

    @Test(
        .enabled(
            if: hasProgram("/usr/bin/tinyproxy") && hasProgram("/usr/bin/perl"),
            "tinyproxy is missing: apt-get install tinyproxy-bin"),
        arguments: ["", "signal HUP"])
    func everyLineOfTinyproxyIsThereOnce(_ directives: String) throws {
        let sandbox = try Sandbox()
        let port = directives.isEmpty ? 38881 : 38882
        try sandbox.configure("LOG/a.log {\n\(directives)\n}\n")
        try sandbox.write(
            "proxy.conf",
            "Port \(port)\nListen 127.0.0.1\nTimeout 10\nMaxClients 50\nLogFile \"\(sandbox.path("log/a.log"))\"\nLogLevel Info\nPidFile \"\(sandbox.root)/pid\"\n"
        )
        let daemon = try sandbox.start(
            "/usr/bin/env", ["--default-signal", "/usr/bin/tinyproxy", "-d", "-c", sandbox.path("proxy.conf")])
        defer {
            if daemon.isRunning { kill(daemon.processIdentifier, SIGKILL) }
            daemon.waitUntilExit()
        }
        let client = try sandbox.start("/usr/bin/perl", ["-e", Self.client, "\(port)", sandbox.root])
        for _ in 1...5 {
            try sandbox.wait {
                guard daemon.isRunning, client.isRunning else {
                    throw SandboxError("tinyproxy or its client has ended")
                }
                return try sandbox.exists("log/a.log")
                    && sandbox.read("log/a.log").components(separatedBy: "number-").count > 50
            }
            let run = try sandbox.spillway(["-f"])
            #expect(run.status == 0 && run.error == "", "\(run)")
        }
        try sandbox.write("stop", "")
        client.waitUntilExit()
        #expect(daemon.isRunning)
        let sent = try #require(Int(try sandbox.read("count")))
        var seen: [Int: Int] = [:]
        try sandbox.wait {
            let archives = try sandbox.names().filter { $0 != "a.log" }.map { try sandbox.content("log/\($0)") }
            #expect(archives.allSatisfy { !$0.contains("\0") && $0.hasSuffix("\n") })
            seen = [:]
            for match in (archives.joined() + (try sandbox.liveContent("log/a.log"))).matches(
                of: #/GET http:\/\/127.0.0.1:1\/number-(\d+)-end HTTP\/1.0\n/#)
            {
                seen[Int(match.1) ?? 0, default: 0] += 1
            }
            return seen[sent] != nil
        }
        #expect(seen.count == sent && seen.values.allSatisfy { $0 == 1 }, "\(seen.count) of \(sent)")
    }
}
