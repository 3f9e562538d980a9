import Foundation
import Testing

/// Each call of `held --reclaim` fails once: what a deleted file held is in the archive, or in the file still, and the next
/// try gives its space back.
@Suite(
    .enabled(
        if: hasProgram("/usr/bin/strace") && hasProgram("/usr/bin/perl"),
        "strace or perl is missing: apt-get install strace perl-base"))
struct HeldFaultTests {
    private static let step = sweepStep(41)

    private func reclaim(_ sandbox: Sandbox, under strace: [String] = []) throws -> Finished {
        let words =
            (strace.isEmpty ? [] : ["/usr/bin/strace", "-f", "-qq", "-o", sandbox.path("trace")] + strace)
            + [Sandbox.spillway, "held", "--reclaim", "--yes", "--archive", sandbox.path("saved"), sandbox.path("log")]
        return try sandbox.run(words[0], Array(words.dropFirst()))
    }

    private func deleted() throws -> (Sandbox, HeldWriter) {
        let sandbox = try Sandbox()
        // It writes nothing more: what is where can be told at leisure.
        let writer = try HeldWriter(sandbox, "log/a.log", .append, pauseSeconds: 60, fillBytes: 300_000)
        try sandbox.shell("rm log/a.log")
        return (sandbox, writer)
    }

    /// What is wrong with the lines in the archives and in the file.
    private func problems(_ sandbox: Sandbox, _ writer: HeldWriter) throws -> [String] {
        guard writer.isAlive else { return ["its writer has ended"] }
        let names = sandbox.exists("saved") ? try sandbox.names("saved") : []
        var numbers = Set(records(try writer.content()))
        for name in names {
            guard name.hasSuffix(".gz"), !name.hasPrefix(".") else { return ["left over: \(name)"] }
            numbers.formUnion(records(try sandbox.content("saved/\(name)")))
        }
        let last = numbers.max() ?? 0
        return numbers == Set(1...max(1, last)) && last > 70 ? [] : ["\(numbers.count) lines of \(last)"]
    }

    @Test(.enabled(if: isWanted("fault held")))
    func aReclaimMayFailAnywhere() throws {
        let (sandbox, writer) = try deleted()
        #expect(try reclaim(sandbox, under: ["-y"]).status == 0)
        #expect(try problems(sandbox, writer) == [])
        let faults = try FaultSweep.faults(in: sandbox)
        #expect(faults.count > 50)
        var counts: [Int32: Int] = [:]
        for (index, fault) in faults.enumerated() where index % Self.step == Self.step / 2 {
            let (sandbox, writer) = try deleted()
            let run = try reclaim(sandbox, under: FaultSweep.injecting(fault))
            guard let call = try FaultSweep.metCall(fault, in: sandbox) else { continue }
            counts[run.status, default: 0] += 1
            var found = try problems(sandbox, writer)
            if run.status != 0, run.status != 1 || run.error.isEmpty {
                found.append("status \(run.status): \(run.error)")
            }
            // Whom it may not look into it does not see, and what is not in /proc has been closed.
            let isRefused = run.error.contains("could not be looked into; ")
            let isGone = fault.error == "ENOENT" && call.contains("/proc/") && !call.contains("/proc/self/")
            if run.status == 0, !isRefused, !isGone, try writer.allocatedBytes() > 100_000 {
                found.append("status 0, and nothing is freed: \(run)")
            }
            let next = try reclaim(sandbox)
            if next.status != 0 { found.append("next: \(next)") }
            found += try problems(sandbox, writer).map { "next: \($0)" }
            if try writer.allocatedBytes() > 100_000 { found.append("next: it is not freed") }
            #expect(found == [], "\(fault.error): \(call)")
            for problem in found { report("fault held: \(fault.error): \(call): \(problem)") }
        }
        report("fault held: \(counts.values.reduce(0, +)) of \(faults.count) faults, by exit status \(counts)")
        #expect(!counts.isEmpty)
    }
}
