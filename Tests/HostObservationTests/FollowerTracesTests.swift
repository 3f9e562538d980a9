import LinuxChanges
import LinuxSystem
import RotationCore
import TestPlace
import Testing

@testable import HostObservation

/// What `check` finds of programs that remember how far they have read a log.
struct FollowerTracesTests {
    private func notes(_ rules: String, in place: Place) throws -> [Diagnostic] {
        let file = Path("conf-\(rules)")
        try place.write(file, "\(place.path)/*.log {\n\(rules)\n}\n")
        let configuration = ConfigurationParser.parse(
            [place.path.appending(file)], environment: SystemConfigurationEnvironment(), dialect: .spillway)
        return FollowerTraces.notes(configuration, root: place.path)
    }

    @Test func whoeverRemembersALogIsNamed() throws {
        let place = try Place()
        for name: Path in ["a.log", "b.log"] { try place.write(name, "x\n") }
        try place.write("b.log.offset", "1\n2\n")
        var directory = try place.open()
        for name: Path in ["var", "spool", "rsyslog"] {
            try directory.makeDirectory(name, mode: 0o755)
            directory = try Directory.open(directory.path.appending(name))
        }
        let escaped = "\(place.path)".split(separator: "/").map { "\\/\($0)" }.joined()
        try directory.create("imfile-state:1:2", mode: 0o600)
            .writeAll(Array("{ \"filename\": \"\(escaped)\\/a.log\", \"curr_offs\": 2 }".utf8))
        let notes = try notes("", in: place)
        #expect(notes.map(\.severity) == [.note, .note])
        #expect(
            notes.first?.message.hasPrefix("rsyslog's imfile remembers how far it has read \(place.path)/a.log") == true
        )
        #expect(
            notes.last?.message.hasPrefix("logtail or pygtail remembers how far it has read \(place.path)/b.log")
                == true)
        for rules in ["lossless", "create", "copy"] { #expect(try self.notes(rules, in: place) == []) }
    }

    @Test func whatCannotBeLookedAtIsSaidOnce() throws {
        let place = try Place()
        for name: Path in ["a.log", "b.log"] { try place.write(name, "x\n") }
        var directory = try place.open()
        for name: Path in ["var", "spool"] {
            try directory.makeDirectory(name, mode: 0o755)
            directory = try Directory.open(directory.path.appending(name))
        }
        // Not a directory: nobody, and not even root, can list it.
        try directory.create("rsyslog", mode: 0o600).writeAll(Array("x".utf8))
        let notes = try notes("", in: place)
        #expect(
            notes.map(\.message) == [
                "whether rsyslog's imfile remembers how far it has read these logs could not be looked at: "
                    + "cannot open \(directory.path)/rsyslog: Not a directory"
            ])
    }
}
