import Foundation

/// What both programs are asked to tell of.
extension SpokenCase {
    static let all = traces.flatMap { traced($0.name, $0.lines, $0.prepare) } + mails + places + programs

    private static func stanza(_ lines: String, paths: String = "LOG/app.log") -> String {
        "\(paths) {\n\(lines.replacingOccurrences(of: "; ", with: "\n"))\n}\n"
    }

    /// In a run and in a dry one.
    private static func traced(_ name: String, _ lines: String, _ prepare: String) -> [SpokenCase] {
        ["-fv", "-fd"].map { option in
            let paths = name.hasPrefix("two") ? "LOG/*.log" : "LOG/app.log"
            return SpokenCase(
                name: name, configuration: stanza(lines, paths: paths), prepare: prepare, options: [option])
        }
    }

    private static let archives = "echo 1 >app.log.1; echo 2 >app.log.2"
    private static let dated = "echo 1 >app.log-20260101; echo 2 >app.log-20260102"
    private static let everyScript =
        ["firstaction", "prerotate", "postrotate", "lastaction"].map { "\($0); true; endscript" }
        .joined(separator: "; ")

    private static let traces: [(name: String, lines: String, prepare: String)] = [
        ("numbers", "rotate 3", ""),
        ("numbersOfArchives", "rotate 3", archives),
        ("numbersNone", "rotate 0", ""),
        ("numbersUnlimited", "rotate -1", archives),
        ("numbersFromFive", "rotate 2; start 5", ""),
        ("numbersFromNought", "rotate 2; start 0", ""),
        ("numbersCompressed", "rotate 3; compress", archives + "; gzip app.log.?"),
        ("numbersDelayed", "rotate 3; compress; delaycompress", ""),
        ("numbersExtension", "rotate 2; extension .log; compress", ""),
        ("numbersAddedExtension", "rotate 2; addextension .x", ""),
        ("numbersOlddir", "rotate 2; olddir old", "mkdir old"),
        ("numbersHourly", "rotate 2; hourly", ""),
        ("numbersDateformat", "rotate 2; dateformat -%Y", ""),
        ("dates", "rotate 2; dateext", ""),
        ("datesOfArchives", "rotate 3; dateext", dated),
        ("datesSurplus", "rotate 2; dateext", dated),
        ("datesCompressed", "rotate 3; dateext; compress", dated + "; gzip app.log-*"),
        ("datesOfPlainArchives", "rotate 3; dateext; compress; nocompress", dated + "; gzip app.log-*"),
        ("datesDelayed", "rotate 3; dateext; compress; delaycompress", ""),
        ("datesHourly", "rotate 2; hourly; dateext; dateyesterday", ""),
        ("datesFormat", "rotate 2; dateext; dateformat .%Y-%m-%d-%H; extension .log", ""),
        ("datesUnknownParts", "rotate 2; dateext; dateformat .%Y%%x%j", ""),
        ("datesWeek", "rotate 2; dateext; dateformat -%Y-%V", ""),
        ("datesNone", "rotate 0; dateext", ""),
        ("create", "rotate 1; create 0600 daemon adm", ""),
        ("createLikeTheLog", "rotate 1; create", "chown 1:4 app.log"),
        ("copy", "rotate 2; copy", ""),
        ("copytruncate", "rotate 2; copytruncate", archives + "; rm app.log.2"),
        ("copytruncateNone", "rotate 0; copytruncate", ""),
        ("renamecopy", "rotate 2; renamecopy; create", ""),
        ("scripts", "rotate 2; create; \(everyScript)", ""),
        ("scriptsNone", "rotate 0; create; \(everyScript)", ""),
        ("scriptsShared", "rotate 2; sharedscripts; \(everyScript)", archives + "; rm app.log.2"),
        ("two", "rotate 2", ""),
        ("twoWithScripts", "rotate 2; \(everyScript)", archives + "; rm app.log.2"),
        ("twoShared", "rotate 2; sharedscripts; \(everyScript)", archives + "; rm app.log.2"),
        ("twoSharedDates", "rotate 2; dateext; sharedscripts; \(everyScript)", ""),
    ]

    private static func mailed(_ lines: String, _ command: String, _ prepare: String = "") -> SpokenCase {
        SpokenCase(
            name: "mail: \(lines) \(prepare)", configuration: stanza("mail a@example.org; \(lines)"), prepare: prepare,
            options: ["-f", "-m", command])
    }

    /// The mail command is not there, is no program, fails.
    private static let mails = ["BIN/none", "BIN/plain", "BIN/failing"].flatMap { command in
        [
            mailed("rotate 2", command, archives), mailed("rotate 2; maillast", command, archives),
            mailed("rotate 1; mailfirst", command), mailed("rotate 1; mailfirst; compress", command),
            mailed("rotate 0", command), mailed("rotate 0; mailfirst", command),
            mailed("rotate 0; nocompress", command),
            mailed("rotate 0; dateext; mailfirst", command), mailed("rotate 1; dateext", command, dated + "; rm *2"),
            mailed("rotate 2; compress", command, archives + "; gzip app.log.?"),
        ]
    }

    /// Programs that compress: not there, failing, with something to say.
    private static let programs =
        ["BIN/none", "BIN/failing", "BIN/saying", "/bin/bzip2"].map { program in
            SpokenCase(
                name: "compressing by \(program)",
                configuration: stanza("rotate 2; compress; compresscmd \(program); compressext .x"),
                prepare:
                    "printf '#!/bin/sh\\necho said >&2\\nexit 2\\n' >../bin/saying; chmod 755 ../bin/saying",
                options: ["-f"])
        } + [
            SpokenCase(
                name: "compressing by bzip2, told", configuration: stanza("rotate 2; compress; compresscmd /bin/bzip2"),
                options: ["-fv"])
        ]

    /// What has the name of the olddir is a file.
    private static let places = [
        "rotate 2", "rotate 0", "rotate -1", "rotate 2; compress", "rotate 2; start 3", "rotate 2; dateext",
        "rotate 2; copytruncate", "rotate -1; copytruncate", "rotate 2; dateext; copy",
        "rotate 2; dateext; extension .log; compress",
    ].map { lines in
        SpokenCase(
            name: "olddir is a file: \(lines)", configuration: stanza("olddir old; \(lines)"), prepare: "touch old",
            options: ["-f"])
    }
}
