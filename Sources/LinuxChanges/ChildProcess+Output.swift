import Glibc
public import LinuxSystem

extension ChildProcess {
    /// Runs a program to its end and hands over what it prints.
    ///
    /// - Parameters:
    ///   - limitBytes: what comes after so many bytes is not read, and whoever writes on finds the pipe closed.
    ///   - limitSeconds: how long it may take, as for `wait`.
    public static func output(
        of program: String, _ arguments: [Path], limitBytes: Int, limitSeconds: Int64
    ) throws(SystemError) -> (Termination, [UInt8]) {
        let deadline = monotonicSeconds() + Double(limitSeconds)
        let pipe = try Descriptor.pipe()
        let process = try start(program, arguments, descriptors: [1: pipe.writing.number])
        // With ours open the end would never be seen.
        let output = read(from: pipe.closingWriting(), limitBytes, until: deadline)
        let left = max(0, deadline - monotonicSeconds())
        return (try process.wait(limitSeconds: Int64(left.rounded(.up))), output)
    }

    private static func read(from pipe: consuming Descriptor, _ limitBytes: Int, until deadline: Double) -> [UInt8] {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while output.count < limitBytes {
            let left = deadline - monotonicSeconds()
            guard left > 0, !StopSignal.arrived else { break }
            var waiting = pollfd(fd: pipe.number, events: Int16(POLLIN), revents: 0)
            // A signal ends it early, and so does the time: both are looked at again.
            guard poll(&waiting, 1, CInt(min(left * 1000 + 1, 1_000_000))) > 0 else { continue }
            // A pipe that cannot be read has ended: how the program ended says the rest.
            let count =
                (try? chunk.withMutableBytes { buffer throws(SystemError) in try pipe.read(into: buffer) }) ?? 0
            if count == 0 { break }
            output.append(contentsOf: chunk[..<count])
        }
        return output
    }
}
