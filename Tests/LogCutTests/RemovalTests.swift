import HostObservation
import LinuxChanges
import LinuxSystem
import SystemPackage
import TestPlace
import Testing

@testable import LogCut

struct RemovalTests {
    private func text(_ outcome: Removal.Outcome) -> String {
        switch outcome {
        case .removed(let bytes): "removed \(bytes > 0)"
        case .held(let who): who
        }
    }

    /// What is answered in the end: a process that another test starts has each descriptor of this one too until it is
    /// another program, between fork(2) and execve(2), and holds the file then.
    private func answer(expecting expected: String, _ ask: () throws -> Removal.Outcome) throws -> String {
        var said = text(try ask())
        for _ in 0..<200 where said != expected {
            sleep(milliseconds: 20)
            said = text(try ask())
        }
        return said
    }

    /// Between the look at a log that is to go and its removal somebody can have come back.
    @Test func whatWasWrittenToMeanwhileStays() throws {
        let place = try Place()
        let directory = try Directory.open(place.path)
        let removal = Removal(
            ledger: LedgerStore(journal: place.path.appending("journal"), isReadOnly: false), rights: Rights())
        do {
            let file = try directory.create("log", mode: 0o644)
            try file.writeAll(Array("one\n".utf8))
        }
        let status = try #require(try directory.status(of: "log"))
        do {
            let file = try directory.open("log", .readingAndWriting)
            try file.writeAll(Array("two\n".utf8), at: 4)
        }
        let meanwhile = "it was written to meanwhile"
        #expect(
            try answer(expecting: meanwhile) { try removal.removeUnchanged("log", in: directory, status) } == meanwhile)
        #expect(try directory.open("log", .reading).readAll(limitBytes: 100) == Array("one\ntwo\n".utf8))
        let now = try #require(try directory.status(of: "log"))
        let removed = "removed true"
        #expect(try answer(expecting: removed) { try removal.removeUnchanged("log", in: directory, now) } == removed)
        #expect(removal.finish().isEmpty)
        #expect(try directory.names().allSatisfy { !$0.hasPrefix("log") && !$0.hasPrefix(".spillway") })
    }
}
