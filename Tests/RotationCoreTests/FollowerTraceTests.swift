import LinuxSystem
import RotationCore
import Testing

/// What tells that a program remembers how far it has read a log: contents as the programs write them.
struct FollowerTraceTests {
    private static let log: Path = "/var/log/a.log"
    private static let identity = FileIdentity(device: 0xfe00, inode: 0xf7_a4f3)
    private static let digest = "94e742a4ec735fd41e9613974f51c960a86e3772"

    @Test(
        arguments: [
            (FollowerTrace.fail2ban, "+]\taJAIL/var/log/a.log\(digest)\"", true),
            (.fail2ban, "JAIL/var/log/a.log.1\(digest)", false), (.fail2ban, "JAIL/var/log/a.log", false),
            (.imfile, #"{ "filename": "\/var\/log\/a.log", "prev_was_nl": 0, "curr_offs": 8892 }"#, true),
            (.imfile, #"{ "filename": "\/var\/log\/a.log.1", "curr_offs": 8892 }"#, false),
            (.syslogNG, "\0affile_sd_curpos(/var/log/a.log)\0", true),
            (.syslogNG, "affile_sd_curpos(/var/log/a.log2)", false),
            (.since, "000000000000fe00:0000000000f7a4f3:00000000000022bc\n", true),
            (.since, "000000000000fe01:0000000000f7a4f3:00000000000022bc\n", false),
        ] as [(FollowerTrace, String, Bool)])
    func aLogIsKnownByWhatTheProgramWrote(_ trace: FollowerTrace, _ content: String, _ isNamed: Bool) {
        #expect(trace.names(Self.log, Self.identity, in: Array(content.utf8)) == isNamed)
    }

    @Test func placesThatAreOfOneLog() {
        #expect(FollowerTrace.logcheck.place(of: Self.log) == .presence("/var/lib/logcheck/offset.var.log.a.log"))
        #expect(FollowerTrace.logtail.place(of: Self.log) == .presence("/var/log/a.log.offset"))
    }

    @Test(arguments: FollowerTrace.allCases) func theNoteNamesProgramLogAndRemedy(_ trace: FollowerTrace) {
        let note = trace.note(on: Self.log, found: "/place")
        for text in [trace.program, "/var/log/a.log", "(/place)", "lossless"] { #expect(note.contains(text)) }
    }
}
