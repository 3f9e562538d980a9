import Foundation
import Testing

/// A process that writes numbered lines into a file, until it is ended.
final class HeldWriter {
    /// How it has the file open.
    enum Opening: String {
        case append = ">>"
        case write = ">"
        case readAndWrite = "+>"
    }

    let process: Process
    private let sandbox: Sandbox
    /// The descriptor's number.
    let number = 9

    /// Starts it on a file of a sandbox and waits until it has written.
    init(_ sandbox: Sandbox, _ file: String, _ opening: Opening, pauseSeconds: Double = 0.01, fillBytes: Int = 0)
        throws
    {
        self.sandbox = sandbox
        let script = """
            use POSIX (); $| = 1; my ($file, $mode, $pause, $fill) = @ARGV;
            open(my $log, $mode, $file) or die; POSIX::dup2(fileno($log), 9); close $log;
            open(my $out, ">&=9") or die; binmode $out; select($out); $| = 1;
            my $n = 0; my $bytes = 0;
            while (1) {
                $n++; my $line = "record $n" . ("." x ($bytes < $fill ? 4000 : 0)) . "\\n";
                my $done = 0;
                # A full disk: the line is tried again, as many daemons do.
                while ($done < length $line) {
                    my $count = syswrite($out, $line, length($line) - $done, $done);
                    if (defined $count) { $done += $count } else { select(undef, undef, undef, 0.01) }
                }
                $bytes += length $line;
                select(undef, undef, undef, $pause) if $pause > 0 && ($bytes >= $fill) && $n % 10 == 0;
            }
            """
        try sandbox.write("writer.pl", script)
        process = try sandbox.start(
            "/usr/bin/perl", ["writer.pl", sandbox.path(file), opening.rawValue, "\(pauseSeconds)", "\(fillBytes)"])
        let path = sandbox.path(file)
        try sandbox.wait { (try? self.sandbox.size(path)) ?? 0 > max(fillBytes, 5000) }
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var isAlive: Bool { process.isRunning && kill(process.processIdentifier, 0) == 0 }

    /// What is in its file now, read through the descriptor; what was freed is left out.
    func content() throws -> String {
        let link = "/proc/\(process.processIdentifier)/fd/\(number)"
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: link)).filter { $0 != 0 }, as: UTF8.self)
    }

    /// What its file occupies, in bytes.
    func allocatedBytes() throws -> Int {
        let link = "/proc/\(process.processIdentifier)/fd/\(number)"
        return 512 * (Int(try sandbox.shell("stat -L -c %b \(link)").output.dropLast()) ?? -1)
    }

    private func sizeBytes() throws -> Int {
        Int(try sandbox.shell("stat -L -c %s /proc/\(process.processIdentifier)/fd/\(number)").output.dropLast()) ?? -1
    }

    /// Waits until it has written more.
    func waitForMore() throws {
        let before = try sizeBytes()
        try sandbox.wait { try sizeBytes() != before }
    }
}

extension Sandbox {
    func size(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}

/// The numbers of the records in a text; an incomplete one at the end, which is being written, is left out.
func records(_ text: String) -> [Int] {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { line in
        line.hasPrefix("record ") ? Int(line.dropFirst(7).prefix { $0.isNumber }) : -1
    }
}
