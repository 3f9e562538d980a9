import Foundation
import Glibc
import Testing

/// `spillway watch`: what it does, how it is told what, and how it ends.
@Suite(.serialized)
struct WatchTests {
    private func log(_ megabytes: Int) -> String {
        String(repeating: "a line of a log that has grown too large\n", count: megabytes * 25_575)
    }

    @Test func aLogThatReachesItsSizeIsRotatedWithoutCron() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        let watch = try WatchProcess(sandbox)
        try watch.waitForStart()
        // New, and full from the beginning: it is looked for because its name came.
        let begin = Date()
        try sandbox.write("log/new.log", log(2))
        try sandbox.wait { sandbox.exists("log/new.log.1.gz") }
        #expect(Date().timeIntervalSince(begin) < 10)
        #expect(try sandbox.content("log/new.log.1.gz") == log(2))
        #expect(watch.end() < 1)
        #expect(watch.process.terminationStatus == 0)
        #expect(watch.said == "")
    }

    @Test func onlyTheLogThatIsDueIsRunFor() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        try sandbox.write("log/other.log", "small\n")
        let watch = try WatchProcess(sandbox, ["-v"])
        try sandbox.wait { watch.said.contains("0 rotated") }
        // A log that was quiet is looked at within a minute, a new one at once.
        try sandbox.write("log/a[b]*.log", log(2))
        try sandbox.wait { sandbox.exists("log/a[b]*.log.1.gz") }
        _ = watch.end()
        #expect(watch.said.contains("a run for a log that is due by its size"))
        #expect(watch.said.contains("1 log, 1 rotated"))
    }

    @Test func aSecondWatchSaysSoAndTheFirstIsSeen() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        let before = try sandbox.spillwayStatus()
        #expect(before.contains("\"watch\":null"))
        let watch = try WatchProcess(sandbox)
        try watch.waitForStart()
        let second = try WatchProcess(sandbox)
        #expect(second.waitForExit() == 3)
        #expect(second.said.contains("another watch has the lock"))
        let status = try sandbox.spillwayStatus()
        #expect(status.contains("\"watch\":{\"pid\":\(watch.process.processIdentifier),"))
        #expect(status.contains("\"next\":\"20"))
        #expect(status.contains("watching 0 logs on "))
        // A killed one is gone, and its file, which stays, says nothing.
        watch.send(SIGKILL)
        watch.process.waitUntilExit()
        #expect(try sandbox.spillwayStatus().contains("\"watch\":null"))
        let third = try WatchProcess(sandbox)
        try sandbox.wait {
            try sandbox.spillwayStatus().contains("\"watch\":{\"pid\":\(third.process.processIdentifier),")
        }
    }

    @Test func aChangedConfigurationIsReadAndAFaultyOneIsNot() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/a.log {\n}\n")
        let watch = try WatchProcess(sandbox)
        try watch.waitForStart()
        // Written by whoever edits it; nobody says so.
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        try sandbox.write("log/b.log", log(2))
        try sandbox.write("log/quiet.log", "small\n")
        try sandbox.wait { sandbox.exists("log/b.log.1.gz") }
        // A run may have read it before the watch has: what the watch has read is what it keeps.
        try sandbox.wait { try sandbox.spillwayStatus().contains("watching 2 logs") }
        // A stanza that is broken would cost its logs the rotation.
        try sandbox.configure("size 1M\nLOG/*.log {\nrotat 5\n}\n")
        try sandbox.wait { watch.said.contains("the old one is kept") }
        #expect(watch.said.contains("unknown directive 'rotat'"))
        try sandbox.write("log/c.log", log(2))
        try sandbox.wait { sandbox.exists("log/c.log.1.gz") }
        #expect(watch.said.components(separatedBy: "the old one is kept").count == 2)
        // Asked for, it is told again; put right, it holds.
        watch.send(SIGHUP)
        try sandbox.wait { watch.said.components(separatedBy: "the old one is kept").count == 3 }
        try sandbox.configure("size 1M\nLOG/*.log LOG/*.txt {\n}\n")
        try sandbox.write("log/d.txt", log(2))
        try sandbox.wait { sandbox.exists("log/d.txt.1.gz") }
    }

    @Test func aHangUpStartsARunAtOnce() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        let watch = try WatchProcess(sandbox, ["-v"])
        try watch.waitForStart()
        try sandbox.wait { watch.said.contains("0 rotated") }
        watch.send(SIGHUP)
        try sandbox.wait { watch.said.components(separatedBy: "0 rotated").count == 3 }
        #expect(watch.said.contains("a run because somebody asked for it"))
    }

    @Test func aRunThatIsEndedByForceDoesNotTakeTheWatchAlong() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\nprerotate\nkill -9 $PPID\nendscript\n}\n")
        let watch = try WatchProcess(sandbox)
        try watch.waitForStart()
        try sandbox.write("log/a.log", log(2))
        try sandbox.wait { watch.said.contains("did not end by itself") }
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        try sandbox.wait { sandbox.exists("log/a.log.1.gz") }
        #expect(watch.process.isRunning)
        #expect(try sandbox.content("log/a.log.1.gz") == log(2))
    }

    /// systemd is played by a socket.
    @Test func whoeverStartedItAsAServiceIsTold() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 1M\nLOG/*.log {\n}\n")
        let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = sandbox.path("notify")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let watch = try WatchProcess(sandbox, environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"])
        var heard: [String] = []
        func hear() {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(listener, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { heard.append(String(decoding: buffer[..<count], as: UTF8.self)) }
        }
        try sandbox.wait {
            hear()
            return heard.filter { $0 == "WATCHDOG=1" }.count > 3
        }
        #expect(heard.first == "READY=1")
        #expect(heard.contains { $0.hasPrefix("STATUS=watching 0 logs on ") })
        _ = watch.end()
        for _ in 0..<20 { hear() }
        #expect(heard.last == "STOPPING=1")
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace")))
    func lookingOpensNoLogAndNothingOfProc() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("maxsize 1G\nLOG/*.log {\n}\n")
        for number in 0..<30 { try sandbox.write("log/\(number).log", "quiet\n") }
        let trace = sandbox.path("capture/trace")
        // Only its own calls: a run, which is another process, does as runs do.
        let watch = try WatchProcess(sandbox, under: ["/usr/bin/strace", "-o", trace])
        try watch.waitForStart()
        try sandbox.append("log/1.log", "more\n")
        sleep(3)
        // strace passes no signal on.
        try sandbox.shell("pkill -TERM -P \(watch.process.processIdentifier)")
        watch.process.waitUntilExit()
        let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
        let afterStart = calls.drop { !$0.contains("signalfd") }
        #expect(afterStart.contains { $0.contains("statfs") })
        let opened = afterStart.filter { $0.contains("open") && ($0.contains(".log\"") || $0.contains("/proc")) }
        #expect(opened == [])
        // A run each minute; nothing that asks for more than twice in a second.
        #expect(afterStart.filter { $0.contains("poll(") }.count < 40)
    }

    /// What a watch, or a run of it, is ended in the middle of is gone on with by the next.
    @Test func whateverIsKilledLosesNoLine() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("size 300k\nLOG/*.log {\n}\n")
        let writer = try LogWriterProcess(
            "append", sandbox, log: sandbox.path("log/a.log"), options: ["--rate", "40000"])
        for round in 0..<8 {
            let watch = try WatchProcess(sandbox)
            usleep(UInt32(500_000 + round * 137_000))
            if round % 2 == 0 {
                watch.send(SIGKILL)
            } else {
                // The run that is at work, if one is.
                _ = try sandbox.run("/usr/bin/pkill", ["-9", "-P", "\(watch.process.processIdentifier)"])
                usleep(100_000)
                watch.send(SIGKILL)
            }
            watch.process.waitUntilExit()
        }
        try writer.stop()
        // A run that was left alone ends by itself.
        try sandbox.wait { try sandbox.spillway().status == 0 }
        let count = try LineCount(
            sandbox, LineCount.history(of: "a.log", in: sandbox.path("log")), expecting: [writer.expectation])
        #expect(try sandbox.names().count > 3)
        #expect(count["lost"] == 0 && count["doubled"] == 0 && count["broken"] == 0, "\(count)")
    }
}

extension Sandbox {
    fileprivate func spillwayStatus() throws -> String {
        try run(
            Sandbox.spillway,
            ["status", "--json", "-s", path("state/state"), "--journal", path("state/journal"), path("conf")]
        ).output
    }
}
