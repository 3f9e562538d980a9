import HostObservation
import LinuxChanges
import LinuxSystem
import RotationCore

/// An ordinary run, as a process of its own: what goes wrong in it does not touch the watch.
final class RunProcess {
    private let process: ChildProcess
    private let report: Descriptor
    private var reader = RunReportReader()
    private var isReportOver = false

    /// Becomes readable when the run reports, or ends.
    var number: CInt { report.number }

    /// Starts the program that this process is.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - kept: the configuration that it reads in place of what is on the disk.
    init(_ arguments: [Path], kept: RecordedConfiguration?) throws(SystemError) {
        let pipe = try Descriptor.pipe()
        var words: [Path] = ["spillway"]
        var descriptors: [CInt: CInt] = [1: pipe.writing.number]
        guard let kept else {
            process = try ChildProcess.start(Self.program, words + arguments, descriptors: descriptors)
            report = pipe.closingWriting()
            return
        }
        let memory = try Descriptor.inMemory(kept.encoded)
        words += ["--kept-configuration", "3"]
        descriptors[3] = memory.number
        process = try ChildProcess.start(Self.program, words + arguments, descriptors: descriptors)
        report = pipe.closingWriting()
    }

    /// This very program, even if another version has its name by now; where there is no /proc, what it was started as.
    private static let program: String = {
        let own = "/proc/self/exe"
        if Path(own).status() != nil { return own }
        let word = ProcessArguments.all.first ?? "spillway"
        guard word.contains("/") else { return word }
        return "\(Path(word).resolved(against: Environment.workingDirectory))"
    }()

    /// Remembers what the program was started as, before the working directory is another one.
    static func prepare() { _ = program }

    /// Takes what the run has reported; how it ended; nil: it goes on.
    func advance() -> WatchRunEnd? {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while !isReportOver, !waitForInput([report.number], seconds: 0).isEmpty {
            let count =
                (try? chunk.withMutableBytes { buffer throws(SystemError) in try report.read(into: buffer) }) ?? 0
            if count == 0 { isReportOver = true }
            reader.take(chunk[..<count])
        }
        guard isReportOver else { return nil }
        do throws(SystemError) {
            // The pipe is closed a moment before the process is gone.
            while true {
                if let end = try process.termination() { return describe(end) }
                sleep(milliseconds: 1)
            }
        } catch {
            return .crashed
        }
    }

    private func describe(_ end: Termination) -> WatchRunEnd {
        switch end {
        case .exited(ExitStatus.lockBusy.rawValue): .busy
        case .exited(let status): .ended(exitStatus: status, freedBytes: max(reader.freedBytes, reader.archivedBytes))
        case .signalled, .timedOut, .interrupted: .crashed
        }
    }

    /// Asks it to stop at its next safe point, and waits so long for it; whether it ended.
    func stop(waitSeconds: Double) -> Bool {
        process.askToStop()
        let deadline = monotonicSeconds() + waitSeconds
        while monotonicSeconds() < deadline {
            _ = waitForInput([report.number], seconds: deadline - monotonicSeconds())
            if advance() != nil { return true }
        }
        return false
    }
}
