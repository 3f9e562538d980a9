import LinuxSystem
import RotationCore
import Testing

/// What logrotate's grammar takes besides the plain forms.
struct LogrotateGrammarTests {
    private func settings(_ text: String, _ dialect: Dialect = .spillway) throws -> Settings {
        let configuration = parse("/a {\n\(text)\n}\n", dialect)
        #expect(configuration.errors == [], "\(text)")
        return try #require(configuration.stanzas.first).settings
    }

    @Test(arguments: [
        ("create 0640 \"www\" 'adm'", Ownership(mode: 0o640, owner: 33, group: 4)),
        ("create 755 root \"adm\"", Ownership(mode: 0o755, owner: 0, group: 4)),
        ("create 0755 1 2", Ownership(mode: 0o755, owner: 1, group: 2)),
        ("create 1 2", Ownership(owner: 1, group: 2)), ("create 1000 1000", Ownership(owner: 1000, group: 1000)),
        ("create 999 999", Ownership(owner: 999, group: 999)), ("create 0 0", Ownership(owner: 0, group: 0)),
        ("create 640 1", Ownership(mode: 0o640, owner: 1)), ("create 0600", Ownership(mode: 0o600)),
    ])
    func usersHaveQuotesAndNumbers(_ text: String, _ expected: Ownership) throws {
        #expect(try settings(text).creation == expected)
        #expect(
            try settings("olddir old\n" + text.replacing("create", with: "createolddir")).archiveDirectoryCreation
                == expected)
    }

    @Test func suTakesQuotes() throws {
        #expect(try settings("su \"www\" 'adm'").account == Account(user: 33, group: 4))
        #expect(try settings("su 12 13").account == Account(user: 12, group: 13))
        #expect(
            parse("/a {\nsu \"www adm\n}\n").errors.first
                == "2:1: su: '\"www adm' is not understood; wanted: each quote closed on its line")
    }

    @Test(arguments: [
        ("create root:adm", "create root adm"), ("create 0640 root.adm", "create 0640 root adm"),
        ("createolddir 0750 www:adm", "createolddir 0750 www adm"), ("su root:adm", "su root adm"),
    ])
    func aPairInOneWordIsShownAsTwo(_ text: String, _ form: String) throws {
        let error = try #require(parse("/a {\n\(text)\n}\n").errors.first)
        #expect(error.hasSuffix("user and group are two words: \(form)"), "\(error)")
    }

    @Test func numbersMayHaveASign() throws {
        let found = try settings("size +4096k\nrotate +3\nstart +0\nshredcycles +2\nmaxage +7\nminsize +1k")
        #expect(found.schedule == .size(4096 << 10) && found.keep == .count(3) && found.start == 0)
        #expect(found.shredCycles == 2 && found.maximumAgeSeconds == 7 * 86400 && found.minimumSizeBytes == 1024)
        #expect(try settings("rotate 99999999999").keep == .unlimited)
        #expect(parse("/a {\nhooktimeout +5\n}\n").errors.count == 2, "a time limit needs its unit")
        #expect(Quantities.size("++1") == nil && Quantities.size("+") == nil && Quantities.integer("+-1") == nil)
    }

    @Test func slashesAndHomesInPaths() throws {
        #expect(try settings("olddir /var//log/old/").archiveDirectory == "/var/log/old")
        #expect(try settings("olddir ~/old").archiveDirectory == "/home/op/old")
        #expect(try settings("olddir old/").archiveDirectory == "old")
        let stanza = try #require(parse("/var//log/*.log ~//x {\n}\n").stanzas.first)
        #expect(stanza.patterns.map(\.text) == ["/var/log/*.log", "/home/op/x"])
        #expect(stanza.patterns[0].written == "/var//log/*.log")
    }

    @Test func scriptsGetLogsAsTheirPatternsAreWritten() throws {
        let stanza = try #require(parse("/var//log///*.log {\nprerotate\ntrue\nendscript\n}\n").stanzas.first)
        let status = FileStatus(
            identity: FileIdentity(device: 1, inode: 2), kind: .regular, mode: 0o644, sizeBytes: 5,
            modified: Timestamp(seconds: 0))
        let log = LogObservation(path: "/var/log/a.log", finding: .present(status), directory: nil)
        let planner = Planner(now: Timestamp(seconds: 1000), zone: TableZone.utc, force: true)
        let directory = FileStatus.file(inode: 3, kind: .directory)
        let archives = ArchiveObservation(directory: "/var/log", status: directory, isElsewhere: false)
        var claims = Planner.NameClaims()
        let plan = planner.plan(
            stanza, [Planner.Item(log: log, decision: .rotate(.forced), archives: archives)], gone: [], claims: &claims)
        #expect(
            plan.steps.contains {
                if case .run(.prerotate, _, let arguments) = $0.step {
                    arguments == ["/var//log///a.log"]
                } else {
                    false
                }
            }, "\(plan.steps)")
    }

    @Test func scriptsOfWindowsFilesHaveNoCarriageReturns() throws {
        let windows = try settings("prerotate\r\n echo a\r\n echo b\r\nendscript\r")
        #expect(windows.scripts[.prerotate]?.text == "\n echo a\n echo b\n")
        let meant = try settings("prerotate\n printf 'a\r\n'\nendscript")
        #expect(meant.scripts[.prerotate]?.text == "\n printf 'a\r\n'\n")
    }

    @Test(arguments: ["endscript;", "endscript; compress", "endscript compress", "endscript;compress", "endscript # x"])
    func aScriptEndsAtTheWordWhateverFollows(_ end: String) throws {
        let found = try settings("nocompress\nprerotate\n echo endscript\n \(end)\nrotate 2", .logrotate)
        #expect(found.scripts[.prerotate]?.text == "\n echo endscript\n")
        #expect(found.keep == .count(2) && found.compresses == end.contains("compress"))
    }

    @Test func aWordThatOnlyBeginsSoEndsNoScript() throws {
        #expect(try settings("prerotate\n endscripts\nendscript").scripts[.prerotate]?.text == "\n endscripts\n")
    }

    @Test func theZoneStandsInADate() throws {
        let format = DateFormat("-%Y%m%d%z")
        let civil = CivilTime(year: 2026, month: 11, day: 22, hour: 1, minute: 30)
        // 2026-11-22 00:00 UTC.
        let midnight: Int64 = 1_795_305_600
        #expect(format.text(civil, epochSeconds: midnight + 5400) == "-20261122+0000")
        #expect(format.text(civil, epochSeconds: midnight + 5400 - 19800) == "-20261122+0530")
        #expect(format.text(civil, epochSeconds: midnight + 5400 + 12600) == "-20261122-0330")
        #expect(format.unknownSpecifiers.isEmpty && format.isSortable)
        let naming = ArchiveNaming(log: "a", settings: try settings("dateext\ndateformat -%Y%m%d%z"))
        #expect(naming.parse("a-20261122+0530.gz") != nil && naming.parse("a-20261122-0330.2") != nil)
        #expect(naming.parse("a-20261122.gz") == nil && naming.parse("a-20261122+05") == nil)
    }

    @Test func logrotateForgivesWhatCostsAStanzaHere() {
        for text in ["/a {\nsize\n}\n", "/a {\nrotate 1\n} x\n", "/a {\nrotate 1\n", "/a {\nendscript\n}\n"] {
            #expect(parse(text, .logrotate).errors == [] && !parse(text).errors.isEmpty, "\(text)")
            #expect(parse(text, .logrotate).stanzas.map(\.isBroken) == [false], "\(text)")
        }
        let global = parse("postrotate\nx\nendscript\n/a {\n}\n/b {\n}\n", .logrotate)
        #expect(global.errors == [] && global.stanzas.allSatisfy { $0.settings.scripts[.postrotate]?.text == "\nx\n" })
    }

    /// What would govern a log that is not found is not to govern all others.
    @Test func aBlockWithoutAPathChangesNoGlobals() {
        for head in ["app.log", "./app.log", "!x"] {
            let configuration = parse(
                "rotate 9\n\(head) {\n rotate 1\n postrotate\n }\n endscript\n}\n/b {\n}\n")
            #expect(configuration.stanzas.map(\.settings.keep) == [.count(9)], "\(head)")
            #expect(configuration.errors.count == 1, "\(configuration.errors)")
        }
    }

    @Test func aBraceWithoutItsPathsCostsNoOtherStanza() {
        let configuration = parse("/a\nrotate 1\n}\n/b {\nrotate 2\n}\n")
        #expect(configuration.stanzas.map(\.settings.keep) == [.count(2)])
        #expect(configuration.errors == ["1:3: the { of this stanza is missing here"])
    }

    @Test func compressoptionsHaveQuotes() throws {
        let found = try settings("compresscmd sh\ncompressoptions -c 'cat; true' x")
        #expect(found.compression == .program(command: "sh", options: ["-c", "cat; true", "x"]))
    }

    @Test func logrotatesWordsStandBesideOurs() {
        let diagnostics = parse("/a {\nrotate x\nsize y\n}\n", .logrotate).diagnostics
        #expect(
            diagnostics.map(\.logrotate) == [
                .error("/conf:2 bad rotation count 'x'"), .silence, .error("found error in /a , skipping"),
            ])
    }

    @Test func oneFrequencyOverridesAnother() {
        let trace = parse("daily\n/a {\nweekly\nweekly\nsize 3\nolddir x\n}\n", .logrotate).trace.map(\.text)
        #expect(
            trace == [
                "reading config file /conf", "note: 'weekly' overrides previously specified 'daily'",
                "note: 'size' overrides previously specified 'weekly'", "olddir is now x",
            ])
        #expect(parse("daily\nweekly\n").trace.isEmpty)
    }
}
