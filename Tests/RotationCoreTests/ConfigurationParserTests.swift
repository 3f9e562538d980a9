import LinuxSystem
import RotationCore
import Testing

struct ConfigurationParserTests {
    @Test func readsTheExampleOfTheManual() throws {
        let configuration = parse(
            """
            # sample
            compress

            /var/log/messages {
                rotate 5
                weekly
                postrotate
                    /usr/bin/killall -HUP syslogd
                endscript
            }

            "/var/log/httpd/access log" '/var/log/httpd/it''s' /var/log/a\\ b {
                rotate 5
                mail recipient@example.org
                size 100k
                sharedscripts
            }

            ~/log/*.log {}
            """)
        #expect(configuration.errors == [])
        #expect(configuration.stanzas.count == 3)
        let messages = try #require(configuration.stanzas.first)
        #expect(messages.settings.keep == .count(5))
        #expect(messages.settings.schedule == .weekly(0))
        #expect(messages.settings.scripts[.postrotate]?.text == "\n        /usr/bin/killall -HUP syslogd\n")
        #expect(messages.location.line == 4)
        let quoted = configuration.stanzas[1]
        #expect(
            quoted.patterns.map(\.text) == ["/var/log/httpd/access log", "/var/log/httpd/its", "/var/log/a b"])
        #expect(quoted.settings.schedule == .size(100 << 10))
        #expect(quoted.settings.sharesScripts)
        #expect(configuration.stanzas[2].patterns.map(\.text) == ["/home/op/log/*.log"])
        // Scripts get the patterns as they were written.
        #expect(
            configuration.stanzas.map(\.patternText) == [
                "/var/log/messages",
                #""/var/log/httpd/access log" '/var/log/httpd/it''s' /var/log/a\ b"#, "~/log/*.log",
            ])
        #expect(configuration.stanzas.map(\.endLine) == [10, 17, 19])
    }

    @Test func everyDirectiveOfTheTableIsUnderstood() {
        for directive in Directive.allCases
        where directive.scope == .anywhere && directive != .endscript && directive != .include {
            let value = Self.sample(directive)
            let configuration = parse("/x.log {\n\(directive.rawValue) \(value)\n}\n")
            #expect(configuration.errors == [], "\(directive.rawValue) \(value)")
        }
    }

    private static func sample(_ directive: Directive) -> String {
        switch directive {
        case .su: "root adm"
        case .method: "auto"
        case .signalwait, .hooktimeout: "5s"
        case .olddir: "old"
        case .errors, .mail: "x@example.org"
        case .compresscmd, .uncompresscmd: "/bin/xz"
        case .dateformat: "-%Y"
        case .extension, .addextension, .compressext: ".x"
        case .compressoptions: "-9"
        case _ where directive.argument == .required: "1"
        default: ""
        }
    }

    @Test(arguments: [
        ("/a {\nrotat 5\n}", "2:1: unknown directive 'rotat'; did you mean 'rotate'?"),
        ("/a {\nrotate\n}", "2:1: rotate: its value is missing"),
        ("/a {\nrotate x\n}", "2:1: rotate: 'x' is not understood; wanted: a number from -1 to 1000000"),
        (
            "/a {\n  rotate 1 # keep one\n}",
            "2:3: rotate: '1 # keep one' is not understood; wanted: a number from -1 to 1000000 (a comment needs a line of its own)"
        ),
        (
            "/a { rotate 1 }\n}",
            "1:6: rotate: '1 }' is not understood; wanted: a number from -1 to 1000000 (put the } on a line of its own)"
        ),
        ("/a {\nsize 1x\n}", "2:1: size: '1x' is not understood; wanted: a size such as 500, 100k, 20M, 4G or 1T"),
        ("/a {\nsu root\n}", "2:1: su: 'root' is not understood; wanted: su USER GROUP"),
        ("/a {\ncreate 0640 nobodyhere adm\n}", "2:1: create: there is no user 'nobodyhere'"),
        ("/a {\nprerotate\nx\n}\n", "2:1: prerotate: its endscript is missing"),
        ("/a {\n/b {\n}\n", "2:1: a path inside a stanza: is the } before it missing?"),
        ("/a {\nrotate 1\n", "1:1: the } of this stanza is missing; it is skipped"),
        ("}\n", "1:1: this } closes nothing"),
        ("/a {\n}} x\n", "2:2: unexpected '}' behind }: begin a new line"),
        ("prerotate\nx\nendscript\n", "1:1: prerotate belongs into a stanza: path { ... }"),
        ("/a {\nworkers 2\n}", "2:1: workers may not stand inside a stanza"),
        ("a.log {\n}", "1:1: 'a.log' is no absolute path, and no directive"),
        ("/a{b,c}.log {\n}", "1:4: 'b,c}.log' is no absolute path, and no directive (braces are no wildcard)"),
        ("nice -1\n/a {\n}\n", "1:1: nice: '-1' is not understood; wanted: a number from 0 to 19; its default holds"),
        (
            "/a {\nhooktimeout 0s\n}",
            "2:1: hooktimeout: '0s' is not understood; wanted: more than 0, such as 10m: each script has a time limit"
        ),
        ("/a {\nmaxtotal 0\n}", "2:1: maxtotal: '0' is not understood; wanted: more than 0"),
        ("space /a { budget 0 }", "1:12: budget: 0 is no limit; remove the line if there is to be none"),
        ("space /a {\nbudget 1M\nbudget 2M\n}", "3:1: budget is said twice in this block: remove one of them"),
        ("\"a.log\" {\n}", "1:1: 'a.log' is no absolute path"),
        ("/a \"b {\n}", "1:4: this quote is not closed"),
        (
            "/a {\nhooktimeout 5\n}",
            "2:1: hooktimeout: '5' is not understood; wanted: a time such as 90s, 5m, 12h, 30d or 4w"
        ),
        ("/a {\ncompress{\n}", "2:1: a blank is missing in 'compress{' behind 'compress'"),
    ])
    func namesLineColumnAndRemedy(_ text: String, _ expected: String) {
        #expect(parse(text).errors.first == expected)
    }

    @Test func aBrokenStanzaCostsOnlyItself() {
        let configuration = parse("/a {\nrotate x\n}\n/b {\nrotate 2\n}\n/c {\nfoo bar\n}\n/d {\n}\n")
        #expect(configuration.stanzas.filter { !$0.isBroken }.map { $0.patterns[0].text } == ["/b", "/d"])
        // The logs of the broken ones stay theirs.
        #expect(configuration.stanzas.filter(\.isBroken).map { $0.patterns[0].text } == ["/a", "/c"])
        #expect(configuration.errors.contains("1:1: this stanza has errors and is skipped: /a"))
    }

    @Test func aBrokenGlobalCostsTheStanzasItWouldGovern() {
        let configuration = parse("rotate x\n/a {\nrotate 2\n}\n/b {\n}\nrotate 3\n/c {\n}\n")
        #expect(configuration.stanzas.filter { !$0.isBroken }.map { $0.patterns[0].text } == ["/a", "/c"])
        #expect(configuration.errors.contains { $0.contains("governed by the broken global rotate at /conf:1:1") })
    }

    @Test func anUnknownDirectiveIsOnlyAWarningForLogrotate() {
        let configuration = parse("/a {\nnewthing\nrotate 2\n}\n", .logrotate)
        #expect(configuration.errors == [])
        #expect(configuration.warnings == ["2: unknown directive 'newthing'"])
        #expect(configuration.stanzas.count == 1)
    }

    /// A brace that was forgotten costs what it belongs to, and not the next stanza, whose logs another one would take.
    @Test func aMissingBraceCostsNoOtherStanza() {
        let after = parse("space /a {\nbudget 1M\n/b.log\n/c.log {\nrotate 30\n}\n/*.log {\nrotate 1\n}\n")
        #expect(after.spaces.isEmpty)
        #expect(after.stanzas.map { $0.patterns.map(\.text) } == [["/b.log", "/c.log"], ["/*.log"]])
        #expect(after.stanzas.allSatisfy { !$0.isBroken } && after.stanzas[0].settings.keep == .count(30))
        #expect(
            after.errors == [
                "3:1: a path inside a space block: is the } before it missing?", "1:1: space /a: the } is missing",
                "1:1: this space block has errors and is not used: /a",
            ])
        let stanza = parse("/a.log {\nrotate 30\n/b.log {\nrotate 30\n}\n/*.log {\nrotate 1\n}\n")
        #expect(stanza.stanzas.map(\.isBroken) == [true, false, false])
        #expect(stanza.stanzas.map { $0.patterns.map(\.text) } == [["/a.log"], ["/b.log"], ["/*.log"]])
        // What only looks like the next one's beginning does not swallow it.
        let stray = parse("/a.log {\n/b.log\nrotate 30\n}\n/c.log {\n}\n")
        #expect(stray.stanzas.map(\.isBroken) == [true, false])
    }

    @Test func blocksMayEndOnTheSameLine() {
        let configuration = parse(
            "space /a { reclaimheld }\nspace /b { budget 1M }\nspace /c {\npurge *.gz old-* }\n/d {\n}\n")
        #expect(configuration.errors == [])
        #expect(configuration.spaces.map(\.directory) == ["/a", "/b", "/c"] && configuration.stanzas.count == 1)
        #expect(configuration.spaces[0].reclaimsHeld && configuration.spaces[1].budget == .bytes(1 << 20))
        #expect(configuration.spaces[2].purges == ["*.gz", "old-*"])
    }

    /// What a rotation does not depend on does not cost it.
    @Test func aGlobalOfTheRunCostsNoStanza() {
        let configuration = parse("ioclass best_effort\nworkers 0\n/a {\n}\n")
        #expect(configuration.errors.count == 2 && configuration.stanzas.allSatisfy { !$0.isBroken })
    }

    @Test func globalsReachTheStanzasBehindThem() {
        let configuration = parse("rotate 1\n/a {\n}\nrotate 2\nweekly\n/b {\n}\n/c {\ndaily\n}\n")
        #expect(configuration.stanzas.map(\.settings.keep) == [.count(1), .count(2), .count(2)])
        #expect(configuration.stanzas.map(\.settings.schedule) == [.size(1 << 20), .weekly(0), .daily])
        #expect(configuration.stanzas[1].settings.origins[.rotate]?.line == 4)
    }

    @Test func includesFilesAndDirectoriesInOrderWithoutTabooNames() {
        let files: [Path: String] = [
            "/d/b": "/b {\n}\n", "/d/a": "rotate 7\n/a {\n}\n", "/d/x.rpmsave": "/x {\n}\n", "/d/y.skip": "/y {\n}\n",
            "/d/z~": "/z {\n}\n", "/one": "/one {\n}\n", "/home/op/mine": "/mine {\n}\n",
        ]
        let configuration = parse(
            "tabooext + .skip\ninclude /d\ninclude /one\ninclude ~/mine\n/last {\n}\n", files: files)
        #expect(configuration.errors == [])
        #expect(configuration.stanzas.map { $0.patterns[0].text } == ["/a", "/b", "/one", "/mine", "/last"])
        // As in logrotate, a global directive of an included file holds behind it too.
        #expect(configuration.stanzas.last?.settings.keep == .count(7))
    }

    @Test func aStanzaCanIncludeDirectives() {
        let configuration = parse(
            "/a {\ninclude /common\nrotate 4\n}\n/b {\ninclude /bad\n}\n",
            files: [
                "/common": "rotate 7\ndaily\n", "/bad": "rotate x\n",
            ])
        #expect(configuration.stanzas[0].settings.keep == .count(4))
        #expect(configuration.stanzas[0].settings.schedule == .daily)
        #expect(configuration.stanzas[1].isBroken)
        #expect(configuration.diagnostics.first?.location == SourceLocation(file: "/bad", line: 1))
    }

    @Test func tabooPatternsLeaveFilesOut() {
        let files: [Path: String] = ["/d/keep": "/k {\n}\n", "/d/skip-1": "/s {\n}\n"]
        let configuration = parse("taboopat skip-*\ninclude /d\n", files: files)
        #expect(configuration.stanzas.map { $0.patterns[0].text } == ["/k"])
    }

    @Test func aCircleOfIncludesEnds() {
        let configuration = parse("include /b\n/a {\n}\n", files: ["/b": "include /conf\n/b {\n}\n"])
        #expect(configuration.errors.count == 1)
        #expect(configuration.errors[0].contains("goes in circles"))
        #expect(configuration.stanzas.count == 2)
    }

    @Test func aMissingIncludeIsAnErrorAndNoMore() {
        let configuration = parse("include /nowhere\n/a {\n}\n")
        #expect(configuration.errors == ["1:1: cannot open /nowhere: No such file or directory"])
        #expect(configuration.stanzas.count == 1)
    }

    @Test func configurationThatOthersCanWriteIsRefused() {
        var environment = FakeEnvironment(files: ["/conf": "/a {\n}\n"])
        environment.writableByOthers = ["/conf"]
        let configuration = ConfigurationParser.parse(["/conf"], environment: environment)
        #expect(configuration.stanzas.isEmpty)
        #expect(configuration.errors.first?.contains("others could write to it (mode 0666") == true)
    }

    @Test func commentsAndEqualSignsStandWhereLogrotateHasThem() {
        let configuration = parse(
            "# top\n  # indented\n/a # here too\n# between\n/b {\n# inside\ncompress # behind a directive\nrotate=4\nsize = 2k\n} # end\n"
        )
        #expect(configuration.errors == [])
        #expect(configuration.stanzas[0].patterns.map(\.text) == ["/a", "/b"])
        #expect(configuration.stanzas[0].settings.keep == .count(4))
        #expect(configuration.stanzas[0].settings.schedule == .size(2048))
    }

    @Test func scriptsEndAtEndscriptOnItsOwnLine() {
        let configuration = parse("/a {\npostrotate echo one\n echo endscript two\n\tendscript\ncompress\n}\n")
        #expect(configuration.errors == [])
        #expect(configuration.stanzas[0].settings.scripts[.postrotate]?.text == " echo one\n echo endscript two\n")
    }

    @Test func windowsLineEndsAreBlanks() {
        let configuration = parse("weekly\r\n/a {\r\nrotate 3\r\n}\r\n")
        #expect(configuration.errors == [])
        #expect(configuration.stanzas[0].settings.keep == .count(3))
    }

    @Test func createTakesItsThreePartsOrLess() {
        let cases: [(String, Ownership)] = [
            ("create", Ownership()), ("create 0640", Ownership(mode: 0o640)),
            ("create 640 www", Ownership(mode: 0o640, owner: 33)),
            ("create 640 www adm", Ownership(mode: 0o640, owner: 33, group: 4)),
            ("create www adm", Ownership(owner: 33, group: 4)), ("create www", Ownership(owner: 33)),
        ]
        for (text, expected) in cases {
            #expect(parse("/a {\n\(text)\n}\n").stanzas.first?.settings.creation == expected, "\(text)")
        }
    }

    @Test func anExplicitCreateTurnsTheDefaultCopytruncateOff() {
        func technique(_ text: String, _ dialect: Dialect = .spillway) -> Technique? {
            parse("/a {\n\(text)\n}\n", dialect).stanzas.first?.settings.technique
        }
        #expect(technique("rotate 1") == .inPlace)
        #expect(technique("create") == .rename)
        #expect(technique("nocopytruncate") == .rename)
        #expect(technique("copy") == .copy)
        #expect(technique("renamecopy") == .renamecopy)
        #expect(technique("create\ncopytruncate") == .inPlace)
        #expect(technique("copytruncate\ncopy") == .inPlace)
        #expect(technique("renamecopy\ncopytruncate") == .inPlace)
        #expect(technique("rotate 1", .logrotate) == .rename)
        #expect(parse("create\n/a {\n}\n").stanzas.first?.settings.technique == .rename)
        #expect(parse("create\n/a {\nnocreate\n}\n").stanzas.first?.settings.technique == .rename)
    }

    @Test func defaultsAreThoseOfTheContract() throws {
        let own = try #require(parse("/a {\n}\n").stanzas.first?.settings)
        #expect(own.compresses && own.missingOK && own.keep == .unlimited && own.technique == .inPlace)
        let theirs = try #require(parse("/a {\n}\n", .logrotate).stanzas.first?.settings)
        #expect(!theirs.compresses && !theirs.missingOK && theirs.keep == .count(0) && theirs.technique == .rename)
    }

    @Test func compressionIsDoneInProcessWhereGzipIsMeant() {
        func compression(_ text: String) -> Compression? {
            parse("/a {\n\(text)\n}\n").stanzas.first?.settings.compression
        }
        #expect(compression("compress") == .gzip(level: 6))
        #expect(compression("nocompress") == nil)
        #expect(compression("compresslevel 9") == .gzip(level: 9))
        #expect(compression("compressoptions -1") == .gzip(level: 1))
        #expect(compression("compresscmd /bin/gzip\ncompressoptions --best") == .gzip(level: 9))
        #expect(compression("compressoptions --rsyncable") == .program(command: "gzip", options: ["--rsyncable"]))
        #expect(compression("compresscmd /usr/bin/xz") == .program(command: "/usr/bin/xz", options: []))
        #expect(parse("/a {\ncompresscmd /usr/bin/xz\n}\n").stanzas.first?.settings.compressionSuffix == ".xz")
        #expect(
            parse("/a {\ncompresscmd zstd\ncompressext .zstd\n}\n").stanzas.first?.settings.compressionSuffix == ".zstd"
        )
    }

    @Test func readsASpaceBlock() throws {
        let configuration = parse(
            """
            space /var/log {
                budget 500M     # what it may occupy
                minfree 5%
                minfreeinodes 2%
                live 36M 12M
                evict oldest
                reclaimheld
                purge *.gz *.old
            }
            """)
        #expect(configuration.errors == [])
        let space = try #require(configuration.spaces.first)
        #expect(space.directory == "/var/log")
        #expect(space.budget == .bytes(500 << 20) && space.minimumFree == .percent(5))
        #expect(space.live == LiveLimits(triggerBytes: 36 << 20, targetBytes: 12 << 20))
        #expect(space.eviction == .oldest && space.reclaimsHeld && space.purges == ["*.gz", "*.old"])
    }

    @Test(arguments: [
        ("space /v {\nbudgt 1M\n}\n", "2:1: 'budgt' is no directive of a space block; did you mean 'budget'?"),
        ("space /v {\nlive 1M 2M\n}\n", "2:1: live: the target 2M is not below the trigger"),
        (
            "space /v {\nminfree 120%\n}\n",
            "2:1: minfree: '120%' is not understood; wanted: a size such as 500M or a share such as 10%"
        ),
        ("space v {\n}\n", "1:1: space: the absolute path of a directory is missing"),
        ("space /v {\n}\nspace /v {\n}\n", "3:1: space /v: there is a block for this directory already"),
        ("space /v {\nbudget 1M\n", "1:1: space /v: the } is missing"),
    ])
    func judgesASpaceBlock(_ text: String, _ expected: String) {
        #expect(parse(text).errors.first == expected)
    }

    @Test func limitsOfSingleLogsAreReadInStanzasAndOutside() {
        let configuration = parse("minkeep 2\n/a {\nsignal HUP\nabandoned 1d\nmaxtotal 9M\n}\n/b {\n}\n")
        #expect(configuration.errors == [])
        #expect(configuration.stanzas.map(\.settings.minimumKeep) == [2, 2])
        #expect(configuration.stanzas.map(\.settings.abandonedSeconds) == [86400, nil])
        #expect(configuration.stanzas.map(\.settings.maximumTotalBytes) == [9 << 20, nil])
        #expect(configuration.stanzas[0].settings.signal == SignalRule(name: "HUP", target: .holders))
    }

    @Test func anyBytesAreReadWithoutATrap() {
        var seed: UInt64 = 42
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<80 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let alphabet = Array("/a{}\n \"'\\#=~%[*0compress rotate size space su create endscript\u{0}é".utf8)
                bytes.append(alphabet[Int((seed >> 33) % UInt64(alphabet.count))])
            }
            var environment = FakeEnvironment()
            environment.files["/conf"] = String(decoding: bytes, as: UTF8.self)
            _ = ConfigurationParser.parse(["/conf"], environment: environment)
        }
    }
}
