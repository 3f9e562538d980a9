import LinuxSystem
import RotationCore
import Testing

/// That a signal is caught says nothing of what for.
struct SignalKnowledgeTests {
    private func settings(_ directives: String) throws -> Settings {
        try #require(parse("/l/a.log {\n\(directives)\n}\n").stanzas.first).settings
    }

    private func writer(_ command: Path, appends: Bool = false) -> Holder {
        Holder(
            process: 4, startTicks: 1, command: command, descriptor: 3, access: .writing, appends: appends, position: 9,
            caughtSignals: .max)
    }

    @Test(
        arguments: [
            ("chronyd", 1, SignalAnswer.ends), ("slapd", 1, .ends), ("zabbix_agentd", 1, .ends), ("dnsmasq", 1, .keeps),
            ("dnsmasq", 12, .reopens), ("nsd: xfrd", 1, .reopensOnSecond), ("snmpd", 1, .reopens),
            ("nginx", 10, .reopens),
        ] as [(Path, CInt, SignalAnswer)])
    func triedProgramsAreKnown(_ program: Path, _ signal: CInt, _ answer: SignalAnswer) {
        #expect(SignalKnowledge().answer(of: program, to: signal) == answer)
    }

    @Test func whoWouldEndOrKeepItsLogIsNotSentTheSignal() throws {
        let known = SignalKnowledge()
        #expect(
            known.reason(notToSend: "HUP", to: writer("dnsmasq"))
                == "dnsmasq (pid 4) goes on in its old log after SIGHUP, and is not sent it: signal USR2 has it open its log anew"
        )
        #expect(
            known.reason(notToSend: "HUP", to: writer("slapd"))
                == "slapd (pid 4) ends on SIGHUP, and is not sent it: its log is emptied in place without a signal; take signal out of the stanza"
        )
        #expect(known.reason(notToSend: "USR2", to: writer("dnsmasq")) == nil)
        #expect(known.reason(notToSend: "HUP", to: writer("another")) == nil)
    }

    @Test(arguments: ["signal HUP", "signal HUP\ncreate", "signal HUP\nmethod rename", "signal HUP\nrenamecopy"])
    func itsLogIsEmptiedInPlaceWhateverIsSaid(_ directives: String) throws {
        let settings = try settings(directives)
        #expect(settings.technique(for: .known([writer("slapd")])) == .inPlace)
        #expect(settings.technique(for: .known([writer("another")])) != .inPlace)
        var known = SignalKnowledge()
        known.endings.insert(SignalKnowledge.Ending(program: "another", signal: 1))
        #expect(settings.technique(for: .known([writer("another")]), knowing: known) == .inPlace)
        // A script tells it.
        let script = try self.settings("\(directives)\ncreate\npostrotate\ntrue\nendscript")
        #expect(script.technique(for: .known([writer("slapd")])) != .inPlace)
    }
}
