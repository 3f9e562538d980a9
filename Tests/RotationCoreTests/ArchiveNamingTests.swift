import LinuxSystem
import RotationCore
import Testing

struct ArchiveNamingTests {
    private func settings(_ directives: String) throws -> Settings {
        try #require(parse("/l/x {\n\(directives)\n}\n").stanzas.first).settings
    }

    @Test(arguments: [
        ("", "a.log", "a.log.1.gz"), ("extension .log", "a.log", "a.1.log.gz"), ("extension .log", "a", "a.1.gz"),
        ("addextension .old", "a.log", "a.log.1.old.gz"), ("addextension .log", "a.log", "a.1.log.gz"),
        ("addextension .old\nextension .log", "a.log", "a.1.log.gz"),
        ("addextension .old\nextension .log", "b", "b.1.old.gz"), ("compresscmd xz", "a", "a.1.xz"),
    ])
    func numberedNamesAreThoseOfLogrotate(_ directives: String, _ log: String, _ expected: String) throws {
        let settings = try settings(directives)
        let naming = ArchiveNaming(log: Path(log), settings: settings)
        let name = naming.name(number: 1, compressionSuffix: settings.compressionSuffix)
        #expect(name == Path(expected))
        #expect(naming.parse(name)?.key == .number(1))
        #expect(naming.parse(name)?.compressionSuffix == settings.compressionSuffix)
    }

    @Test(arguments: [
        "a.log", "a.log.", "a.log.01", "a.log.1x", "a.log.1.gz.7.gz", "a.log.gz", "b.log.1", "a.log-20261122",
        "a.log.-1",
        "a.log.99999999999",
    ])
    func whatIsNoArchive(_ name: String) throws {
        #expect(ArchiveNaming(log: "a.log", settings: try settings("")).parse(Path(name)) == nil)
    }

    @Test func archivesOfAnotherCompressionAreKnown() throws {
        let naming = ArchiveNaming(log: "a", settings: try settings("compresscmd xz"))
        #expect(naming.parse("a.3.gz")?.compressionSuffix == ".gz")
        #expect(naming.parse("a.3.bz2")?.key == .number(3))
        #expect(naming.parse("a.3")?.isCompressed == false)
    }

    @Test func datedNamesSortByTheirDates() throws {
        let naming = ArchiveNaming(log: "a", settings: try settings("dateext\ndateformat .%d-%m-%Y"))
        func stamp(_ name: Path) -> DateStamp? {
            if case .date(let stamp, _)? = naming.parse(name)?.key { return stamp }
            return nil
        }
        let first = try #require(stamp("a.31-12-2025.gz"))
        let second = try #require(stamp("a.01-01-2026"))
        #expect(first < second)
        #expect(naming.parse("a.1-1-2026") == nil)
        #expect(naming.parse("a.01-01-2026.1.gz")?.key == .date(second, sequence: 1))
        #expect(naming.parse("a.01-01-2026.0") == nil)
    }

    /// A clock may have been wrong.
    @Test func secondsBefore1970AreADate() throws {
        let settings = try settings("dateext\ndateformat -%s")
        let naming = ArchiveNaming(log: "a", settings: settings)
        let stamps = try ["a--90.gz", "a--90.1.gz", "a--8", "a-7.gz"].map { name in
            guard case .date(let stamp, _)? = naming.parse(Path(name))?.key else { throw Unexpected() }
            return stamp
        }
        #expect(stamps[0] == stamps[1] && stamps[1] < stamps[2] && stamps[2] < stamps[3])
        #expect(naming.parse("a-") == nil && naming.parse("a--") == nil && naming.parse("a---9") == nil)
    }

    private struct Unexpected: Error {}

    @Test func dateFormatsHaveAPatternForTheirNames() {
        func pattern(_ format: String, _ text: Path) -> String { "\(DateFormat(Path(format)).pattern(for: text))" }
        func digits(_ count: Int) -> String { String(repeating: "[0-9]", count: count) }
        #expect(pattern("-%Y%m%d", "-20261130") == "-" + digits(8))
        #expect(pattern(".%Y%%x1", ".2026%%x1") == "." + digits(4) + "%%x1")
        #expect(pattern("-%s", "-1796008590") == "-" + digits(10))
        #expect(pattern("-2%s.%H", "-2999.07") == "-2" + digits(3) + "." + digits(2))
        #expect(pattern("%d%z", "30+0100") == digits(2) + "[-+]" + digits(4))
    }

    @Test func dateFormatsHaveLogrotatesSpecifiers() {
        let time = CivilTime(year: 2026, month: 11, day: 22, hour: 9, minute: 5, second: 7)
        let format = DateFormat("%Y|%m|%d|%H|%M|%S|%V|%s|%Q")
        #expect(format.text(time, epochSeconds: 1_795_338_307) == "2026|11|22|09|05|07|47|1795338307|%Q")
        #expect(format.unknownSpecifiers == ["%Q"])
        #expect(DateFormat("-%Y%m%d").isSortable && DateFormat("%s").isSortable && DateFormat("%d%m%Y").isSortable)
        #expect(!DateFormat("-%d").isSortable && !DateFormat("-%Y-%V").isSortable && !DateFormat("-%Y%H").isSortable)
    }

    @Test func anArchivesLogIsFoundFromItsName() throws {
        func logs(_ name: Path, _ directives: String) throws -> Set<Path> {
            Set(ArchiveNaming.logs(ofArchive: name, settings: try settings(directives)).map(\.log))
        }
        #expect(try logs("a.log.1.gz", "") == ["a.log"])
        #expect(try logs("ovsdb-server.log.10.gz.7.gz", "") == ["ovsdb-server.log.10.gz"])
        #expect(try logs("a.log", "") == [])
        #expect(try logs("a.1.log.gz", "extension .log") == ["a.log"])
        #expect(try logs("a.log-20261122.2.gz", "dateext") == ["a.log"])
        #expect(try logs("tapdisk.2345.log", "") == [])
    }
}
