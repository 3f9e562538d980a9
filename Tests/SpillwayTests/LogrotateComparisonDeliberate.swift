/// What spillway does otherwise on purpose, with the reason and what it does instead.
extension DeliberateDifference {
    static let all = archives + errors + scripts + reading

    private static let archives: [DeliberateDifference] = [
        DeliberateDifference(
            ComparisonCase(
                "dateCollision", "LOG/app.log {\n daily\n rotate 3\n dateext\n}\n",
                [.log] + TreeFile.archives("app.log-TODAY")),
            because: "a second archive of a date gets a sequence number; logrotate does not rotate",
            spillway: ["app.log-TODAY": "old app.log-TODAY\n", "app.log-TODAY.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "dateCollisionCompressed", "LOG/app.log {\n daily\n rotate 3\n dateext\n compress\n copytruncate\n}\n",
                [.log] + TreeFile.archives("app.log-TODAY"), prepare: "gzip app.log-*"),
            because: "a second archive of a date gets a sequence number; logrotate does not rotate",
            spillway: ["app.log": "", "app.log-TODAY.gz": "old app.log-TODAY\n", "app.log-TODAY.1.gz": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "wildcardMatchesArchives", "LOG/* {\n daily\n rotate 3\n}\n", [.log] + TreeFile.archives("app.log.1"),
                lastRotated: ["app.log": 72, "app.log.1": 72]),
            because: "archives that their own wildcard matches are archives; logrotate rotates them again",
            spillway: ["app.log.1": "one\ntwo\n", "app.log.2": "old app.log.1\n"]),
        DeliberateDifference(
            ComparisonCase(
                "rotateLowered", "LOG/app.log {\n daily\n rotate 2\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.2", "app.log.3", "app.log.4", "app.log.5")),
            because: "all surplus goes when rotate is lowered; logrotate looks at one number beyond the limit",
            spillway: ["app.log.1": "one\ntwo\n", "app.log.2": "old app.log.1\n"]),
        DeliberateDifference(
            ComparisonCase(
                "gapInNumbers", "LOG/app.log {\n daily\n rotate 4\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.3")),
            because: "an archive moves up only while its number is needed, which closes gaps",
            spillway: ["app.log.1": "one\ntwo\n", "app.log.2": "old app.log.1\n", "app.log.3": "old app.log.3\n"]),
        DeliberateDifference(
            ComparisonCase(
                "leftUncompressed", "LOG/app.log {\n daily\n rotate 4\n compress\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.2")),
            because: "what was left uncompressed is shifted and compressed; logrotate does not look at it again",
            spillway: [
                "app.log.1.gz": "one\ntwo\n", "app.log.2.gz": "old app.log.1\n", "app.log.3.gz": "old app.log.2\n",
            ]),
        DeliberateDifference(
            ComparisonCase(
                "leftUncompressedDelayed", "LOG/app.log {\n daily\n rotate 2\n compress\n delaycompress\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.2")),
            because: "what was left uncompressed counts; logrotate does not look at it again",
            spillway: ["app.log.1": "one\ntwo\n", "app.log.2.gz": "old app.log.1\n"]),
        DeliberateDifference(
            ComparisonCase(
                "rotateNoneSurplus",
                "LOG/app.log {\n daily\n rotate 0\n preremove\n  echo \"$1\" >>TRACE\n endscript\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.2")),
            because: "all surplus goes when rotate is lowered; logrotate leaves .2",
            spillway: [:], trace: "ROOT/log/app.log.3\nROOT/log/app.log.2\nROOT/log/app.log.1\n"),
        DeliberateDifference(
            ComparisonCase(
                "leftUncompressedDated", "LOG/app.log {\n daily\n rotate 4\n compress\n dateext\n}\n",
                [.log] + TreeFile.archives("app.log-20260101", "app.log-20260102")),
            because: "what was left uncompressed is compressed",
            spillway: [
                "app.log-TODAY.gz": "one\ntwo\n", "app.log-20260101.gz": "old app.log-20260101\n",
                "app.log-20260102.gz": "old app.log-20260102\n",
            ]),
        DeliberateDifference(
            ComparisonCase(
                "compressedBefore", "LOG/app.log {\n daily\n rotate 2\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.2"), prepare: "gzip app.log.?"),
            because: "archives count whether compressed or not; logrotate forgets those of another setting",
            spillway: ["app.log.1": "one\ntwo\n", "app.log.2.gz": "old app.log.1\n"]),
        DeliberateDifference(
            ComparisonCase(
                "maxageNotDue", "LOG/app.log {\n daily\n rotate 9\n maxage 3\n}\n",
                [.log, TreeFile("app.log.1", "1\n"), TreeFile("app.log.2", "2\n", ageHours: 240)],
                lastRotated: ["app.log": 0], modes: [.byDate]),
            because: "archives expire whether their log is due or not",
            spillway: ["app.log": "one\ntwo\n", "app.log.1": "1\n"]),
        DeliberateDifference(
            ComparisonCase(
                "maxageOfGoneLog", "LOG/*.log {\n daily\n rotate 9\n maxage 3\n missingok\n}\n",
                [TreeFile("app.log.1", "1\n"), TreeFile("app.log.2", "2\n", ageHours: 240)]),
            because: "archives expire when their log is gone, too", spillway: ["app.log.1": "1\n"]),
        DeliberateDifference(
            ComparisonCase(
                "renamecopyLeftOver", "LOG/app.log {\n daily\n rotate 3\n renamecopy\n create\n}\n",
                [.log, TreeFile("app.log.tmp", "left over\n")]),
            because: "what an interrupted renamecopy left is an archive; logrotate writes over it",
            spillway: ["app.log": "", "app.log.1": "one\ntwo\n", "app.log.2": "left over\n"]),
        DeliberateDifference(
            ComparisonCase(
                "sameNamesInOneOlddir",
                "LOG/*/app.log {\n daily\n rotate 3\n olddir LOG/old\n}\n",
                [TreeFile("a/app.log", "a\n"), TreeFile("b/app.log", "b\n")], prepare: "mkdir old",
                lastRotated: ["a/app.log": 72, "b/app.log": 72]),
            because: "two logs whose archives would have the same names are not mixed: the second one stays",
            spillway: ["b/app.log": "b\n", "old/app.log.1": "a\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "writerStillHolds",
                """
                LOG/app.log {
                 daily
                 rotate 3
                 compress
                 create
                 postrotate
                  exec 5>>$2
                  sleep 7 &
                 endscript
                }

                """,
                modes: [.forced]),
            because: "an archive that somebody still writes to is compressed at the next rotation",
            spillway: ["app.log": "", "app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "directoryInTheWay", "LOG/app.log {\n daily\n rotate 3\n}\n", prepare: "mkdir app.log.1"),
            because: "only files are archives: what else has the name stays, and the number is left out",
            spillway: ["app.log.2": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "linkInTheWay", "LOG/app.log {\n daily\n rotate 3\n}\n", [.log, TreeFile("elsewhere", "x\n")],
                prepare: "ln -s elsewhere app.log.1"),
            because: "only files are archives: what else has the name stays, and the number is left out",
            spillway: ["app.log.2": "one\ntwo\n", "elsewhere": "x\n"]),
        DeliberateDifference(
            ComparisonCase(
                "fifo", "LOG/*.log {\n daily\n rotate 3\n}\n", prepare: "mkfifo fifo.log", modes: [.forced]),
            because: "what is no regular file is left alone; logrotate renames it",
            spillway: ["app.log.1": "one\ntwo\n"]),
    ]

    private static let errors: [DeliberateDifference] = [
        DeliberateDifference(
            ComparisonCase(
                "failedIsTriedAgain", "LOG/app.log {\n daily\n rotate 3\n olddir old\n}\n",
                [.log, TreeFile("old", "x\n")]),
            because: "a log that failed to rotate is tried again in the next run; logrotate marks it as rotated",
            spillway: ["app.log": "one\ntwo\n", "old": "x\n"], succeeds: false, state: ["app.log": 72]),
        DeliberateDifference(
            ComparisonCase("patternHasNoDate", "LOG/app.log LOG/none*.log {\n missingok\n daily\n rotate 3\n}\n"),
            because: "the state has dates of logs only; logrotate dates a pattern that matches nothing",
            spillway: ["app.log.1": "one\ntwo\n"], state: ["app.log": 0]),
        DeliberateDifference(
            ComparisonCase(
                "duplicateLog",
                "LOG/app.log {\n daily\n rotate 2\n}\nLOG/*.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a log of two stanzas is an error, and the second one's other logs are rotated all the same",
            spillway: ["app.log.1": "one\ntwo\n", "b.log.1": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "overlapInOneStanza", "LOG/app.log LOG/*.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a wildcard may match what the same stanza names",
            spillway: ["app.log.1": "one\ntwo\n", "b.log.1": "b\n"]),
        DeliberateDifference(
            ComparisonCase(
                "ignoreduplicatesInAStanza",
                "LOG/b.log {\n daily\n rotate 2\n}\nLOG/*.log {\n ignoreduplicates\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "ignoreduplicates works inside a stanza; in logrotate it only works before it",
            spillway: ["app.log.1": "one\ntwo\n", "b.log.1": "b\n"]),
        DeliberateDifference(
            ComparisonCase(
                "sizeZeroEmpty", "LOG/app.log {\n size 0\n rotate 3\n}\n", [TreeFile("app.log", "")], modes: [.byDate]),
            because: "an empty log has not grown to size 0", spillway: ["app.log": ""]),
        DeliberateDifference(
            ComparisonCase(
                "clockSetBack", "LOG/app.log {\n daily\n rotate 3\n}\n", lastRotated: ["app.log": -24], modes: [.byDate]
            ),
            because: "a clock set back by up to a day does not make a log due again",
            spillway: ["app.log": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "olddirMissingForOne",
                "LOG/app.log {\n daily\n rotate 2\n olddir old\n}\nLOG/b.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "an olddir that is missing costs its stanza's logs; logrotate gives up the whole file",
            spillway: ["app.log": "one\ntwo\n", "b.log.1": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "olddirMissingNotDue", "LOG/app.log {\n daily\n rotate 2\n olddir old\n}\n",
                lastRotated: ["app.log": 0],
                modes: [.byDate]),
            because: "an olddir is looked for when a log is due", spillway: ["app.log": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "createolddirNotDue",
                "LOG/app.log {\n daily\n rotate 2\n olddir old\n createolddir 0750 daemon adm\n}\n",
                lastRotated: ["app.log": 0], modes: [.byDate]),
            because: "an olddir is made when a log is due", spillway: ["app.log": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "createolddirWithoutMode",
                "LOG/app.log {\n daily\n rotate 2\n olddir old\n createolddir daemon adm\n}\n"),
            because: "without a mode it is 0755; in logrotate it is 07777", spillway: ["old/app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "writableDirectoryCopytruncate", "LOG/sub/app.log {\n daily\n rotate 2\n copytruncate\n}\n",
                [TreeFile("sub/app.log", "one\n")], prepare: "chmod 777 sub", lastRotated: ["sub/app.log": 72]),
            because: "copytruncate works on opened files, which nobody can exchange: it needs no su",
            spillway: ["sub/app.log": "", "sub/app.log.1": "one\n"]),
        DeliberateDifference(
            ComparisonCase("renamecopyAndCopy", "LOG/app.log {\n daily\n rotate 2\n renamecopy\n copy\n}\n"),
            because: "copy goes before renamecopy; logrotate fails",
            spillway: ["app.log": "one\ntwo\n", "app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "gzipIsMissing", "LOG/app.log {\n daily\n rotate 2\n compress\n compresscmd /nonexistent/gzip\n}\n"),
            because: "gzip is built in and needs no program", spillway: ["app.log.1.gz": "one\ntwo\n"]),
    ]

    private static let scripts: [DeliberateDifference] = [
        DeliberateDifference(
            ComparisonCase(
                "postrotateRemovesTheArchive",
                "LOG/app.log {\n daily\n rotate 2\n compress\n postrotate\n  rm $2\n endscript\n}\n"),
            because: "an archive that a script takes away is no error", spillway: [:]),
        DeliberateDifference(
            ComparisonCase(
                "scriptsWriteToTheLogCopytruncate",
                """
                LOG/app.log {
                 daily
                 rotate 2
                 copytruncate
                 compress
                 prerotate
                  echo last >>LOG/app.log
                 endscript
                 postrotate
                  echo first >>LOG/app.log
                  echo late >>$2
                 endscript
                }

                """
            ),
            because: "an archive has the time at which its log was last written, also by its own prerotate script",
            spillway: ["app.log": "first\n", "app.log.1.gz": "one\ntwo\nlast\nlate\n"]),
        DeliberateDifference(
            ComparisonCase(
                "preremoveOfArchivesOnly",
                """
                LOG/app.log {
                 daily
                 rotate 2
                 dateext
                 compress
                 preremove
                  echo "$1" >>TRACE
                 endscript
                }

                """
            ),
            because: "compressing removes no archive: preremove is not run for it",
            spillway: ["app.log-TODAY.gz": "one\ntwo\n"], trace: ""),
        DeliberateDifference(
            ComparisonCase(
                "preremoveFailsDated",
                "LOG/app.log {\n daily\n rotate 1\n dateext\n preremove\n  exit 1\n endscript\n}\n",
                [.log] + TreeFile.archives("app.log-20260101", "app.log-20260102")),
            because: "what its script does not let go stays, and the log is rotated; logrotate does not rotate",
            spillway: [
                "app.log-20260101": "old app.log-20260101\n", "app.log-20260102": "old app.log-20260102\n",
                "app.log-TODAY": "one\ntwo\n",
            ], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "mailFirstFailsWithOthers",
                "LOG/app.log {\n daily\n rotate 2\n mail a@example.org\n mailfirst\n}\n",
                [.log] + TreeFile.archives("app.log.1", "app.log.2"), arguments: ["-m", "BIN/failing-mail"]),
            because: "a mail that fails keeps what was to be mailed; with mailfirst the oldest is not",
            spillway: ["app.log.1": "one\ntwo\n", "app.log.2": "old app.log.1\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "maxageAfterNumbering",
                "LOG/app.log {\n daily\n rotate 9\n maxage 3\n preremove\n  echo \"$1\" >>TRACE\n endscript\n}\n",
                [.log, TreeFile("app.log.1", "1\n", ageHours: 240)]),
            because: "what has expired goes at the end of a rotation, with the number it has then",
            spillway: ["app.log.1": "one\ntwo\n"], trace: "ROOT/log/app.log.2\n"),
        DeliberateDifference(
            ComparisonCase(
                "mailfirstIsNotForExpired",
                "LOG/app.log {\n daily\n rotate 9\n maxage 3\n compress\n mail a@example.org\n mailfirst\n}\n",
                [.log, TreeFile("app.log.1.gz", "1\n", ageHours: 240)], arguments: ["-m", "BIN/mail"]),
            because: "with mailfirst only the newest is mailed, as the manual says",
            spillway: ["app.log.1.gz": "one\ntwo\n"],
            trace: "<-s><ROOT/log/app.log><a@example.org>\none\ntwo\n"),
        DeliberateDifference(
            ComparisonCase(
                "mailedBeforeTruncation", "LOG/app.log {\n daily\n rotate 0\n copytruncate\n mail a@example.org\n}\n",
                arguments: ["-m", "BIN/mail"]),
            because: "a log that keeps no archives is mailed before it is emptied; logrotate does not mail it",
            spillway: ["app.log": ""], trace: "<-s><ROOT/log/app.log.1><a@example.org>\none\ntwo\n"),
    ]

    private static let reading: [DeliberateDifference] = [
        DeliberateDifference(
            ComparisonCase("equalSignOfCreate", "LOG/app.log {\n daily\n rotate = 2\n create = 0600 daemon adm\n}\n"),
            because: "every directive's value may follow a =", spillway: ["app.log": "", "app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase("carriageReturns", "LOG/app.log {\r\n daily\r\n rotate 2\r\n}\r\n"),
            because: "lines may end with a carriage return", spillway: ["app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "braceTooMany", "LOG/b.log {\n daily\n rotate 2\n}\n}\nLOG/app.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a mistake costs what it stands in; logrotate gives up the whole file",
            spillway: ["app.log.1": "one\ntwo\n", "b.log.1": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "valueMissing", "LOG/app.log {\n daily\n rotate\n}\nLOG/b.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a mistake costs its stanza; logrotate gives up the next one too",
            spillway: ["app.log": "one\ntwo\n", "b.log.1": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "globalValueBad", "rotate many\nLOG/app.log {\n daily\n rotate 2\n}\nLOG/b.log {\n daily\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a bad global value costs the stanzas that it would govern; logrotate gives up the whole file",
            spillway: ["app.log.1": "one\ntwo\n", "b.log": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "relativePath", "log/app.log {\n daily\n rotate 2\n}\nLOG/b.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n")], lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a mistake costs what it stands in; logrotate gives up the whole file",
            spillway: ["app.log": "one\ntwo\n", "b.log.1": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "includeWritableByGroup", "include LOG/more\nLOG/app.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("more", "rotate 3\n", mode: 0o664, owner: 0, group: 0)]),
            because: "a configuration that is not read is an error; logrotate says so and succeeds",
            spillway: ["app.log.1": "one\ntwo\n", "more": "rotate 3\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "includeOfAnotherUser", "include LOG/more\nLOG/app.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("more", "rotate 3\n", mode: 0o644, owner: 1, group: 0)]),
            because: "a configuration that is not read is an error; logrotate says so and succeeds",
            spillway: ["app.log.1": "one\ntwo\n", "more": "rotate 3\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "oneLine", "LOG/app.log { daily\n rotate 2 }\nLOG/b.log {\n daily\n rotate 2\n}\n",
                [.log, TreeFile("b.log", "b\n", mode: 0o600, owner: 0, group: 0)],
                lastRotated: ["app.log": 72, "b.log": 72]),
            because: "a brace that is missing, or was taken for a value, costs its stanza and not the next one as well",
            spillway: ["app.log": "one\ntwo\n", "b.log.1": "b\n"], succeeds: false),
        DeliberateDifference(
            ComparisonCase(
                "createNumbersWithoutMode", "LOG/app.log {\n daily\n rotate 2\n create 34 1\n}\n"),
            because: "two numbers that nobody could use as a mode are owner and group, as in logrotate 3.22",
            spillway: ["app.log": "", "app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "createInQuotes", "LOG/app.log {\n daily\n rotate 2\n create 0640 \"daemon\" 'adm'\n}\n"),
            because: "names may have quotes, as in logrotate 3.22",
            spillway: ["app.log": "", "app.log.1": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "dateformatZone", "LOG/app.log {\n daily\n rotate 2\n dateext\n dateformat -%Y%m%d%z\n}\n",
                environment: ["TZ": "UTC0"]),
            because: "%z is the zone, as in logrotate 3.22", spillway: ["app.log-TODAY+0000": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "windowsScript",
                "LOG/app.log {\r\n daily\r\n rotate 2\r\n postrotate\r\n  echo done >>TRACE\r\n endscript\r\n}\r\n"),
            because: "a script has no carriage returns at the ends of its lines",
            spillway: ["app.log.1": "one\ntwo\n"], trace: "done\n"),
        DeliberateDifference(
            ComparisonCase(
                "taboopatAlone", "daily\nrotate 2\ntaboopat b*\ninclude ETC\n",
                includes: ["a.disabled": "LOG/app.log {\n}\n"]),
            because: "taboopat without + leaves the taboo extensions alone, as the manual says",
            spillway: ["app.log": "one\ntwo\n"]),
        DeliberateDifference(
            ComparisonCase(
                "moreUnits", "LOG/app.log {\n weekly sunday\n size 1 KB\n maxage 4w\n rotate 2\n}\n",
                [TreeFile("app.log", String(repeating: "x", count: 2000))]),
            because: "sizes such as 1KB, ages such as 4w and names of weekdays are understood",
            spillway: ["app.log.1": String(repeating: "x", count: 2000)]),
    ]
}
