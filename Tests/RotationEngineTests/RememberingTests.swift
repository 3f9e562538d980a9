import LinuxSystem
import LogCut
import RotationCore
import TestPlace
import Testing

@testable import RotationEngine

struct RememberingTests {
    @Test func aStateIsWrittenNarrowAndOnlyWhenItChanged() throws {
        let place = try Place()
        let path = place.path.appending("deep/er/state")
        var state = RotationState()
        state.lastRotated["/a"] = CivilTime(year: 2026, month: 1, day: 2)
        let store = StateStore(path: path)
        #expect(try store.lock(.tryOnce))
        #expect(try store.read().state == RotationState())
        try store.write(state)
        let directory = try Directory.open(path.directory)
        let first = try #require(try directory.status(of: "state"))
        #expect(first.mode == 0o600)
        #expect(try place.open().status(of: "deep")?.mode == 0o700)
        try store.write(state)
        #expect(try directory.status(of: "state")?.identity == first.identity)
        #expect(try StateStore(path: path).read().state == state)
        #expect(try directory.names() == ["state"])
    }

    @Test func aLockIsSeenByTheNextRunAlsoAfterTheFileWasReplaced() throws {
        let place = try Place()
        let path = place.path.appending("state")
        let first = StateStore(path: path)
        #expect(try first.lock(.tryOnce))
        #expect(try !StateStore(path: path).lock(.tryOnce))
        #expect(try StateStore(path: path).lock(.skip))
        #expect(try StateStore(path: "/dev/null").lock(.tryOnce))
        let started = monotonicSeconds()
        #expect(try !StateStore(path: path).lock(.wait(seconds: 1)))
        #expect(monotonicSeconds() - started >= 1)
    }

    @Test func aLockIsFreeWhenItsHolderIsGone() throws {
        let place = try Place()
        let path = place.path.appending("state")
        do {
            let first = StateStore(path: path)
            #expect(try first.lock(.tryOnce))
            try first.write(RotationState())
        }
        #expect(try StateStore(path: path).lock(.tryOnce))
    }

    @Test func aStateThatOthersCouldReadIsNarrowed() throws {
        let place = try Place()
        try place.write("state", "logrotate state -- version 2\n", mode: 0o644)
        let store = StateStore(path: place.path.appending("state"))
        #expect(try store.lock(.tryOnce))
        _ = try store.read()
        #expect(try place.open().status(of: "state")?.mode == 0o640)
    }

    @Test func anErrorIsToldOnceAnHour() throws {
        let place = try Place()
        let journal = place.path.appending("journal")
        func tell(_ messages: [String], at seconds: Int64) throws -> [Bool] {
            let told = LedgerStore(journal: journal, isReadOnly: false)
            let answers = messages.map { told.shouldTell($0, now: Timestamp(seconds: seconds)) }
            try told.save()
            return answers
        }
        #expect(try tell(["a", "b", "a"], at: 1000) == [true, true, false])
        #expect(try tell(["a", "c\nd"], at: 1060) == [false, true])
        #expect(try tell(["b", "c\nd"], at: 1120) == [true, false], "b was gone in between")
        #expect(try tell(["b"], at: 1120 + 3600) == [true])
        #expect(try tell(["b"], at: 100) == [true], "the clock was set back")
        #expect(try tell([], at: 200) == [])
        #expect(try place.open().names() == [])
    }
}
