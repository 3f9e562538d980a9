/// Scripts and mail: what they are called with, in which order, and what a failure keeps from happening.
extension ComparisonCase {
    private static let two = [TreeFile.log, TreeFile("b.log", "b\n", mode: 0o600, owner: 0, group: 0)]
    private static let bothRotated = ["app.log": 72, "b.log": 72]

    /// A script that writes down its arguments and what is there when it runs.
    private static func script(_ kind: String, then line: String = "") -> String {
        """
         \(kind)
          { printf '\(kind)'; printf ' <%s>' "$@"; echo; (cd LOG; ls); } >>TRACE
          \(line)
         endscript

        """
    }

    private static func scripted(
        _ name: String, _ lines: String, paths: String = "LOG/*.log", scripts: [String] = ["prerotate", "postrotate"],
        then line: String = "", files: [TreeFile]? = nil, modes: [Mode] = Mode.allCases
    ) -> ComparisonCase {
        let text = scripts.map { script($0, then: line) }.joined()
        return ComparisonCase(
            name, "\(paths) {\n daily\n rotate 2\n create\n \(lines)\n\(text)}\n", files ?? two,
            lastRotated: bothRotated,
            modes: modes)
    }

    private static func failing(
        _ name: String, _ kind: String, _ lines: String = "",
        archives: [TreeFile] = TreeFile.archives("app.log.1", "app.log.2")
    ) -> ComparisonCase {
        let others = ["firstaction", "prerotate", "postrotate", "lastaction"].filter { $0 != kind }.map { script($0) }
        return ComparisonCase(
            name,
            "LOG/*.log {\n daily\n rotate 2\n create\n \(lines)\n\(script(kind, then: "exit 1"))\(others.joined())}\n",
            two + archives, lastRotated: bothRotated)
    }

    private static let every = ["firstaction", "prerotate", "postrotate", "lastaction"]

    static let scripts: [ComparisonCase] = [
        scripted("scripts", ""),
        scripted("scriptsCompress", "compress"),
        scripted("scriptsDelayed", "compress\n delaycompress"),
        scripted("scriptsDated", "compress\n dateext"),
        scripted("scriptsCopytruncate", "copytruncate"),
        scripted("scriptsCopytruncateCompress", "copytruncate\n compress"),
        scripted("scriptsCopyCompress", "copy\n compress"),
        scripted("scriptsRenamecopy", "renamecopy"),
        scripted("scriptsRenamecopyCompress", "renamecopy\n compress"),
        scripted("scriptsNone", "rotate 0"),
        scripted("scriptsNoneCopytruncate", "rotate 0\n copytruncate"),
        scripted("scriptsOlddir", "olddir old\n createolddir 0755 root root"),
        scripted("scriptsExtension", "extension .log\n addextension .x"),
        scripted("scriptsAll", "", scripts: every),
        scripted("scriptsShared", "sharedscripts", scripts: every),
        scripted("scriptsSharedCompress", "sharedscripts\n compress", scripts: every),
        scripted("scriptsSharedDelayed", "sharedscripts\n compress\n delaycompress", scripts: every),
        scripted("scriptsSharedCopytruncate", "sharedscripts\n copytruncate", scripts: every),
        scripted("scriptsSharedCopytruncateCompress", "sharedscripts\n copytruncate\n compress", scripts: every),
        scripted("scriptsSharedRenamecopy", "sharedscripts\n renamecopy", scripts: every),
        scripted("scriptsSharedPaths", "sharedscripts", paths: "LOG/app.log LOG/b.log", scripts: every),
        scripted("scriptsSharedQuotes", "sharedscripts", paths: "\"LOG/app.log\" 'LOG/b.log'", scripts: every),
        scripted("nosharedscripts", "sharedscripts\n nosharedscripts", scripts: every),
        ComparisonCase(
            "scriptsSharedOneDue",
            "LOG/*.log {\n daily\n rotate 2\n sharedscripts\n\(every.map { script($0) }.joined())}\n",
            two, lastRotated: ["app.log": 0, "b.log": 72], modes: [.byDate]),
        ComparisonCase(
            "scriptsNoneDue", "LOG/*.log {\n daily\n rotate 2\n sharedscripts\n\(every.map { script($0) }.joined())}\n",
            two, lastRotated: ["app.log": 0, "b.log": 0], modes: [.byDate]),
        ComparisonCase(
            "scriptsActionsNoneDue", "LOG/*.log {\n daily\n rotate 2\n\(every.map { script($0) }.joined())}\n",
            two, lastRotated: ["app.log": 0, "b.log": 0], modes: [.byDate]),
        ComparisonCase(
            "scriptsWriteToTheLog",
            """
            LOG/app.log {
             daily
             rotate 2
             create
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
        ComparisonCase(
            "scriptsCreateTheLog",
            "LOG/app.log {\n daily\n rotate 2\n nocreate\n postrotate\n  echo new >LOG/app.log\n endscript\n}\n"),
        ComparisonCase(
            "scriptsSeveralLines",
            """
            LOG/app.log {
             daily
             rotate 2
             postrotate
              if true; then
               for word in a b; do
                echo $word \\
                 more
               done
              fi >>TRACE
              # comment }
              cat <<END >>TRACE
            endscripted
            }
            END
             endscript
            }

            """
        ),
        ComparisonCase(
            "scriptsEnvironment",
            """
            LOG/app.log {
             daily
             rotate 2
             postrotate
              echo $WORD $0 $# >>TRACE
             umask >>TRACE
             endscript
            }

            """,
            environment: ["WORD": "spoken"]),
        ComparisonCase(
            "preremove", "LOG/app.log {\n daily\n rotate 2\n\(script("preremove"))}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2")),
        ComparisonCase(
            "preremoveNone", "LOG/app.log {\n daily\n rotate 0\n\(script("preremove"))\(script("postrotate"))}\n"),
        ComparisonCase(
            "preremoveFails", "LOG/app.log {\n daily\n rotate 1\n create\n\(script("preremove", then: "exit 1"))}\n",
            [.log] + TreeFile.archives("app.log.1")),
        failing("prerotateFails", "prerotate"),
        failing("prerotateFailsShared", "prerotate", "sharedscripts"),
        failing(
            "postrotateFails", "postrotate", "compress", archives: TreeFile.archives("app.log.1.gz", "app.log.2.gz")),
        failing("postrotateFailsShared", "postrotate", "sharedscripts\n compress", archives: []),
        failing("postrotateFailsPlain", "postrotate"),
        failing("firstactionFails", "firstaction"),
        failing("firstactionFailsShared", "firstaction", "sharedscripts"),
        failing("lastactionFails", "lastaction"),
        scripted("scriptsSharedLines", "sharedscripts", paths: "LOG/app.log\nLOG/b.log", scripts: every),
        scripted("scriptsOfOneLog", "sharedscripts\n compress", paths: "LOG/app.log", scripts: every, files: [.log]),
        scripted("scriptsNoneShared", "sharedscripts\n rotate 0", scripts: every),
        ComparisonCase(
            "prerotateRemovesTheLog",
            "LOG/app.log {\n daily\n rotate 2\n create\n prerotate\n  rm LOG/app.log\n endscript\n}\n",
            ignoring: [.state]),
        ComparisonCase(
            "firstactionRemovesALog",
            "LOG/*.log {\n daily\n rotate 2\n sharedscripts\n firstaction\n  rm LOG/b.log\n endscript\n}\n", two,
            lastRotated: bothRotated, ignoring: [.state]),
        ComparisonCase(
            "preremoveDated",
            "LOG/app.log {\n daily\n rotate 1\n dateext\n preremove\n  echo \"$1\" >>TRACE\n endscript\n}\n",
            [.log] + TreeFile.archives("app.log-20260101", "app.log-20260102")),
        ComparisonCase(
            "preremoveMaxageDated",
            "LOG/app.log {\n daily\n rotate 5\n dateext\n maxage 3\n\(script("preremove", then: "true"))}\n",
            [.log, TreeFile("app.log-20260101", "1\n", ageHours: 240)], ignoring: [.scripts]),
        failing("lastactionFailsShared", "lastaction", "sharedscripts"),
        ComparisonCase(
            "prerotateFailsForOne",
            "LOG/*.log {\n daily\n rotate 2\n prerotate\n  case $1 in */app.log) exit 1;; esac\n endscript\n}\n", two,
            lastRotated: bothRotated, modes: [.forced]),
        ComparisonCase(
            "scriptWithoutEnd", "LOG/b.log {\n daily\n rotate 2\n}\nLOG/app.log {\n daily\n postrotate\n  true\n}\n",
            two,
            lastRotated: bothRotated),
    ]

    private static func mailed(
        _ name: String, _ lines: String, _ files: [TreeFile], command: String = "BIN/mail", prepare: String = ""
    ) -> ComparisonCase {
        ComparisonCase(
            name, "LOG/app.log {\n daily\n mail admin@example.org\n \(lines)\n}\n", files, prepare: prepare,
            arguments: ["-m", command])
    }

    private static let full = [TreeFile.log] + TreeFile.archives("app.log.1", "app.log.2")

    static let mails: [ComparisonCase] = [
        mailed("mailLast", "rotate 2", full),
        mailed("mailLastNothingGoes", "rotate 3", full),
        mailed("mailLastSaid", "rotate 2\n mailfirst\n maillast", full),
        mailed("mailFirst", "rotate 2\n mailfirst", full),
        mailed("mailFirstCompress", "rotate 2\n mailfirst\n compress", [.log]),
        mailed("mailFirstDelayed", "rotate 2\n mailfirst\n compress\n delaycompress", [.log]),
        mailed("mailFirstDated", "rotate 2\n mailfirst\n dateext", [.log]),
        mailed("mailLastCompressed", "rotate 2\n compress", full, prepare: "gzip app.log.?"),
        mailed(
            "mailLastBzip2", "rotate 2\n compress\n compresscmd bzip2\n uncompresscmd bunzip2\n compressext .bz2", full,
            prepare: "bzip2 app.log.?"),
        mailed(
            "mailLastDated", "rotate 1\n dateext", [.log] + TreeFile.archives("app.log-20260101", "app.log-20260102")),
        mailed("mailNone", "rotate 0", [.log]),
        mailed("mailNoneFirst", "rotate 0\n mailfirst", [.log]),
        mailed(
            "mailMaxageDated", "rotate 9\n maxage 3\n dateext",
            [.log, TreeFile("app.log-20260101", "1\n", ageHours: 240)]),
        mailed("mailFirstCopytruncate", "rotate 2\n mailfirst\n copytruncate\n compress", [.log]),
        mailed("mailWords", "rotate 1\n mail a@example.org b@example.org", full),
        mailed("mailFails", "rotate 2", full, command: "BIN/failing-mail"),
        mailed("mailNoneFirstFails", "rotate 0\n mailfirst", [.log], command: "BIN/failing-mail"),
        mailed("mailNoneFails", "rotate 0", [.log], command: "BIN/failing-mail"),
        mailed("mailNoneFirstCommandMissing", "rotate 0\n mailfirst", [.log], command: "BIN/none"),
        mailed("mailNoneCompress", "rotate 0\n compress", [.log]),
        mailed("mailNoneFirstCompress", "rotate 0\n compress\n mailfirst", [.log]),
        mailed("mailNoneCompressDated", "rotate 0\n compress\n dateext", [.log]),
        mailed("mailNonePreremove", "rotate 0\n mailfirst\n\(script("preremove"))", [.log]),
        mailed("mailLastNocompress", "rotate 2\n compress\n maillast\n nocompress", full),
        mailed("mailFirstNocompress", "rotate 2\n compress\n mailfirst\n nocompress", full),
        mailed("mailPreremoveFails", "rotate 2\n\(script("preremove", then: "exit 1"))", full),
        mailed("mailFirstFails", "rotate 2\n mailfirst\n compress", [.log], command: "BIN/failing-mail"),
        mailed("mailCommandMissing", "rotate 2", full, command: "BIN/none"),
        mailed("mailPreremove", "rotate 2\n\(script("preremove"))", full),
        mailed("nomail", "rotate 2\n nomail", full),
        mailed("mailOlddir", "rotate 1\n olddir old", [.log] + TreeFile.archives("old/app.log.1")),
        mailed("mailShred", "rotate 2\n shred\n shredcycles 1", full),
    ]
}
