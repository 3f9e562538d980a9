import Foundation
import Testing

/// A `space` on a disk without a free byte: a run that makes room there is killed before each call that changes anything, or
/// the call fails. No line is lost, and the next run makes the room with no more history gone than it takes.
@Suite(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
struct FullSpaceTests {
    private static let step = sweepStep(97)
    private static let old = (count: 6, kibibytes: 1024)

    private func full() throws -> FullDiskTests.FullDisk {
        let beside = (1...Self.old.count).map {
            "head -c \(Self.old.kibibytes)k /dev/urandom > log/old-\($0); touch -d 2026-01-0\($0) log/old-\($0)"
        }
        let disk = try FullDiskTests.FullDisk(.ext4, .appending, archives: 0, beside: beside.joined(separator: "; "))
        try disk.sandbox.configure("space LOG {\nminfree 48%\npurge old-*\n}\nLOG/a.log {\nsize 10G\nrotate 100\n}\n")
        return disk
    }

    private func strace(_ disk: FullDiskTests.FullDisk, _ options: [String]) throws -> Finished {
        try disk.run(under: ["/usr/bin/strace", "-f", "-qq", "-y", "-o", disk.sandbox.path("trace")] + options)
    }

    @Test(.enabled(if: isWanted("full space")))
    func aRunThatMakesRoomMayEndOrFailAnywhere() throws {
        guard FileSystem.ext4.missing == nil else {
            Issue.record(
                "aRunThatMakesRoomMayEndOrFailAnywhere did not run: missing here: \(FileSystem.ext4.missing ?? "")")
            return
        }
        let plain = try full()
        #expect(plain.freeBytes == 0)
        let finished = try strace(plain, [])
        #expect(finished.status == 0 && finished.error == "", "\(finished)")
        let left = try plain.sandbox.names().filter { $0.hasPrefix("old-") }
        #expect(left.count < Self.old.count && !left.isEmpty, "\(left)")
        let faults = try FaultSweep.faults(in: plain.sandbox).filter { ChangingCalls.all.contains($0.call) }
        var places: [(Fault, isKilled: Bool)] = []
        for fault in faults {
            if !places.contains(where: { $0.0.call == fault.call && $0.0.number == fault.number }) {
                places.append((fault, true))
            }
            places.append((fault, false))
        }
        var met = 0
        for (index, (fault, isKilled)) in places.enumerated() where index % Self.step == Self.step / 2 {
            let disk = try full()
            let what = isKilled ? "signal=SIGKILL" : "error=\(fault.error)"
            let run = try strace(
                disk, ["-e", "trace=\(fault.call)", "-e", "inject=\(fault.call):\(what):when=\(fault.number)"])
            met += 1
            let place = "\(what) at \(fault.call) \(fault.number)"
            #expect(isKilled || run.status == 0 || run.status == 1 && !run.error.isEmpty, "\(place): \(run)")
            var problems: [String] = []
            for _ in 1...2 {
                let next = try disk.run()
                if next.status != 0 { problems.append("\(next)") }
            }
            if let difference = try FullDiskTests.difference(disk, ignoresPadding: true) { problems.append(difference) }
            let now = try disk.sandbox.names()
            problems += now.filter { $0.hasPrefix(".") }.map { "left over: \($0)" }
            // One more than it takes at the most: the run that ended may not have seen what it had freed. Where the cut itself
            // failed, a floor may take everything.
            if isKilled, now.filter({ $0.hasPrefix("old-") }).count < left.count - 1 {
                problems.append("too much went: \(now)")
            }
            #expect(problems == [], "\(place)")
            for problem in problems { report("full space: \(place): \(problem)") }
        }
        report("full space: \(met) of \(places.count) places")
        #expect(met > 0)
    }
}
