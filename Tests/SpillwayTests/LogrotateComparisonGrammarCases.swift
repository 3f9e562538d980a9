/// What logrotate's grammar takes besides the plain forms.
extension ComparisonCase {
    private static let two: [TreeFile] = [.log, TreeFile("b.log", "b\n")]
    private static let bothRotated = ["app.log": 72, "b.log": 72]

    private static func one(_ name: String, _ lines: String, prepare: String = "") -> ComparisonCase {
        ComparisonCase(name, "LOG/app.log {\n daily\n rotate 2\n \(lines)\n}\n", prepare: prepare, modes: [.forced])
    }

    private static func script(_ name: String, _ end: String) -> ComparisonCase {
        one(name, "postrotate\n  echo \"<$1> <$2>\" >>TRACE\n \(end)")
    }

    static let grammar: [ComparisonCase] = [
        one("sizePlus", "size +4"), one("sizePlusUnit", "size +4096k"), one("rotatePlus", "rotate +1"),
        one("startPlus", "start +3"), one("maxagePlus", "maxage +3"), one("minagePlus", "minage +1"),
        one("shredcyclesPlus", "shred\n shredcycles +1"),
        one("shredcyclesNone", "shred\n shredcycles 0"),
        ComparisonCase(
            "maxageNone", "LOG/app.log {\n daily\n rotate 4\n maxage 0\n}\n",
            [.log] + TreeFile.archives("app.log.1", "app.log.2")),
        ComparisonCase("minageNone", "LOG/app.log {\n daily\n rotate 4\n minage 0\n}\n", modes: [.byDate]),
        ComparisonCase("maxsizeNone", "LOG/app.log {\n yearly\n rotate 4\n maxsize 0\n}\n", modes: [.byDate]),
        one("olddirSlash", "olddir LOG/old/", prepare: "mkdir old"),
        one("olddirSlashes", "olddir LOG//old//", prepare: "mkdir old"),
        one("olddirMadeWithSlash", "olddir LOG/old/\n createolddir 0750 daemon adm"),
        one("createolddirModeAlone", "olddir old\n createolddir 0750"),
        ComparisonCase(
            "olddirHome", "LOG/app.log {\n daily\n rotate 2\n olddir ~/old\n}\n", prepare: "mkdir old",
            modes: [.forced],
            environment: ["HOME": "LOG"]),
        ComparisonCase(
            "doubledSlashes", "LOG//app.log {\n daily\n rotate 2\n}\n", lastRotated: ["/app.log": 72], modes: [.byDate]),
        ComparisonCase(
            "doubledSlashesWildcard",
            "LOG//*.log {\n daily\n rotate 2\n postrotate\n  echo \"<$1> <$2>\" >>TRACE\n endscript\n}\n", two,
            lastRotated: ["/app.log": 72, "/b.log": 72], modes: [.byDate]),
        ComparisonCase(
            "doubledSlashesShared",
            "LOG//*.log {\n daily\n rotate 2\n sharedscripts\n postrotate\n  echo \"<$1>\" >>TRACE\n endscript\n}\n",
            two,
            lastRotated: ["/app.log": 72, "/b.log": 72], modes: [.byDate]),
        script("endscriptSemicolon", "endscript;"), script("endscriptThenDirective", "endscript; compress"),
        script("endscriptDirectly", "endscript;compress"), script("endscriptComment", "endscript # done"),
        script("endscriptBrace", "endscript}"),
        ComparisonCase(
            "scriptOutside", "postrotate\n echo outside >>TRACE\nendscript\nLOG/app.log {\n daily\n rotate 2\n}\n"),
        ComparisonCase(
            "braceMissing", "LOG/b.log {\n daily\n rotate 2\n}\nLOG/app.log {\n daily\n rotate 2\n", two,
            lastRotated: bothRotated),
        ComparisonCase("sizeMissing", "LOG/app.log {\n daily\n rotate 2\n minsize\n}\n"),
        ComparisonCase("textBehindBrace", "LOG/app.log {\n daily\n rotate 2\n} text\n"),
        ComparisonCase(
            "ignoreduplicatesOfTheFirst",
            "LOG/b.log {\n daily\n rotate 2\n ignoreduplicates\n}\nLOG/*.log {\n daily\n rotate 1\n}\n", two,
            lastRotated: bothRotated),
        one("compressoptionsInQuotes", "compress\n compresscmd /bin/sh\n compressoptions -c 'gzip -c'"),
        one("numbersOfUsers", "create 0640 1 4"), one("modeAndNumber", "create 0640 1"),
    ]
}
