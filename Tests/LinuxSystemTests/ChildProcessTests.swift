import Glibc
import LinuxChanges
import LinuxSystem
import TestPlace
import Testing

struct ChildProcessTests {
    @Test func tellsHowAProcessEnded() throws {
        #expect(try ChildProcess.run("/bin/sh", ["sh", "-c", "exit 0"], limitSeconds: 10).succeeded)
        #expect(try ChildProcess.run("/bin/sh", ["sh", "-c", "exit 7"], limitSeconds: 10) == .exited(7))
        #expect(try ChildProcess.run("/bin/sh", ["sh", "-c", "kill -9 $$"], limitSeconds: 10) == .signalled(9))
        #expect(throws: SystemError.self) { try ChildProcess.run("/no/such/program", ["x"], limitSeconds: 10) }
    }

    @Test func endsAProcessAndItsChildrenWhenTheTimeIsOver() throws {
        let place = try Place()
        let script: Path = "trap '' TERM; sleep 100 & echo $! > " + place.path.appending("child") + "; sleep 100"
        let started = monotonicSeconds()
        #expect(try ChildProcess.run("/bin/sh", ["sh", "-c", script], limitSeconds: 1) == .timedOut)
        #expect(monotonicSeconds() - started < 10)
        let number = try text(place.open().open("child", .reading)).split(separator: "\n").first.flatMap { pid_t($0) }
        let child = try #require(number)
        for _ in 0..<100 where try isRunning(child) { sleep(milliseconds: 10) }
        #expect(try !isRunning(child))
    }

    /// A process that nobody has reaped yet does not run any more.
    private func isRunning(_ process: pid_t) throws -> Bool {
        guard let status = try? Descriptor.open(Path("/proc/\(process)/stat")) else { return false }
        return try !text(status).contains(") Z ")
    }

    @Test func givesAProcessOnlyTheDescriptorsItIsMeantToHave() throws {
        let place = try Place()
        let directory = try place.open()
        let output = try directory.create("out", mode: 0o600)
        let script: Path = "readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '"
        let ended = try ChildProcess.run(
            "/bin/sh", ["sh", "-c", script], descriptors: [1: output.number], limitSeconds: 10)
        #expect(ended.succeeded)
        // ls itself has the directory open as 3.
        #expect(try text(directory.open("out", .reading)) == "/dev/null\n0 1 2 3 ")
    }
}
