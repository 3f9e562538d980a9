/// Which logs a configuration names, and how it is read.
extension ComparisonCase {
    private static let two = [TreeFile.log, TreeFile("b.log", "b\n", mode: 0o600, owner: 0, group: 0)]
    private static let bothRotated = ["app.log": 72, "b.log": 72]
    private static let builtInTaboos = [
        ",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
        ".dpkg-tmp", ".rhn-cfg-tmp-x", ".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old",
        "~",
    ]

    private static func stated(_ name: String, _ text: String) -> ComparisonCase {
        ComparisonCase(name, "LOG/*.log {\n daily\n rotate 2\n}\n", two, stateText: text)
    }

    static let finding: [ComparisonCase] = [
        stated("stateVersionOne", "logrotate state -- version 1\nLOG/app.log 2026-1-1\n\"LOG/b.log\" YESTERDAY\n"),
        stated(
            "stateWithoutHours", "logrotate state -- version 2\n\"LOG/app.log\" YESTERDAY\n\"LOG/b.log\" 2026-1-1-4\n"),
        stated(
            "stateLateYesterday",
            "logrotate state -- version 2\n\"LOG/app.log\" YESTERDAY-23:59:59\n\"LOG/b.log\" YESTERDAY-0:0:0\n"),
        stated("stateWithEmptyLines", "logrotate state -- version 2\n\n\"LOG/app.log\" YESTERDAY\n\n"),
        stated("stateOfHeaderAlone", "logrotate state -- version 2\n"),
        stated("stateEmpty", ""),
        ComparisonCase(
            "oddNames", "LOG/odd/* {\n daily\n rotate 2\n compress\n}\n",
            [
                TreeFile("odd/a b.log", "1\n"), TreeFile("odd/c\"d.log", "2\n"), TreeFile("odd/e\\f.log", "3\n"),
                TreeFile("odd/gräße.log", "4\n"), TreeFile("odd/$(i).log", "5\n"), TreeFile("odd/-j.log", "6\n"),
                TreeFile("odd/k'l.log", "7\n"), TreeFile("odd/m;n.log", "8\n"), TreeFile("odd/%s.log", "9\n"),
            ],
            stateText:
                """
                logrotate state -- version 2
                "LOG/odd/a b.log" YESTERDAY
                "LOG/odd/c\\"d.log" YESTERDAY
                "LOG/odd/e\\\\f.log" YESTERDAY
                "LOG/odd/gräße.log" YESTERDAY

                """
        ),
        ComparisonCase(
            "oddPath", "LOG//sub/.././app.log {\n daily\n rotate 2\n}\n", prepare: "mkdir sub",
            stateText: "logrotate state -- version 2\n\"LOG//sub/.././app.log\" YESTERDAY\n"),
        ComparisonCase(
            "createWhereNothingWas", "LOG/none.log {\n daily\n rotate 2\n missingok\n create 0600 root root\n}\n"),
        ComparisonCase(
            "bracesInQuotes", "\"LOG/{app,b}.log\" {\n daily\n rotate 2\n}\n", two, lastRotated: bothRotated,
            ignoring: [.state]),
        ComparisonCase("duplicateInOneStanza", "LOG/app.log LOG/app.log {\n daily\n rotate 2\n}\n"),
        ComparisonCase(
            "duplicateStanza",
            """
            LOG/app.log {
             daily
             rotate 2
            }
            LOG/app.log {
             daily
             rotate 9
             compress
            }
            LOG/b.log {
             daily
             rotate 1
            }

            """,
            two, lastRotated: bothRotated),
        ComparisonCase(
            "includeInAStanza", "LOG/app.log {\n daily\n include ETC/more\n}\nLOG/b.log {\n daily\n rotate 2\n}\n", two,
            lastRotated: bothRotated, includes: ["more": "rotate 2\n"]),
        ComparisonCase(
            "equalSigns",
            """
            rotate=2
            LOG/app.log {
             daily
             create 0600 daemon adm
             dateext
             dateformat=-%Y
             maxage =9
             size = 1
            }

            """
        ),
        ComparisonCase(
            "globalAfterStanza", "daily\nrotate 2\nLOG/b.log {\n}\nrotate 0\ncompress\nLOG/app.log {\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase("braceWithoutBlank", "LOG/app.log{\n daily\n rotate 2\n}\n"),
        ComparisonCase("tabs", "LOG/app.log\t{\n\tdaily\n\trotate\t2\n\tcreate\t0600\tdaemon\tadm\n}\n"),
        ComparisonCase("capitals", "LOG/app.log {\n Daily\n daily\n Rotate 1\n rotate 2\n}\n"),
        ComparisonCase(
            "commentBetweenPaths", "LOG/app.log\n# and\nLOG/b.log {\n daily\n rotate 2\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase("trailingBlanks", "LOG/app.log {  \n daily  \n rotate 2  \n dateext \n dateformat .%Y  \n}  \n"),
        ComparisonCase(
            "valueInQuotes", "LOG/app.log {\n daily\n rotate 2\n olddir \"LOG/o d\"\n}\n", prepare: "mkdir 'o d'"),
        ComparisonCase("emptyStanza", "rotate 2\ndaily\nLOG/app.log {}\n"),
        ComparisonCase(
            "emptyStanzaOnTwoLines", "rotate 2\ndaily\nLOG/app.log {\n}\nLOG/b.log\n{ }\n", two,
            lastRotated: bothRotated),
        ComparisonCase("noNewlineAtTheEnd", "LOG/app.log {\n daily\n rotate 2\n}"),
        ComparisonCase("rotateNegative", "LOG/app.log {\n daily\n rotate -2\n}\n"),
        ComparisonCase("rotateHexadecimal", "LOG/app.log {\n daily\n rotate 0x2\n}\n"),
        ComparisonCase(
            "rotateOctal", "LOG/app.log {\n daily\n rotate 010\n}\n",
            [.log]
                + TreeFile.archives(
                    "app.log.1", "app.log.2", "app.log.3", "app.log.4", "app.log.5", "app.log.6", "app.log.7",
                    "app.log.8")),
        ComparisonCase(
            "sizeHexadecimal", "LOG/app.log {\n size 0x9\n rotate 2\n}\nLOG/b.log {\n size 0x1\n rotate 2\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase(
            "duplicateLogLast", "LOG/b.log {\n daily\n rotate 2\n}\nLOG/*.log {\n daily\n rotate 2\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase("startNegative", "LOG/app.log {\n daily\n rotate 2\n start -1\n}\n"),
        ComparisonCase(
            "severalPaths", "LOG/app.log LOG/b.log\nLOG/sub/c.log\n{\n daily\n rotate 2\n}\n",
            two + [TreeFile("sub/c.log", "c\n")], lastRotated: ["app.log": 72, "b.log": 72, "sub/c.log": 72]),
        ComparisonCase(
            "quotes", "\"LOG/with space.log\" 'LOG/b.log' LOG/back\\ slash.log {\n daily\n rotate 2\n}\n",
            [TreeFile("with space.log", "s\n"), TreeFile("b.log", "b\n"), TreeFile("back slash.log", "k\n")],
            lastRotated: ["with space.log": 72, "b.log": 72, "back slash.log": 72]),
        ComparisonCase(
            "wildcardStar", "LOG/*.log {\n daily\n rotate 2\n}\n",
            two + [TreeFile("c.txt", "c\n"), TreeFile(".hidden.log", "h\n")],
            lastRotated: bothRotated),
        ComparisonCase(
            "wildcardQuestionAndSet", "LOG/?.log LOG/[a-c]pp.log {\n daily\n rotate 2\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase(
            "wildcardDirectory", "LOG/s*/*.log {\n daily\n rotate 2\n}\n",
            [TreeFile("s1/a.log", "a\n"), TreeFile("s2/b.log", "b\n"), TreeFile("t/c.log", "c\n")],
            lastRotated: ["s1/a.log": 72, "s2/b.log": 72, "t/c.log": 72]),
        ComparisonCase(
            "tilde", "~/log/*.log {\n daily\n rotate 2\n}\n", two, lastRotated: bothRotated,
            environment: ["HOME": "LOG/.."]),
        ComparisonCase("missing", "LOG/none.log LOG/app.log {\n daily\n rotate 2\n}\n"),
        ComparisonCase(
            "missingok", "LOG/none.log LOG/app.log {\n daily\n missingok\n rotate 2\n}\n"),
        ComparisonCase(
            "nomissingok", "missingok\nLOG/none.log {\n nomissingok\n}\nLOG/app.log {\n daily\n rotate 2\n}\n"),
        ComparisonCase(
            "missingWildcard", "LOG/none*.log {\n daily\n rotate 2\n}\nLOG/app.log {\n daily\n rotate 2\n}\n",
            ignoring: [.state]),
        ComparisonCase(
            "missingokWildcard", "LOG/none*.log LOG/app.log {\n missingok\n daily\n rotate 2\n}\n", ignoring: [.state]),
        ComparisonCase(
            "missingWildcardShared", "LOG/none*.log LOG/app.log {\n daily\n rotate 2\n sharedscripts\n}\n",
            ignoring: [.state]),
        ComparisonCase(
            "brokenStanzaClaimsNothing",
            "LOG/app.log {\n rotate x\n}\nLOG/app.log {\n daily\n rotate 2\n}\nLOG/b.log {\n daily\n rotate 1\n}\n",
            two,
            lastRotated: bothRotated),
        ComparisonCase(
            "numbersBelowNought", "LOG/app.log {\n size -0\n minage -0\n minsize -0\n rotate 2\n}\n"),
        ComparisonCase(
            "missingDirectory", "LOG/none/app.log {\n missingok\n daily\n rotate 2\n}\n"),
        ComparisonCase(
            "hardLink", "LOG/app.log {\n daily\n rotate 2\n}\n", prepare: "ln app.log other"),
        ComparisonCase(
            "hardLinkAllowed", "LOG/app.log {\n daily\n rotate 2\n allowhardlink\n}\n", prepare: "ln app.log other"),
        ComparisonCase(
            "hardLinkAllowedCopytruncate", "LOG/app.log {\n daily\n rotate 2\n allowhardlink\n copytruncate\n}\n",
            prepare: "ln app.log other"),
        ComparisonCase(
            "hardLinkAllowedCompress", "LOG/app.log {\n daily\n rotate 2\n allowhardlink\n compress\n create\n}\n",
            prepare: "ln app.log other"),
        ComparisonCase(
            "hardLinkForbiddenAgain", "allowhardlink\nLOG/app.log {\n daily\n rotate 2\n noallowhardlink\n}\n",
            prepare: "ln app.log other"),
        ComparisonCase(
            "symbolicLink", "LOG/link.log {\n daily\n rotate 2\n}\n", prepare: "ln -s app.log link.log",
            lastRotated: ["link.log": 72]),
        ComparisonCase(
            "symbolicLinkAmongOthers", "LOG/*.log {\n daily\n rotate 2\n}\n", prepare: "ln -s app.log link.log",
            lastRotated: ["link.log": 72, "app.log": 72]),
        ComparisonCase(
            "symbolicLinkDangling", "LOG/*.log {\n daily\n rotate 2\n}\n", prepare: "ln -s nothing link.log"),
        ComparisonCase(
            "symbolicLinkInThePath", "LOG/current/app.log {\n daily\n rotate 2\n}\n",
            [TreeFile("sub/app.log", "one\n")],
            prepare: "ln -s sub current", lastRotated: ["current/app.log": 72]),
        ComparisonCase(
            "directoryAsLog", "LOG/*.log {\n daily\n rotate 2\n}\n", prepare: "mkdir directory.log"),
        ComparisonCase(
            "archiveNameIsADirectory", "LOG/b.log {\n daily\n rotate 2\n}\n", two, prepare: "mkdir b.log.9",
            lastRotated: bothRotated),
        ComparisonCase(
            "su", "LOG/sub/app.log {\n daily\n rotate 2\n su daemon adm\n create\n compress\n}\n",
            [TreeFile("sub/app.log", "one\n")],
            prepare: "chown 1:4 sub; chmod 775 sub", lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "suCopytruncate", "LOG/sub/app.log {\n daily\n rotate 2\n su daemon daemon\n copytruncate\n}\n",
            [TreeFile("sub/app.log", "one\n", group: 1)], prepare: "chown 1:1 sub; chmod 775 sub",
            lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "suWithoutRights", "LOG/sub/app.log {\n daily\n rotate 2\n su nobody nogroup\n}\n",
            [TreeFile("sub/app.log", "one\n")],
            prepare: "chown 1:1 sub; chmod 755 sub", lastRotated: ["sub/app.log": 72], ignoring: [.state]),
        ComparisonCase(
            "suOlddir",
            "LOG/sub/app.log {\n daily\n rotate 2\n su daemon adm\n olddir old\n createolddir 0770 daemon adm\n}\n",
            [TreeFile("sub/app.log", "one\n")], prepare: "chown 1:4 sub; chmod 775 sub",
            lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "suScripts",
            """
            LOG/sub/app.log {
             daily
             rotate 2
             su daemon adm
             postrotate
              id -u >>TRACE
              id -g >>TRACE
             endscript
            }

            """,
            [TreeFile("sub/app.log", "one\n")], prepare: "chown 1:4 sub; chmod 775 sub",
            lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "suCreateForAnother",
            "LOG/sub/app.log {\n daily\n rotate 2\n su daemon adm\n create 0640 root root\n}\n",
            [TreeFile("sub/app.log", "one\n")], prepare: "chown 1:4 sub; chmod 775 sub",
            lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "suRootsLog",
            "LOG/sub/app.log {\n daily\n rotate 2\n su daemon adm\n compress\n create\n}\n",
            [TreeFile("sub/app.log", "one\n", mode: 0o644, owner: 0, group: 0)],
            prepare: "chown 1:4 sub; chmod 775 sub",
            lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "suNobodyKnows", "LOG/app.log {\n daily\n rotate 2\n su nobodyknowshim adm\n}\n"),
        ComparisonCase(
            "directoryWritableByOthers", "LOG/sub/app.log {\n daily\n rotate 2\n}\n",
            [TreeFile("sub/app.log", "one\n")],
            prepare: "chmod 777 sub", lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "directoryWritableByGroup", "LOG/sub/app.log {\n daily\n rotate 2\n}\n", [TreeFile("sub/app.log", "one\n")],
            prepare: "chown 1:1 sub; chmod 775 sub", lastRotated: ["sub/app.log": 72]),
        ComparisonCase(
            "ignoreduplicates",
            "ignoreduplicates\nLOG/b.log {\n daily\n rotate 2\n}\nLOG/*.log {\n daily\n rotate 2\n create\n}\n",
            two, lastRotated: bothRotated),
        ComparisonCase(
            "globalsAreOverridden",
            """
            weekly
            rotate 1
            compress
            create 0600
            LOG/b.log {
            }

            rotate 3
            LOG/app.log {
             daily
             rotate 2
             nocompress
             create 0644
            }

            """,
            two, lastRotated: ["app.log": 72, "b.log": 24 * 10]),
        ComparisonCase(
            "comments",
            "# first\n  # second\nLOG/app.log {\n # third\n daily # is this one?\n\trotate 2\n#fourth\n}\n# fifth"),
        ComparisonCase(
            "commentBehindValue", "LOG/app.log {\n daily\n rotate 2 # two\n}\nLOG/b.log {\n daily\n rotate 2\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase("commentBehindBrace", "LOG/app.log { # first\n daily\n rotate 2\n} # last\n"),
        ComparisonCase("flagsOnOneLine", "LOG/app.log {\n daily missingok notifempty\n rotate 2\n}\n"),
        ComparisonCase("braceOnNextLine", "LOG/app.log\n\n{\n\n daily\n rotate 2\n\n}\n"),
        ComparisonCase(
            "unknownDirective", "LOG/app.log {\n daily\n rotat 2\n rotate 2\n}\nLOG/b.log {\n daily\n rotate 2\n}\n",
            two,
            lastRotated: bothRotated),
        ComparisonCase(
            "badValue", "LOG/app.log {\n daily\n rotate many\n}\nLOG/b.log {\n daily\n rotate 2\n}\n", two,
            lastRotated: bothRotated),
        ComparisonCase(
            "includeFile", "rotate 1\ninclude ETC/more\nLOG/app.log {\n daily\n}\n", two, lastRotated: bothRotated,
            includes: ["more": "rotate 2\ncreate 0600\nLOG/b.log {\n daily\n}\n"]),
        ComparisonCase(
            "includeDirectory", "daily\nrotate 2\ninclude ETC\n", two + [TreeFile("c.log", "c\n")],
            lastRotated: ["app.log": 72, "b.log": 72, "c.log": 72],
            includes: [
                "b": "LOG/b.log {\n}\n", "a": "LOG/app.log {\n compress\n}\n", "c.dpkg-old": "LOG/c.log {\n}\n",
                "d~": "LOG/c.log {\n}\n", "e.swp": "LOG/c.log {\n}\n", "f,v": "LOG/c.log {\n}\n",
            ]),
        ComparisonCase(
            "tabooextReplaced", "daily\nrotate 2\ntabooext .off\ninclude ETC\n", two, lastRotated: bothRotated,
            includes: ["a.off": "LOG/app.log {\n}\n", "b.disabled": "LOG/b.log {\n}\n"]),
        ComparisonCase(
            "tabooext", "daily\nrotate 2\ntabooext + .off, .never\ninclude ETC\n", two, lastRotated: bothRotated,
            includes: [
                "a.off": "LOG/app.log {\n}\n", "a.never": "LOG/app.log {\n}\n", "a": "LOG/b.log {\n}\n",
                "b.disabled": "LOG/app.log {\n}\n",
            ]),
        ComparisonCase(
            "tabooextBuiltIn", "daily\nrotate 2\ninclude ETC\n", two, lastRotated: bothRotated,
            includes: Dictionary(
                uniqueKeysWithValues: builtInTaboos.map { ("x\($0)", "LOG/app.log {\n}\n") } + [
                    ("x.old", "LOG/b.log {\n}\n")
                ])),
        ComparisonCase(
            "taboopat", "daily\nrotate 2\ntaboopat + a* *-local\ninclude ETC\n", two, lastRotated: bothRotated,
            includes: [
                "all": "LOG/app.log {\n}\n", "b.disabled": "LOG/app.log {\n}\n", "my-local": "LOG/app.log {\n}\n",
                "b": "LOG/b.log {\n}\n",
            ]),
        ComparisonCase(
            "includeDotFile", "daily\nrotate 2\ninclude ETC\n", two, lastRotated: bothRotated,
            includes: [".a": "LOG/app.log {\n}\n", "b": "LOG/b.log {\n}\n"]),
        ComparisonCase(
            "includeHome", "daily\nrotate 2\ninclude ~/more\n", two, lastRotated: bothRotated,
            includes: ["more": "LOG/app.log {\n}\n"], environment: ["HOME": "ETC"]),
        ComparisonCase(
            "includeInCircles", "include ETC/more\nLOG/app.log {\n daily\n rotate 2\n}\n",
            includes: ["more": "include ETC/more\n"]),
        ComparisonCase("includeMissing", "include ETC/none\nLOG/app.log {\n daily\n rotate 2\n}\n"),
        ComparisonCase(
            "includeWithErrors", "include ETC\nLOG/app.log {\n daily\n rotate 2\n}\n", two, lastRotated: bothRotated,
            includes: ["a": "LOG/none.log {\n rotate x\n}\n", "b": "LOG/b.log {\n daily\n rotate 2\n}\n"]),
        ComparisonCase(
            "twoConfigurations", "rotate 2\nLOG/b.log {\n daily\n}\n", two, lastRotated: bothRotated,
            includes: ["second": "LOG/app.log {\n daily\n create 0600\n}\n"], read: ["conf", "etc/second"]),
        ComparisonCase(
            "directoryOfConfigurations", "", two, lastRotated: bothRotated,
            includes: ["2": "LOG/app.log {\n daily\n}\n", "1": "rotate 2\nLOG/b.log {\n daily\n}\n"], read: ["etc"]),
        ComparisonCase("configurationMissing", "", read: ["none"]),
        ComparisonCase(
            "configurationMissingFirst", "LOG/app.log {\n daily\n rotate 2\n}\n", read: ["none", "conf"]),
    ]
}
