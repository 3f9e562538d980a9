import LinuxChanges
import LinuxSystem
import SystemPackage
import TestPlace
import Testing

struct WritesInFlightTests {
    /// A shell that has a FIFO open at 9 for writing, and goes on with a script. Whom it starts from then on has it too.
    private func start(_ script: String, first: String = ":", in place: Place) throws -> (ChildProcess, Holder) {
        let path = place.path.description
        let child = try ChildProcess.start(
            "/bin/sh", ["sh", "-c", Path("cd \(path); \(first); mkfifo f; exec 8<>f 9>f; : > ready; \(script)")])
        for _ in 0..<3000 where try place.open().status(of: "ready") == nil { sleep(milliseconds: 10) }
        let identity = try #require(try place.open().status(of: "f")).identity
        let holders = try #require(try HolderTable.look(for: [identity]).holders[identity])
        return (child, try #require(holders.first { $0.descriptor == 9 }))
    }

    private func haveEnded(_ writes: inout WritesInFlight, withinMilliseconds limit: Int = 2000) -> Bool {
        for _ in 0..<limit {
            if writes.haveEnded() { return true }
            sleep(milliseconds: 1)
        }
        return false
    }

    @Test func whoSleepsOrComputesIsInNoWrite() throws {
        for script in ["exec sleep 60 8<&-", "while :; do :; done"] {
            let place = try Place()
            let (child, holder) = try start(script, in: place)
            defer { _ = try? child.wait(limitSeconds: 0) }
            var writes = WritesInFlight(of: [holder])
            #expect(haveEnded(&writes), "\(script)")
        }
    }

    @Test func whoWaitsInAWriteIsInIt() throws {
        let place = try Place()
        // A pipe takes 64 KiB; the shell itself writes.
        let (child, holder) = try start(
            "printf %s $x >&9; exec sleep 60", first: "x=$(head -c 100000 /dev/zero | tr '\\0' x)", in: place)
        defer { _ = try? child.wait(limitSeconds: 0) }
        var writes = WritesInFlight(of: [holder])
        // On a busy machine it may not have come to its write yet.
        var isWriting = false
        for _ in 0..<100 where !isWriting {
            writes = WritesInFlight(of: [holder])
            isWriting = !haveEnded(&writes, withinMilliseconds: 200)
        }
        #expect(isWriting)
        // Another file's write is nothing to wait for.
        var other = holder
        other.descriptor = 7
        var others = WritesInFlight(of: [other])
        #expect(haveEnded(&others))
        let path = place.path.description
        let reader = try ChildProcess.start("/bin/sh", ["sh", "-c", Path("head -c 90000 \(path)/f > /dev/null")])
        defer { _ = try? reader.wait(limitSeconds: 0) }
        #expect(haveEnded(&writes))
    }

    @Test func whoHasGoneIsInNoWrite() throws {
        let place = try Place()
        let (child, holder) = try start("exec sleep 60", in: place)
        var writes = WritesInFlight(of: [holder])
        _ = try? child.wait(limitSeconds: 0)
        #expect(haveEnded(&writes, withinMilliseconds: 1))
        var later = WritesInFlight(of: [holder])
        #expect(haveEnded(&later, withinMilliseconds: 1))
    }
}
