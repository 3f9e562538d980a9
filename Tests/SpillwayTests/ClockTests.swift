import Foundation
import Testing

/// The clock is set while a run is at work, or between two: behind each time that it looks. No line is lost, no archive takes
/// another one's name, and what was remembered at a wrong time keeps nothing from being rotated.
///
/// The system's own clock is left alone: a library that is loaded before the others answers for it. What counts seconds for
/// waiting (CLOCK_MONOTONIC) is never set, and stays.
@Suite(.enabled(if: canSetClock(), "no clang or cc, or a static program"))
struct ClockTests {
    private static let hour = 3600
    private static let year = 365 * 86400
    /// By how much, in seconds: the last ones are before 1970 and beyond 2106.
    private static let jumps = [hour, -hour, 30 * 86400, -30 * 86400, 10 * year, -10 * year, -70 * year, 90 * year]

    @Test(arguments: InterruptedScenario.allCases.filter { isWanted("clock \($0.testDescription)") && $0 != .tapdisk })
    func theClockIsSetInMidRun(_ scenario: InterruptedScenario) throws {
        let count = try Self.run(scenario, after: 0, by: 0).looks
        try #require(count > 0)
        // Each scenario begins with another jump, so that together they come to all.
        var place = InterruptedScenario.allCases.firstIndex(of: scenario) ?? 0
        let step = sweepStep(7)
        var met = 0
        for looks in 1...count {
            for seconds in Self.jumps {
                place += 1
                guard place % step == 0 else { continue }
                // That nobody has written to it for a day is not so then.
                if scenario == .abandoned, seconds < 0 { continue }
                let problems = try Self.run(scenario, after: looks, by: seconds).problems
                met += 1
                #expect(problems == [], "by \(seconds) s behind look \(looks) of \(count)")
                for problem in problems { report("clock, \(scenario): by \(seconds) behind look \(looks): \(problem)") }
            }
        }
        report("clock, \(scenario): \(met) jumps, \(count) looks")
    }

    /// Runs it with a clock that is set behind so many looks, and once more with one that is right again.
    private static func run(
        _ scenario: InterruptedScenario, after looks: Int, by seconds: Int
    ) throws -> (looks: Int, problems: [String]) {
        let run = try InterruptedRun(scenario, in: Sandbox())
        let finished = try run.run(in: try clock(run.sandbox, after: looks, by: seconds))
        var problems: [String] = []
        if finished.status != 0 || !finished.error.isEmpty {
            problems.append("status \(finished.status): \(finished.error)")
        }
        problems += try run.problemsOfWhole()
        if problems.isEmpty { problems += try run.problemsAfterOneRun() }
        return (Int(try run.sandbox.read("capture/looks")) ?? 0, problems)
    }

    private static func clock(_ sandbox: Sandbox, after looks: Int, by seconds: Int) throws -> [String: String] {
        [
            "LD_PRELOAD": try ClockLibrary.library.get(), "CLOCK_AFTER": "\(looks)", "CLOCK_BY": "\(seconds)",
            "CLOCK_LOOKS": sandbox.path("capture/looks"),
        ]
    }

    /// Names with dates, from runs whose clocks go back and forth: every archive has its own, and none of their lines goes.
    @Test(arguments: [
        "dateext", "dateext\nhourly\ndateformat -%Y%m%d%H", "dateext\ndateformat -%s", "", "create", "create\ndateext",
        "copy\ndateext", "renamecopy\ndateext\nnocompress", "dateext\ndateyesterday", "create\ndelaycompress\ndateext",
    ])
    func noArchiveTakesAnothersName(_ directives: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate -1\nnotifempty\n\(directives)\n}\n")
        var written: [String] = []
        for (round, seconds) in ([0] + Self.jumps.flatMap { [$0, 0, $0] }).enumerated() {
            let line = "round \(round)\n"
            try sandbox.write("log/a.log", line)
            // In the middle of every second run.
            let environment = try Self.clock(sandbox, after: round % 2, by: seconds)
            let run = try sandbox.spillway(["-f"], environment: environment)
            #expect(run.status == 0 && run.error == "", "\(directives), by \(seconds): \(run)")
            written.append(line)
            if directives.hasPrefix("copy") { try sandbox.write("log/a.log", "") }
        }
        let names = try sandbox.names().filter { $0 != "a.log" }
        let lines = try names.flatMap { try sandbox.content("log/\($0)").split(separator: "\n").map { "\($0)\n" } }
        #expect(lines.sorted() == written.sorted(), "\(names)")
    }

    /// A date from a clock that was wrong keeps no log from being rotated for longer than the interval.
    @Test(
        arguments: [year, -year, 10 * year, -70 * year, 90 * year], ["daily", "weekly", "monthly", "hourly", "yearly"])
    func aDateFromAWrongClockIsNotBelievedForEver(_ seconds: Int, _ interval: String) throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate -1\n\(interval)\nnocompress\n}\n")
        try sandbox.write("log/a.log", "first\n")
        #expect(
            try sandbox.spillway(["-f"], environment: Self.clock(sandbox, after: 0, by: seconds)).status == 0)
        try sandbox.write("log/a.log", "second\n")
        // The clock is right again: at the latest when the interval is over it is rotated.
        let first = try sandbox.spillway(environment: Self.clock(sandbox, after: 0, by: 0))
        #expect(first.status == 0 && first.error == "", "\(first)")
        let next = try sandbox.spillway(environment: Self.clock(sandbox, after: 0, by: 366 * 86400))
        #expect(next.status == 0 && next.error == "", "\(next)")
        let history = try sandbox.names().map { try sandbox.content("log/\($0)") }.filter { !$0.isEmpty }.sorted()
        #expect(history == ["first\n", "second\n"])
        #expect(try sandbox.read("log/a.log") == "")
    }

    /// A clock that goes back by hours, as one does that was set right, rotates nothing again; and the run after it is silent.
    @Test func aClockThatGoesBackRotatesNothingAgain() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/a.log {\nrotate -1\ndaily\n}\n")
        try sandbox.write("log/a.log", "first\n")
        try sandbox.spillway(["-f"])
        try sandbox.write("log/a.log", "second\n")
        for hours in 1...20 {
            let run = try sandbox.spillway(environment: Self.clock(sandbox, after: hours % 3, by: -hours * Self.hour))
            #expect(run.status == 0 && run.error == "", "\(hours): \(run)")
        }
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
    }
}

/// Whether there is a compiler, and the program loads libraries.
private func canSetClock() -> Bool {
    guard case .success(let library) = ClockLibrary.library, let sandbox = try? Sandbox() else { return false }
    _ = try? sandbox.run(
        LogWriterProcess.spillway, ["--version"],
        environment: ["LD_PRELOAD": library, "CLOCK_LOOKS": sandbox.path("capture/looks")])
    return sandbox.exists("capture/looks")
}

private enum ClockLibrary {
    nonisolated(unsafe) private static let built: Result<Sandbox, any Error> = Result {
        let sandbox = try Sandbox()
        try sandbox.write("clock.c", source)
        try sandbox.shell("$(command -v clang || command -v cc) -shared -fPIC -O1 -o clock.so clock.c")
        return sandbox
    }

    static var library: Result<String, any Error> { built.map { $0.path("clock.so") } }

    private static let source = """
        #define _GNU_SOURCE
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static long looks;

        // By how much it is set by now, in seconds.
        static long set(void) {
            const char *after = getenv("CLOCK_AFTER"), *by = getenv("CLOCK_BY");
            long number = __atomic_add_fetch(&looks, 1, __ATOMIC_SEQ_CST);
            return by && number > (after ? atol(after) : 0) ? atol(by) : 0;
        }

        __attribute__((destructor)) static void tell(void) {
            const char *name = getenv("CLOCK_LOOKS");
            FILE *file = name ? fopen(name, "w") : NULL;
            if (!file) return;
            fprintf(file, "%ld", looks);
            fclose(file);
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            int answer = (int)syscall(SYS_clock_gettime, clock, time);
            if (answer == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += set();
            return answer;
        }
        time_t time(time_t *out) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (out) *out = now.tv_sec;
            return now.tv_sec;
        }
        int gettimeofday(struct timeval *restrict out, void *restrict zone) {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            out->tv_sec = now.tv_sec;
            out->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        """
}
