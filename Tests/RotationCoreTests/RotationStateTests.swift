import LinuxSystem
import RotationCore
import Testing

struct RotationStateTests {
    private func decode(_ text: String) -> (state: RotationState, diagnostics: [Diagnostic]) {
        RotationState.decode(Array(text.utf8), file: "/state")
    }

    @Test func readsBothVersions() {
        let second = decode(
            "logrotate state -- version 2\n\"/var/log/a b\" 2026-11-22-9:5:7\n\"/x\\\"y\\\\z\" 2025-1-2-0:0:0\n")
        #expect(second.diagnostics.isEmpty)
        #expect(
            second.state.lastRotated["/var/log/a b"]
                == CivilTime(year: 2026, month: 11, day: 22, hour: 9, minute: 5, second: 7))
        #expect(second.state.lastRotated["/x\"y\\z"] == CivilTime(year: 2025, month: 1, day: 2))
        let first = decode("logrotate state -- version 1\n/var/log/a 2026-11-22\n")
        #expect(first.state.lastRotated["/var/log/a"] == CivilTime(year: 2026, month: 11, day: 22))
    }

    @Test func aBadLineIsReportedAndTheRestUsed() {
        let result = decode(
            "logrotate state -- version 2\n\"/a\" 2026-13-22-9:5:7\nnonsense\n\"/open 2026-1-1-0:0:0\n\"/b\" 1970-1-1-0:0:0\n\"/c\" 2108-2-29-23:0:0\n"
        )
        #expect(result.diagnostics.map(\.location.line) == [2, 3, 4])
        #expect(Set(result.state.lastRotated.keys) == ["/b", "/c"])
    }

    @Test func anotherFileIsNotTakenForAState() {
        let result = decode("root:x:0:0\n/a 2026-1-1\n")
        #expect(result.state.lastRotated.isEmpty)
        #expect(result.diagnostics.count == 1 && result.diagnostics[0].severity == .error)
        #expect(decode("").diagnostics.isEmpty)
    }

    @Test func writesWhatItReads() {
        var state = RotationState()
        state.lastRotated["/var/log/a b\"c\\d"] = CivilTime(year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5)
        state.lastRotated["/two\nlines"] = CivilTime(year: 2026, month: 1, day: 2)
        state.lastRotated["/b"] = CivilTime(year: 2108, month: 12, day: 31)
        let bytes = state.encoded()
        #expect(
            String(decoding: bytes, as: UTF8.self).hasPrefix("logrotate state -- version 2\n\"/b\" 2108-12-31-0:0:0\n"))
        #expect(RotationState.decode(bytes, file: "/s").state == state)
    }

    @Test func anUnchangedStateOfItsOwnFormNeedNotBeWritten() {
        let own = "logrotate state -- version 2\n\"/a\" 2026-11-22-9:5:7\n\"/b c\" 1970-1-1-0:0:0\n"
        #expect(!decode(own).state.isChanged)
        #expect(String(decoding: decode(own).state.encoded(), as: UTF8.self) == own)
        var state = decode(own).state
        state.forget(unseen: ["/a", "/b c"], now: CivilTime(year: 2026, month: 11, day: 25))
        #expect(!state.isChanged)
        state.forget(unseen: ["/a"], now: CivilTime(year: 2026, month: 11, day: 25))
        #expect(state.isChanged)
        state = decode(own).state
        state.lastRotated["/a"] = CivilTime(year: 2026, month: 11, day: 25)
        #expect(state.isChanged)
    }

    @Test(arguments: [
        "", "logrotate state -- version 1\n\"/a\" 2026-11-22-9:5:7\n",
        "logrotate state -- version 2\n\"/b\" 2026-11-22-9:5:7\n\"/a\" 2026-11-22-9:5:7\n",
        "logrotate state -- version 2\n\"/a\" 2026-11-22-9:5:7\n\"/a\" 2026-11-22-9:5:7\n",
        "logrotate state -- version 2\n\"/a\" 2026-11-22-09:5:7\n",
        "logrotate state -- version 2\n/a 2026-11-22-9:5:7\n",
        "logrotate state -- version 2\n\"/a\" 2026-11-22-9:5:7",
        "logrotate state -- version 2\n\"/a\"  2026-11-22-9:5:7\n",
        "logrotate state -- version 2\nnonsense\n\"/a\" 2026-11-22\n",
    ])
    func aStateOfAnotherFormIsWrittenAnew(_ text: String) {
        let (state, _) = decode(text)
        #expect(state.isChanged)
        #expect(String(decoding: state.encoded(), as: UTF8.self) != text)
    }

    @Test func forgetsWhatIsLongGone() {
        var state = RotationState()
        state.lastRotated["/old"] = CivilTime(year: 2024, month: 1, day: 1)
        state.lastRotated["/seen"] = CivilTime(year: 2024, month: 1, day: 1)
        state.lastRotated["/recent"] = CivilTime(year: 2026, month: 1, day: 1)
        state.forget(unseen: ["/seen"], now: CivilTime(year: 2026, month: 11, day: 22))
        #expect(Set(state.lastRotated.keys) == ["/seen", "/recent"])
    }
}
