import LinuxChanges
import LinuxSystem
import RotationCore
import TestPlace
import Testing

@testable import HostObservation

struct LogFinderTests {
    private func find(_ names: [Path], _ patterns: String, in place: Place, known: Set<Path> = []) throws -> [Path] {
        for name in names { try place.write(name, "x") }
        let text = "\(patterns.replacing("LOG", with: place.path.description)) {\n}\n"
        try place.write("zz.conf", text)
        let configuration = ConfigurationParser.parse(
            [place.path.appending("zz.conf")], environment: SystemConfigurationEnvironment())
        let stanza = try #require(configuration.stanzas.first)
        let finder = LogFinder(cache: DirectoryCache(), isKnown: { known.contains($0.name) })
        var found: [Path] = []
        for pattern in stanza.patterns { _ = finder.find(pattern, in: stanza) { found.append($0.path.name) } }
        return found
    }

    @Test func archivesAreNoLogs() throws {
        let names: [Path] = ["a.log", "a.log.1", "a.log.2.gz", "b", "b.1", "c.3.gz", "app.7", "d.log.bz2"]
        // `app.7` may be a log of that name: no `app` is there. `d.log.bz2` is no archive of spillway's.
        #expect(try find(names, "LOG/[a-d]*", in: Place()) == ["a.log", "app.7", "b", "d.log.bz2"])
        #expect(try find(["app.7"], "LOG/app*", in: Place(), known: ["app"]) == [])
        #expect(try find(["app.1", "app.2"], "LOG/app.*", in: Place()) == ["app.1", "app.2"])
    }

    @Test func ovsArchivesOfArchivesAreLeftAlone() throws {
        let names: [Path] = ["ovsdb-server.log", "ovsdb-server.log.10.gz", "ovsdb-server.log.10.gz.7.gz"]
        #expect(try find(names, "LOG/ovs*", in: Place()) == ["ovsdb-server.log"])
    }

    @Test func aNamedPathIsALogWhateverItsName() throws {
        #expect(try find(["a.1"], "LOG/a.1 LOG/gone", in: Place()) == ["a.1", "gone"])
    }

    @Test func wildcardsInDirectories() throws {
        let place = try Place()
        for name in ["one", "two", ".hidden"] as [Path] {
            try place.open().makeDirectory(name, mode: 0o755)
            _ = try Directory.open(place.path.appending(name)).create("x.log", mode: 0o600)
        }
        try place.write("file", "x")
        #expect(try find([], "LOG/*/x.log", in: place).count == 2)
    }
}
