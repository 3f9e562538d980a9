import Glibc
public import LinuxSystem

/// Asks the shell whether it can read a script. None is run: `sh -n` only reads.
public enum ShellSyntax {
    /// What `sh -n` says; empty where it says nothing, or cannot be asked.
    public static func complaint(about script: Path) -> String {
        do {
            let pipe = try Descriptor.pipe()
            // The last line is always written, so that reading ends.
            let call: Path = "sh -n -c \"$1\" 2>&1; echo \"end $?\""
            let process = try ChildProcess.start(
                "/bin/sh", ["sh", "-c", call, "sh", script], descriptors: [1: pipe.writing.number])
            var output: [UInt8] = []
            let end = Array("end ".utf8)
            repeat {
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = try buffer.withUnsafeMutableBytes { try pipe.reading.read(into: $0) }
                guard count > 0 else { break }
                output += buffer.prefix(count)
            } while !(output.last == UInt8(ascii: "\n")
                && output.split(separator: UInt8(ascii: "\n")).last?.starts(with: end) == true)
            _ = try process.wait(limitSeconds: 10)
            let lines = output.split(separator: UInt8(ascii: "\n"))
            guard let last = lines.last, Path(bytes: last) != "end 0" else { return "" }
            return lines.first.map { "\(Path(bytes: $0))" } ?? ""
        } catch {
            return ""
        }
    }
}
