import Foundation
import Testing

/// Logs are emptied under writers of every kind, and every line is accounted for. A part of the matrix that `Tests/Loss/run`
/// goes through: each technique and each writer once.
struct LossTests {
    /// In place, the writer is not told.
    private static let inPlace: [LossCase] = [
        LossCase(writer: "append", rate: 100_000),
        LossCase(writer: "append", fileSystem: .ext4, rate: 100_000, hasReaders: true),
        LossCase(writer: "append", fileSystem: .ext4, rate: 0),
        LossCase(writer: "offset", rate: 100_000),
        LossCase(writer: "offset", fileSystem: .ext4, hasReaders: true),
        LossCase(writer: "offsetend", rate: 0),
        LossCase(writer: "start", fileSystem: .ext4),
        LossCase(writer: "tapdisk"),
        LossCase(writer: "buffered", fileSystem: .ext4),
        LossCase(writer: "writev", fileSystem: .ext4, rate: 100_000),
        LossCase(writer: "osync", fileSystem: .ext4),
        LossCase(writer: "pwrite"),
        LossCase(writer: "rsyslogd", fileSystem: .ext4),
        LossCase(writer: "append", technique: .punch, fileSystem: .xfs, hasReaders: true),
        LossCase(writer: "pwrite", technique: .punch, fileSystem: .ext4),
        LossCase(writer: "append", technique: .collapse, fileSystem: .ext4),
        LossCase(writer: "append", technique: .collapse, fileSystem: .xfs),
        // What cannot be collapsed is punched.
        LossCase(writer: "append", technique: .collapse),
        LossCase(writer: "offset", technique: .collapse, fileSystem: .ext4),
        LossCase(writer: "append", fileSystem: .ext3),
        LossCase(writer: "offset", fileSystem: .btrfs),
        LossCase(writer: "append", fileSystem: .inlineData, rate: 100_000),
        LossCase(writer: "offset", fileSystem: .overlayfs, rotations: 8),
        LossCase(writer: "append", fileSystem: .mergerfs, rotations: 8),
        LossCase(writer: "tapdisk", fileSystem: .fuseOverlayfs, rotations: 8),
        // Without holes: what is lost is said.
        LossCase(writer: "append", fileSystem: .bindfs, rotations: 8),
        LossCase(writer: "offset", fileSystem: .bindfs, rotations: 4),
        LossCase(writer: "append", fileSystem: .gocryptfs, rotations: 8),
    ]

    /// Renamed, the writer is told.
    private static let renamed: [LossCase] = [
        LossCase(writer: "tapdisk", technique: .signal, fileSystem: .ext4, rate: 100_000),
        LossCase(writer: "tapdisk", technique: .signal, rotations: 8, lateMilliseconds: 200),
        LossCase(writer: "tapdisk", technique: .signal, rotations: 4, lateMilliseconds: 2500),
        LossCase(writer: "reopen", technique: .signal, fileSystem: .ext4, rate: 0),
        LossCase(writer: "reopen", technique: .signal, rotations: 4, lateMilliseconds: 2500),
        LossCase(writer: "ignore", technique: .signal, rotations: 4),
        LossCase(writer: "die", technique: .signal, rotations: 4),
        LossCase(writer: "reopen", technique: .postrotate, fileSystem: .ext4),
        LossCase(writer: "tapdisk", technique: .postrotate, lateMilliseconds: 50),
        LossCase(writer: "rsyslogd", technique: .signal),
        LossCase(writer: "reopen", technique: .signal, fileSystem: .mergerfs, rotations: 8),
        LossCase(writer: "tapdisk", technique: .signal, fileSystem: .bindfs, rotations: 8),
    ]

    /// Where the kernel, the file system or a container refuses what spillway would like to do.
    private static let obstructed: [LossCase] = [
        LossCase(writer: "tapdisk", technique: .signal, rotations: 8, obstacle: .noPidfd),
        LossCase(writer: "append", fileSystem: .ext4, rotations: 8, obstacle: .noLeases),
        LossCase(writer: "tapdisk", technique: .signal, rotations: 8, obstacle: .noLeases),
        LossCase(writer: "append", rotations: 8, obstacle: .noDescriptorsOfOthers),
        LossCase(writer: "offset", fileSystem: .ext4, rotations: 8, obstacle: .noDescriptorsOfOthers),
        LossCase(writer: "start", rotations: 8, obstacle: .noDescriptorsOfOthers),
        LossCase(writer: "append", rotations: 8, obstacle: .noHoles, isLossless: true),
        LossCase(writer: "offset", rotations: 8, obstacle: .noHoles, isLossless: true),
    ]

    @Test(
        .enabled(
            if: ["strace", "setpriv", "perl"].allSatisfy { hasProgram("/usr/bin/\($0)") },
            "strace, setpriv or perl is missing: apt-get install strace util-linux perl-base"),
        arguments: obstructed)
    func everyLineIsThereOnceWhateverIsRefused(_ lossCase: LossCase) throws {
        try expectEveryLineOnce(lossCase)
    }

    /// Where nothing else is possible, the log is truncated once its end is archived.
    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func aLogThatCannotBePunchedIsTruncated() throws {
        for scenario in [InterruptedScenario.unheld, .heldByAppender] {
            let run = try InterruptedRun(scenario, in: Sandbox())
            let finished = try run.run(injecting: ["-e", "trace=fallocate", "-e", "inject=fallocate:error=EOPNOTSUPP"])
            #expect(finished.status == 0)
            #expect(try run.sandbox.shell("stat -c %s log/a.log").output == "0\n")
            let problems = try run.problemsAfterwards()
            #expect(problems == [])
        }
    }

    @Test(arguments: inPlace)
    func everyLineIsThereOnceWhenTheLogIsCutInPlace(_ lossCase: LossCase) throws {
        try expectEveryLineOnce(lossCase)
    }

    @Test(arguments: renamed)
    func everyLineIsThereOnceWhenTheLogIsRenamed(_ lossCase: LossCase) throws {
        try expectEveryLineOnce(lossCase)
    }

    private func expectEveryLineOnce(_ lossCase: LossCase) throws {
        if let missing = lossCase.fileSystem.missing {
            Issue.record("\(lossCase.testDescription) did not run: missing here: \(missing)")
            return
        }
        if lossCase.writer == "rsyslogd", !hasProgram("/usr/sbin/rsyslogd") {
            Issue.record("\(lossCase.testDescription) did not run: rsyslogd is missing: apt-get install rsyslog")
            return
        }
        let result = try lossCase.run()
        report("\(lossCase.testDescription): \(Int(result.seconds)) s, \(result.archives) archives")
        #expect(result.problems(of: lossCase) == [], "\(result.history)")
        for (name, count) in result.readers {
            // The reader keeps its place: what it saw is what was written.
            #expect(["lost", "doubled", "broken", "nuls"].allSatisfy { count[$0] == 0 }, "\(name): \(count)")
        }
    }

    /// The measure itself: it has to see what truncation loses, or it would see nothing.
    @Test(
        .enabled(if: ComparisonRun.logrotate != nil, "logrotate is missing: apt-get install logrotate"),
        arguments: ["append", "offset"])
    func lossesOfCopytruncateAreSeen(_ writer: String) throws {
        if let missing = FileSystem.ext4.missing {
            Issue.record("lossesOfCopytruncateAreSeen did not run: missing here: \(missing)")
            return
        }
        let result = try LossCase(
            writer: writer, technique: .copytruncate, fileSystem: .ext4, rate: 0, rotations: 5, rotator: .logrotate
        ).run()
        #expect(result.history["lost"] > 0, "\(result.history)")
        if writer == "offset" { #expect(result.history["nuls"] > 0, "\(result.history)") }
    }
}
