import Gzip
import HostObservation
import LinuxChanges
import LinuxSystem
import LogCut
import RotationCore

/// Runs the programs that a configuration names: scripts, compression, mail, shred.
struct ProgramRunner {
    /// Where programs' standard output goes; 2 where standard output carries a report.
    var standardOutput: CInt = 1
    /// The descriptor of `--log`, which scripts get as 3.
    var logDescriptor: CInt?
    /// `--mail`.
    var mailCommand = "/usr/bin/mail"

    /// More of what a program says is not kept, in bytes.
    private static let saidLimitBytes = 4096

    /// How long compression, mail and shred may take, in seconds: they are not scripts, and a log can be large.
    private static let programLimitSeconds: Int64 = 24 * 3600

    /// Runs a script of a stanza with /bin/sh, as logrotate does: `$0` is `logrotate_script`, arguments follow.
    func runScript(_ kind: HookKind, _ script: Script, _ arguments: [Path], about subject: Path, _ settings: Settings)
        throws(StepFailure)
    {
        var descriptors: [CInt: CInt] = [1: standardOutput]
        if let logDescriptor { descriptors[3] = logDescriptor }
        let termination: Termination
        do throws(SystemError) {
            termination = try ChildProcess.run(
                "/bin/sh", ["sh", "-c", script.text, "logrotate_script"] + arguments, descriptors: descriptors,
                limitSeconds: settings.hookTimeoutSeconds,
                // Once logs are moved their writers have to be told, whoever asks this run to stop.
                endsOnStop: kind == .firstaction || kind == .prerotate)
        } catch {
            throw StepFailure(ProgramText.scriptNotRun(script, kind, subject, error))
        }
        guard !termination.succeeded else { return }
        var message = "\(script.location): the \(kind.rawValue) script for \(subject.onOneLine) \(termination)"
        if termination == .timedOut {
            message += " (hooktimeout \(settings.hookTimeoutSeconds)s; a longer one can be set in its stanza)"
        }
        throw StepFailure(message)
    }

    /// Runs a program to its end; what is not done if it cannot be started.
    private func run(
        _ consequence: @autoclosure () -> String, _ program: String, _ arguments: [Path], descriptors: [CInt: CInt],
        environment: [Path] = [], logrotate: ((String) -> LogrotateText)? = nil
    ) throws -> Termination {
        try start(
            consequence(), program, arguments, descriptors: descriptors, environment: environment, logrotate: logrotate
        )
        .wait(limitSeconds: Self.programLimitSeconds)
    }

    private func start(
        _ consequence: @autoclosure () -> String, _ program: String, _ arguments: [Path], descriptors: [CInt: CInt],
        environment: [Path] = [], logrotate: ((String) -> LogrotateText)? = nil
    ) throws -> ChildProcess {
        do throws(SystemError) {
            return try ChildProcess.start(program, arguments, descriptors: descriptors, environment: environment)
        } catch {
            var failure = StepFailure(ProgramText.notStarted(consequence(), error))
            failure.logrotate = logrotate?(error.reason)
            throw failure
        }
    }

    /// Compresses with a program that reads its standard input and writes its standard output. What it said on standard error,
    /// at most a part of it; empty where it said nothing.
    func compress(
        _ source: borrowing Descriptor, _ path: Path, to target: borrowing Descriptor, _ command: String,
        _ options: [String]
    ) throws -> String {
        let arguments = ([command] + options).map { Path($0) }
        // It reads its standard input: logrotate tells it so what that is.
        let environment = ["LOGROTATE_COMPRESSED_FILENAME=" + path]
        let notExecuted = { (reason: String) -> LogrotateText in
            .said("error: cannot execute compress command '\(command)': \(reason)", about: path)
        }
        var descriptors: [CInt: CInt] = [0: source.number, 1: target.number]
        let ended: Termination
        var text = ""
        if let said = try? Descriptor.inMemory() {
            descriptors[2] = said.number
            ended = try run(
                ProgramText.notCompressed(path), command, arguments, descriptors: descriptors, environment: environment,
                logrotate: notExecuted)
            let bytes = (try? said.bytes(at: 0, count: Self.saidLimitBytes)) ?? []
            text = String(decoding: bytes, as: UTF8.self).trimmingLineEnds
        } else {
            // Where there is no memory for it, it goes where ours goes.
            ended = try run(
                ProgramText.notCompressed(path), command, arguments, descriptors: descriptors, environment: environment)
        }
        guard ended.succeeded else {
            let why = ProgramText.failed(ProgramText.notCompressed(path), command, ended)
            var failure = StepFailure(text.isEmpty ? why : "\(why): \(text)")
            if !text.isEmpty { failure.logrotate = LogrotateText.said(text, about: path) }
            throw failure
        }
        guard try target.status().sizeBytes > 0 else {
            throw StepFailure(ProgramText.wroteNothing(path, command))
        }
        return text
    }

    /// Mails a file, uncompressed if its name has the ending of a compression.
    func mail(
        _ file: borrowing Descriptor, _ path: Path, address: String, subject: Path, uncompressCommand: String?
    ) throws {
        let arguments = [Path(mailCommand), "-s", subject, Path(address)]
        guard let standard = Self.uncompressCommand(for: path) else {
            let ended = try startMail(path, arguments, input: file.number).wait(limitSeconds: Self.programLimitSeconds)
            guard ended.succeeded else {
                throw StepFailure(ProgramText.failed(ProgramText.notMailed(path), mailCommand, ended))
            }
            return
        }
        let pipe = try Descriptor.pipe()
        let uncompress = uncompressCommand ?? standard
        let options: [Path] = uncompressCommand == nil ? ["-dc"] : []
        let source = try start(
            ProgramText.notMailed(path), uncompress, [Path(uncompress)] + options,
            descriptors: [0: file.number, 1: pipe.writing.number]
        ) { .error("cannot execute uncompress command: \($0)") }
        let mailer: ChildProcess
        do {
            mailer = try startMail(path, arguments, input: pipe.reading.number)
        } catch {
            pipe.close()
            _ = try source.wait(limitSeconds: 1)
            throw error
        }
        // Both have copies of their own; with ours open neither would see the other end.
        pipe.close()
        let ended = try mailer.wait(limitSeconds: Self.programLimitSeconds)
        let uncompressed = try source.wait(limitSeconds: 60)
        // Where the mailer fails the other one has nobody to write to, and fails for that.
        guard ended.succeeded else {
            throw StepFailure(ProgramText.failed(ProgramText.notMailed(path), mailCommand, ended))
        }
        guard uncompressed.succeeded else {
            var failure = StepFailure(ProgramText.failed(ProgramText.notMailed(path), uncompress, uncompressed))
            failure.logrotate = .error("uncompress command failed mailing \(path)")
            throw failure
        }
    }

    private func startMail(_ path: Path, _ arguments: [Path], input: CInt) throws(StepFailure) -> ChildProcess {
        do throws(SystemError) {
            return try ChildProcess.start(mailCommand, arguments, descriptors: [0: input, 1: standardOutput])
        } catch {
            var failure = StepFailure(ProgramText.notStarted(ProgramText.notMailed(path), error))
            failure.logrotate = .error("cannot execute mail command: \(error.reason)")
            throw failure
        }
    }

    private static func uncompressCommand(for path: Path) -> String? {
        let programs: [(Path, String)] = [
            (".gz", "gzip"), (".bz2", "bzip2"), (".xz", "xz"), (".zst", "zstd"), (".lz4", "lz4"), (".lzma", "xz"),
            (".Z", "gzip"),
        ]
        return programs.first { path.hasSuffix($0.0) }?.1
    }

    /// Overwrites a file with shred(1).
    func shred(_ file: borrowing Descriptor, _ path: Path, cycles: Int) throws {
        let count: [Path] = cycles > 0 ? ["-n", Path(String(cycles))] : []
        // The descriptor is the program's standard output: `-` names it.
        let ended = try run(
            ProgramText.notShredded(path), "shred", ["shred"] + count + ["-"],
            descriptors: [1: file.number])
        guard ended.succeeded else {
            throw StepFailure(ProgramText.failed(ProgramText.notShredded(path), "shred", ended))
        }
    }
}
