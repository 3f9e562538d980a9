import Foundation
import Testing

/// Reading and writing may do less than was asked for, whenever it likes: each call of a run does so once, and nothing comes
/// of it. strace cannot do that (what it skips is not done at all): a library that is loaded before the others can.
@Suite(.enabled(if: canShorten(), "no clang or cc, or a static program"))
struct ShortCallTests {
    private static let step = sweepStep(17)

    @Test(arguments: InterruptedScenario.allCases.filter { isWanted("short \($0.testDescription)") && $0 != .tapdisk })
    func everyCallMayDoLess(_ scenario: InterruptedScenario) throws {
        var met = 0
        var all = 0
        for (kind, call) in ["write", "pwrite", "read", "pread"].enumerated() {
            let count = try Self.shorten(call, at: 0, scenario).count
            all += count
            for number in stride(from: 1 + kind, through: count, by: Self.step) {
                let (_, problems) = try Self.shorten(call, at: number, scenario)
                met += 1
                #expect(problems == [], "\(call) \(number) of \(count)")
                for problem in problems { report("short, \(scenario): \(call) \(number) of \(count): \(problem)") }
            }
        }
        #expect(met > 0 && all > 10, "\(all)")
        report("short, \(scenario): \(met) of \(all) calls")
    }

    /// How many such calls a run makes, and what is wrong when one of them does less; 0: none.
    private static func shorten(
        _ call: String, at number: Int, _ scenario: InterruptedScenario
    ) throws -> (count: Int, problems: [String]) {
        let library = try Shortening.library.get()
        let run = try InterruptedRun(scenario, in: Sandbox())
        let counted = run.sandbox.path("capture/calls")
        let finished = try run.run(in: [
            "LD_PRELOAD": library, "SHORT_CALL": call, "SHORT_AT": "\(number)", "SHORT_COUNT": counted,
        ])
        var problems: [String] = []
        if finished.status != 0 || !finished.error.isEmpty {
            problems.append("status \(finished.status): \(finished.error)")
        }
        problems += try run.problemsOfWhole()
        if problems.isEmpty { problems += try run.problemsAfterOneRun() }
        return (Int(try run.sandbox.read("capture/calls")) ?? 0, problems)
    }
}

/// Whether there is a compiler, and the program loads libraries.
private func canShorten() -> Bool {
    guard case .success(let library) = Shortening.library, let sandbox = try? Sandbox() else { return false }
    _ = try? sandbox.run(
        LogWriterProcess.spillway, ["--version"],
        environment: ["LD_PRELOAD": library, "SHORT_CALL": "read", "SHORT_COUNT": sandbox.path("capture/calls")])
    return sandbox.exists("capture/calls")
}

private enum Shortening {
    nonisolated(unsafe) private static let built: Result<Sandbox, any Error> = Result {
        let sandbox = try Sandbox()
        try sandbox.write("short.c", source)
        try sandbox.shell("$(command -v clang || command -v cc) -shared -fPIC -O1 -o short.so short.c -ldl")
        return sandbox
    }

    static var library: Result<String, any Error> { built.map { $0.path("short.so") } }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <unistd.h>

        static long calls;

        static size_t less(const char *name, int fd, size_t count) {
            const char *call = getenv("SHORT_CALL"), *at = getenv("SHORT_AT");
            if (fd < 3 || count < 2 || !call || strcmp(call, name) != 0) return count;
            long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
            return at && number == atol(at) ? (count + 1) / 2 : count;
        }

        __attribute__((destructor)) static void tell(void) {
            const char *file = getenv("SHORT_COUNT");
            if (!file) return;
            char text[24];
            int length = 0;
            long rest = calls;
            char digits[24];
            int count = 0;
            do { digits[count++] = '0' + rest % 10; rest /= 10; } while (rest);
            while (count) text[length++] = digits[--count];
            int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
            if (fd >= 0) { syscall(SYS_write, fd, text, length); close(fd); }
        }

        ssize_t write(int fd, const void *bytes, size_t count) {
            return syscall(SYS_write, fd, bytes, less("write", fd, count));
        }
        ssize_t read(int fd, void *bytes, size_t count) {
            return syscall(SYS_read, fd, bytes, less("read", fd, count));
        }
        ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
            return syscall(SYS_pwrite64, fd, bytes, less("pwrite", fd, count), offset);
        }
        ssize_t pread(int fd, void *bytes, size_t count, off_t offset) {
            return syscall(SYS_pread64, fd, bytes, less("pread", fd, count), offset);
        }
        ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return pwrite(fd, bytes, count, offset); }
        ssize_t pread64(int fd, void *bytes, size_t count, off_t offset) { return pread(fd, bytes, count, offset); }
        """
}
