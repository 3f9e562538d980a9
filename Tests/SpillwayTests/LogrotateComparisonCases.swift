/// The tables of configurations, by what they are about.
extension ComparisonCase {
    static let all = both + forced + byDate + grammar

    /// Every comparison costs a tenth of a second: one way is enough where it makes no difference how a log became due.
    private static let both = numbers + dates + extensions + directories + due + everyday
    private static let forced = (compressing + emptying + scripts + mails).map { $0.limited(to: .forced) }
    private static let byDate = finding.map { $0.limited(to: .byDate) }

    private func limited(to mode: Mode) -> ComparisonCase {
        var copy = self
        if modes.contains(mode) { copy.modes = [mode] }
        return copy
    }
}

extension ComparisonCase {
    static let numbers: [ComparisonCase] = [
        ComparisonCase("rotateThree", "LOG/app.log {\n daily\n rotate 3\n}\n"),
        ComparisonCase(
            "rotateThreeFull", "LOG/app.log {\n daily\n rotate 3\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2", "app.log.3")),
        ComparisonCase(
            "rotateThreeFourRuns", "LOG/app.log {\n daily\n rotate 3\n create\n}\n", runs: 5,
            between: "echo more $(ls | wc -l) >>app.log"),
        ComparisonCase("rotateNone", "LOG/app.log {\n daily\n rotate 0\n create\n}\n"),
        ComparisonCase("rotateNotSaid", "LOG/app.log {\n daily\n}\n"),
        ComparisonCase("rotateNoneNotCreated", "LOG/app.log {\n daily\n rotate 0\n nocreate\n}\n"),
        ComparisonCase("rotateNoneCopytruncate", "LOG/app.log {\n daily\n rotate 0\n copytruncate\n}\n"),
        ComparisonCase("rotateNoneCompress", "LOG/app.log {\n daily\n rotate 0\n compress\n create\n}\n"),
        ComparisonCase(
            "rotateOne", "LOG/app.log {\n daily\n rotate 1\n}\n", [.log] + TreeFile.archives("app.log.1")),
        ComparisonCase(
            "rotateUnlimited", "LOG/app.log {\n daily\n rotate -1\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2", "app.log.3", "app.log.4")),
        ComparisonCase(
            "rotateTwoDigits", "LOG/app.log {\n daily\n rotate 12\n}\n",
            [.log]
                + TreeFile.archives(
                    "app.log.1", "app.log.2", "app.log.3", "app.log.4", "app.log.5", "app.log.6", "app.log.7",
                    "app.log.8", "app.log.9", "app.log.10", "app.log.11", "app.log.12")),
        ComparisonCase(
            "rotateLoweredByOne", "LOG/app.log {\n daily\n rotate 2\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2", "app.log.3")),
        ComparisonCase(
            "startZero", "LOG/app.log {\n daily\n rotate 3\n start 0\n}\n",
            [.log] + TreeFile.archives("app.log.0", "app.log.1")),
        ComparisonCase(
            "startZeroFull", "LOG/app.log {\n daily\n rotate 2\n start 0\n}\n",
            [.log] + TreeFile.archives("app.log.0", "app.log.1")),
        ComparisonCase(
            "startFive", "LOG/app.log {\n daily\n rotate 3\n start 5\n}\n", runs: 4, between: "echo more >>app.log"),
        ComparisonCase("startZeroRotateNone", "LOG/app.log {\n daily\n rotate 0\n start 0\n}\n"),
        ComparisonCase(
            "gapBehindTheLimit", "LOG/app.log {\n daily\n rotate 2\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.3")),
        ComparisonCase(
            "otherNamesAreLeftAlone", "LOG/app.log {\n daily\n rotate 1\n}\n",
            [.log] + TreeFile.archives("app.log.old", "app.log.1.bak", "app.log.01", "app.log-1", "app.log.1x")),
        ComparisonCase(
            "maxageNumbered", "LOG/app.log {\n daily\n rotate 9\n maxage 5\n}\n",
            [
                .log, TreeFile("app.log.1", "1\n", ageHours: 24), TreeFile("app.log.2", "2\n", ageHours: 24 * 5.5),
                TreeFile("app.log.3", "3\n", ageHours: 24 * 6.5), TreeFile("app.log.4", "4\n", ageHours: 24 * 30),
            ]),
        ComparisonCase(
            "maxageBoundary", "LOG/*.log {\n daily\n rotate 9\n maxage 2\n}\n",
            [.log, TreeFile("app.log.1", "1\n", ageHours: 47), TreeFile("app.log.2", "2\n", ageHours: 49)]),
        ComparisonCase(
            "maxageBoundaryDated", "LOG/*.log {\n daily\n rotate 9\n dateext\n maxage 2\n}\n",
            [
                .log, TreeFile("app.log-20260102", "1\n", ageHours: 47),
                TreeFile("app.log-20260101", "2\n", ageHours: 49),
            ]),
        ComparisonCase(
            "bothFormsOfANumber", "LOG/app.log {\n daily\n rotate 3\n compress\n delaycompress\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2.gz", "app.log.3.gz")),
        ComparisonCase(
            "maxageUnlimited", "LOG/app.log {\n daily\n rotate -1\n maxage 5\n compress\n}\n",
            [
                .log, TreeFile("app.log.1.gz", "1\n", ageHours: 24), TreeFile("app.log.2.gz", "2\n", ageHours: 240),
                TreeFile("app.log.3.gz", "3\n", ageHours: 2400),
            ]),
        ComparisonCase(
            "shredSurplus", "LOG/app.log {\n daily\n rotate 1\n shred\n shredcycles 2\n}\n",
            [.log] + TreeFile.archives("app.log.1")),
        ComparisonCase(
            "shredRotateNone", "LOG/app.log {\n daily\n rotate 0\n shred\n create\n}\n"),
        ComparisonCase(
            "shredCompressed", "LOG/app.log {\n daily\n rotate 2\n shred\n compress\n}\n"),
        ComparisonCase(
            "noshredOverGlobal", "shred\nshredcycles 1\nLOG/app.log {\n daily\n rotate 1\n noshred\n}\n",
            [.log] + TreeFile.archives("app.log.1")),
    ]
}

extension ComparisonCase {
    private static func dated(_ name: String, _ lines: String, clock: Clock = .hour) -> ComparisonCase {
        ComparisonCase(name, "LOG/app.log {\n daily\n rotate 3\n dateext\n \(lines)\n}\n", clock: clock)
    }

    static let dates: [ComparisonCase] = [
        dated("dateext", ""),
        dated("dateformatDashes", "dateformat -%Y-%m-%d"),
        dated("dateformatYear", "dateformat .%Y"),
        dated("dateformatMonth", "dateformat .%m"),
        dated("dateformatDay", "dateformat .%d"),
        dated("dateformatHour", "dateformat -%Y%m%d%H"),
        dated("dateformatMinute", "dateformat -%Y%m%d-%H%M", clock: .minute),
        dated("dateformatSecond", "dateformat -%Y%m%d-%H%M%S", clock: .second),
        dated("dateformatWeek", "dateformat -%Y-%V"),
        dated("dateformatEpoch", "dateformat -%s", clock: .second),
        dated("dateformatPercent", "dateformat -%Y%%%m"),
        dated("dateformatUnknown", "dateformat -%Y%j"),
        dated("dateformatTrailingPercent", "dateformat -%Y%m%d%"),
        dated("dateformatText", "dateformat .archive-%Y.%m.%d.log"),
        dated("dateyesterday", "dateyesterday"),
        dated("dateyesterdayWithHour", "dateyesterday\n dateformat -%Y%m%d%H"),
        dated("datehourago", "datehourago\n dateformat -%Y%m%d%H"),
        dated("datehouragoWithMinute", "datehourago\n dateformat -%Y%m%d%H%M", clock: .minute),
        dated("dateyesterdayAndHourago", "dateyesterday\n datehourago\n dateformat -%Y%m%d%H"),
        dated("nodateextOverDateext", "nodateext"),
        ComparisonCase("dateextHourly", "LOG/app.log {\n hourly\n rotate 3\n dateext\n}\n"),
        ComparisonCase("dateextHourlyHourago", "LOG/app.log {\n hourly\n rotate 3\n dateext\n datehourago\n}\n"),
        ComparisonCase(
            "dateextElsewhere", "LOG/app.log {\n daily\n rotate 3\n dateext\n dateformat -%Y%m%d%H\n}\n",
            environment: ["TZ": "Asia/Kathmandu"]),
        ComparisonCase("dateextNone", "LOG/app.log {\n daily\n rotate 0\n dateext\n create\n}\n"),
        ComparisonCase(
            "dateextSurplus", "LOG/app.log {\n daily\n rotate 2\n dateext\n}\n",
            [.log] + TreeFile.archives("app.log-20260101", "app.log-20260102", "app.log-20260103")),
        ComparisonCase(
            "dateextUnlimited", "LOG/app.log {\n daily\n rotate -1\n dateext\n}\n",
            [.log] + TreeFile.archives("app.log-20260101", "app.log-20260102", "app.log-20260103")),
        ComparisonCase(
            "dateextSurplusOfTheYearBefore", "LOG/app.log {\n daily\n rotate 2\n dateext\n}\n",
            [.log] + TreeFile.archives("app.log-20251231", "app.log-20260101")),
        ComparisonCase(
            "dateextCompressedSurplus", "LOG/app.log {\n daily\n rotate 2\n dateext\n compress\n}\n",
            [.log] + TreeFile.archives("app.log-20260101.gz", "app.log-20260102.gz", "app.log-20260103.gz")),
        ComparisonCase(
            "dateextDelayed", "LOG/app.log {\n daily\n rotate 3\n dateext\n compress\n delaycompress\n}\n",
            [.log] + TreeFile.archives("app.log-20260101.gz", "app.log-20260102")),
        ComparisonCase(
            "dateextMaxage", "LOG/app.log {\n daily\n rotate 9\n dateext\n maxage 3\n}\n",
            [
                .log, TreeFile("app.log-20260101", "1\n", ageHours: 900), TreeFile("app.log-20260102", "2\n"),
                TreeFile("app.log-20260103", "3\n", ageHours: 24 * 4.5),
            ]),
        ComparisonCase(
            "dateextEpochSurplus", "LOG/app.log {\n daily\n rotate 2\n dateext\n dateformat -%s\n}\n",
            [.log] + TreeFile.archives("app.log-1600000000", "app.log-1700000000", "app.log-1500000000"), clock: .second
        ),
        ComparisonCase(
            "dateextHourlySurplus", "LOG/app.log {\n hourly\n rotate 2\n dateext\n}\n",
            [.log] + TreeFile.archives("app.log-2026010203", "app.log-2026010204", "app.log-2026010205")),
        ComparisonCase(
            "dateextMonthlySurplus", "LOG/app.log {\n monthly\n rotate 2\n dateext\n dateformat -%Y-%m\n}\n",
            [.log] + TreeFile.archives("app.log-2025-01", "app.log-2025-02", "app.log-2024-12"),
            lastRotated: ["app.log": 24 * 40]),
        ComparisonCase(
            "dateextDayFirst", "LOG/app.log {\n daily\n rotate 2\n dateext\n dateformat .%d-%m-%Y\n}\n",
            [
                .log, TreeFile("app.log.01-02-2026", "february\n", ageHours: 900),
                TreeFile("app.log.02-01-2026", "january\n", ageHours: 1500),
                TreeFile("app.log.31-12-2025", "december\n", ageHours: 2000),
            ]),
        ComparisonCase(
            "dateextOfOthersAreLeftAlone", "LOG/app.log {\n daily\n rotate 1\n dateext\n}\n",
            [.log]
                + TreeFile.archives(
                    "app.log-2026", "app.log-20260101x", "app.log-2026010", "app.log.20260101", "app.log-20260101.bak")),
        ComparisonCase(
            "dateextNumbersAreLeftAlone", "LOG/app.log {\n daily\n rotate 1\n dateext\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2.gz")),
        ComparisonCase(
            "dateformatWithSlash", "LOG/app.log {\n daily\n rotate 1\n dateext\n dateformat /%Y\n}\n",
            ignoring: [.state]),
    ]

    static let extensions: [ComparisonCase] = [
        ComparisonCase(
            "extension", "LOG/app.log {\n daily\n rotate 3\n extension .log\n}\n", runs: 3,
            between: "echo more >>app.log"),
        ComparisonCase("extensionOfNone", "LOG/app.log {\n daily\n rotate 3\n extension .txt\n}\n"),
        ComparisonCase("extensionCompressed", "LOG/app.log {\n daily\n rotate 3\n extension .log\n compress\n}\n"),
        ComparisonCase("extensionDated", "LOG/app.log {\n daily\n rotate 3\n extension .log\n dateext\n}\n"),
        ComparisonCase(
            "extensionDatedSurplus", "LOG/app.log {\n daily\n rotate 2\n extension .log\n dateext\n compress\n}\n",
            [.log] + TreeFile.archives("app-20260101.log.gz", "app-20260102.log.gz", "app-20260103.log.gz")),
        ComparisonCase(
            "addextension", "LOG/app {\n daily\n rotate 2\n addextension .old\n}\n",
            [TreeFile("app", "one\n")] + TreeFile.archives("app.1.old", "app.2.old"), lastRotated: ["app": 50]),
        ComparisonCase(
            "addextensionOfItsOwn", "LOG/app.log {\n daily\n rotate 2\n addextension .log\n}\n",
            [.log] + TreeFile.archives("app.1.log")),
        ComparisonCase(
            "addextensionCompressedDated",
            "LOG/app.log {\n daily\n rotate 2\n addextension .old\n dateext\n compress\n}\n"),
        ComparisonCase(
            "extensionAndAddextension",
            "LOG/app.log {\n daily\n rotate 2\n extension .log\n addextension .old\n}\n",
            [.log] + TreeFile.archives("app.1.old", "app.log.1.old")),
        ComparisonCase(
            "extensionAndAddextensionAlike",
            "LOG/app.log {\n daily\n rotate 2\n extension .log\n addextension .log\n}\n"),
        ComparisonCase(
            "extensionIsTheWholeName", "LOG/.log {\n daily\n rotate 2\n extension .log\n}\n",
            [TreeFile(".log", "one\n")], lastRotated: [".log": 50]),
    ]
}

extension ComparisonCase {
    static let directories: [ComparisonCase] = [
        ComparisonCase(
            "olddirRelative", "LOG/app.log {\n daily\n rotate 2\n olddir old\n}\n",
            [.log] + TreeFile.archives("old/app.log.1", "old/app.log.2", "app.log.1")),
        ComparisonCase(
            "olddirAbsolute",
            """
            LOG/app.log {
             daily
             rotate 2
             olddir LOG/old
             compress
            }

            """, prepare: "mkdir old"),
        ComparisonCase(
            "olddirAbove", "LOG/sub/app.log {\n daily\n rotate 2\n olddir ../old\n}\n",
            [TreeFile("sub/app.log", "one\n")],
            prepare: "mkdir old", lastRotated: ["sub/app.log": 50]),
        ComparisonCase("olddirMissing", "LOG/app.log {\n daily\n rotate 2\n olddir old\n}\n"),
        ComparisonCase(
            "createolddir", "LOG/app.log {\n daily\n rotate 2\n olddir old\n createolddir 0750 daemon adm\n}\n"),
        ComparisonCase(
            "createolddirNested",
            "LOG/app.log {\n daily\n rotate 2\n olddir old/older\n createolddir 0755 root root\n}\n"),
        ComparisonCase(
            "createolddirSticky", "LOG/app.log {\n daily\n rotate 2\n olddir old\n createolddir 1770 root adm\n}\n"),
        ComparisonCase(
            "createolddirThatIsThere",
            "LOG/app.log {\n daily\n rotate 2\n olddir old\n createolddir 0700 daemon adm\n}\n",
            prepare: "mkdir -m 755 old"),
        ComparisonCase(
            "nocreateolddirOverGlobal",
            "createolddir 0755 root root\nLOG/app.log {\n daily\n rotate 2\n olddir old\n nocreateolddir\n}\n"),
        ComparisonCase(
            "noolddirOverGlobal", "olddir old\nLOG/app.log {\n daily\n rotate 2\n noolddir\n}\n", prepare: "mkdir old"),
        ComparisonCase(
            "olddirOfTwoDirectories",
            "LOG/*/app.log {\n daily\n rotate 2\n olddir old\n createolddir 0755 root root\n}\n",
            [TreeFile("a/app.log", "a\n"), TreeFile("b/app.log", "b\n")],
            lastRotated: ["a/app.log": 50, "b/app.log": 50]),
        ComparisonCase(
            "olddirShared", "LOG/*.log {\n daily\n rotate 2\n olddir LOG/old\n dateext\n extension .log\n}\n",
            [.log, TreeFile("b.log", "b\n")], prepare: "mkdir old", lastRotated: ["app.log": 50, "b.log": 50]),
        ComparisonCase(
            "olddirCopytruncate", "LOG/app.log {\n daily\n rotate 2\n olddir old\n copytruncate\n compress\n}\n",
            prepare: "mkdir old"),
        ComparisonCase(
            "olddirRenamecopy",
            """
            LOG/app.log {
             daily
             rotate 2
             olddir old
             renamecopy
            }

            """, prepare: "mkdir old"),
        ComparisonCase(
            "olddirIsAFile", "LOG/app.log {\n daily\n rotate 2\n olddir old\n}\n", [.log, TreeFile("old", "x")],
            ignoring: [.state]),
    ]
}

extension ComparisonCase {
    private static let month = ["app.log": 24 * 40, "b.log": 24 * 40]
    private static let two = [TreeFile.log, TreeFile("b.log", "b\n", mode: 0o664, owner: 0, group: 4)]

    /// What packages bring along, over several weeks.
    static let everyday: [ComparisonCase] = [
        ComparisonCase(
            "systemLog",
            """
            LOG/app.log
            LOG/b.log
            LOG/none.log
            {
            \trotate 4
            \tweekly
            \tmissingok
            \tnotifempty
            \tcompress
            \tdelaycompress
            \tsharedscripts
            \tpostrotate
            \t\techo rotated >>TRACE
            \tendscript
            }

            """, two, lastRotated: month, runs: 4, between: "for f in app b; do echo $(ls) >>$f.log; done",
            ignoring: [.state]),
        ComparisonCase(
            "webServer",
            """
            LOG/*.log {
                daily
                missingok
                rotate 3
                compress
                delaycompress
                notifempty
                create 0640 backup adm
                sharedscripts
                prerotate
                    if [ -d LOG/prerotate ]; then run-parts LOG/prerotate; fi
                endscript
                postrotate
                    echo reopened >>TRACE
                endscript
            }

            """, two, lastRotated: month, runs: 5, between: "echo $(ls) >>app.log"),
        ComparisonCase(
            "packageManager", "LOG/app.log {\n  rotate 12\n  monthly\n  compress\n  missingok\n  notifempty\n}\n",
            lastRotated: month, runs: 2, between: "echo more >app.log"),
        ComparisonCase(
            "logins",
            "LOG/b.log {\n    missingok\n    monthly\n    create 0664 root adm\n    minsize 1\n    rotate 1\n}\n",
            two, lastRotated: month, runs: 3, between: "echo more >>b.log"),
        ComparisonCase(
            "database",
            """
            LOG/*.log {
             weekly
             rotate 3
             copytruncate
             delaycompress
             compress
             notifempty
             missingok
             su root root
            }

            """,
            two, lastRotated: month, runs: 5, between: "echo $(ls) >>b.log"),
        ComparisonCase(
            "defaultsWithDropIns",
            "weekly\nrotate 4\ncreate\n#dateext\ncompress\ninclude ETC\nLOG/b.log {\n nocompress\n}\n", two,
            lastRotated: month, runs: 3, between: "echo more >>app.log; echo more >>b.log",
            includes: ["app": "LOG/app.log {\n delaycompress\n copytruncate\n}\n"]),
        ComparisonCase(
            "datedWithExtension",
            """
            LOG/*.log {
             weekly
             dateext
             dateformat -%Y%m%d
             extension .log
             rotate 2
             compress
             olddir old
             createolddir 0750 root adm
            }

            """,
            two + TreeFile.archives("old/app-20260101.log.gz", "old/app-20260108.log.gz", "old/b-20260108.log.gz"),
            lastRotated: month),
    ]
}
