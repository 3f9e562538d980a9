/// Mistakes in configurations: a value that a directive does not take, in a stanza and globally, and braces, quotes and words
/// where they do not belong.
extension FaultyConfiguration {
    static let all = values + structure + logs + scripts + own

    /// A directive with a bad value, inside a stanza and before one.
    private static let values: [FaultyConfiguration] = badValues.flatMap { directive, values in
        values.flatMap { value in
            [
                FaultyConfiguration(
                    "LOG/app.log {\n \(directive) \(value)\n rotate 1\n}\nLOG/b.log {\n rotate 1\n}\n",
                    directive == "weekly" ? .words : .everything),
                FaultyConfiguration(
                    "\(directive) \(value)\nLOG/app.log {\n rotate 1\n}\n",
                    directive.hasPrefix("rotate") ? .words : .everything),
            ]
        }
    }

    private static let badValues: [(String, [String])] = [
        ("rotate", ["x", "", "-2", "3 4", "1.5"]), ("start", ["x", "", "-1", "1x"]), ("shredcycles", ["x", "", "-1"]),
        ("size", ["x", "", "-1", "1x", "1kk"]), ("minsize", ["x", "", "1q"]), ("maxsize", ["x", "", "1q"]),
        ("minage", [""]), ("maxage", [""]), ("weekly", ["x", "8", "-1"]),
        ("create", ["0999", "0640 nobodyhere", "0640 root nobodyhere", "0640 root adm x", "nobodyhere"]),
        ("create", ["root nobodyhere", "root:adm", "0640 root:adm", "0640 root.adm", "0640 root adm # x"]),
        ("createolddir", ["0999", "0755 nobodyhere", "0755 root adm x"]),
        ("su", ["", "root", "nobodyhere adm", "root nobodyhere", "root adm x", "root:adm", "root.adm"]),
        ("olddir", [""]), ("extension", [""]), ("addextension", [""]), ("dateformat", [""]), ("mail", [""]),
        ("compresscmd", [""]), ("uncompresscmd", [""]), ("compressext", [""]), ("compressoptions", [""]),
        ("tabooext", [""]), ("taboopat", [""]), ("errors", ["x", ""]), ("daily", ["x"]), ("compress", ["now"]),
        ("rotat", ["3"]), ("Rotate", ["3"]), ("rotate3", [""]), ("endscript", [""]), ("prerotate", ["x"]),
    ]

    private static let structure: [FaultyConfiguration] = [
        FaultyConfiguration("LOG/app.log\n"), FaultyConfiguration("LOG/app.log"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n}\n\n\nLOG/b.log\nLOG/c.log\n"),
        FaultyConfiguration("LOG/app.log {"), FaultyConfiguration("LOG/app.log {\n rotate 1\n"),
        FaultyConfiguration("LOG/app.log }\n"), FaultyConfiguration("LOG/app.log {\n rotate 1\n}}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n} x\nLOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n} LOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n}\n}\nLOG/b.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("{\n rotate 1\n}\n"), FaultyConfiguration("LOG/app.log {\n {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {{\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n LOG/b.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("LOG/app.log {\n rotate 1\nLOG/b.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("LOG/app.log\nrotate 1\n}\nLOG/b.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("app.log {\n rotate 1\n}\nLOG/b.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("./app.log {\n rotate 1\n}\nLOG/b.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("!foo\nLOG/app.log {\n rotate 1\n}\n", .words),
        FaultyConfiguration("LOG/app.log {\n !foo\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate1\n}\n"), FaultyConfiguration("LOG/app.log {\n compress{\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate x\n size y\n rotate 1\n}\nLOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotat 1\n dayly\n rotate 1\n}\n"),
        FaultyConfiguration("rotat 2\nrotat 3\nLOG/app.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n\u{1}\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1 }\n", .words),
        FaultyConfiguration("LOG/app.log { rotate 1 }\n", .words),
        FaultyConfiguration("include LOG/none\nLOG/app.log {\n rotate 1\n}\n"),
        FaultyConfiguration("include ~/none\nLOG/app.log {\n rotate 1\n}\n"),
    ]

    private static let logs: [FaultyConfiguration] = [
        FaultyConfiguration("LOG/none.log {\n rotate 1\n}\nLOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/none.log LOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log, LOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/*.none {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/*.none LOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/none.log LOG/*.none LOG/b.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/*.none LOG/none.log LOG/*.x LOG/b.log {\n rotate 1\n sharedscripts\n}\n"),
        FaultyConfiguration("LOG/app.log LOG/b.log {\n rotate 1\n olddir LOG/x\n}\n"),
        FaultyConfiguration("LOG/none/app.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/none/*.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/[ {\n rotate 1\n}\n"), FaultyConfiguration("LOG//none.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log LOG/app.log {\n rotate 1\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n}\nLOG/app.log {\n rotate 2\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n olddir LOG/x\n}\n"),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n olddir x\n}\nLOG/b.log {\n rotate 1\n}\n", .words),
    ]

    private static let scripts: [FaultyConfiguration] = ["prerotate", "postrotate", "firstaction", "lastaction"].flatMap
    {
        [
            FaultyConfiguration("LOG/app.log {\n rotate 1\n \($0)\n exit 3\n endscript\n}\n"),
            FaultyConfiguration("LOG/app.log LOG/b.log {\n rotate 1\n sharedscripts\n \($0)\n exit 3\n endscript\n}\n"),
            FaultyConfiguration("LOG/app.log {\n rotate 1\n \($0)\n exit 0\n}\nLOG/b.log {\n rotate 1\n}\n"),
        ]
    }

    /// What is meant otherwise; spillway(8) has the list.
    private static let own: [FaultyConfiguration] = [
        // More is understood.
        FaultyConfiguration("LOG/app.log {\n size 10KB\n rotate 1\n}\n", .own("", status: 0)),
        FaultyConfiguration("LOG/app.log {\n maxage 1d\n rotate 1\n}\n", .own("", status: 0)),
        FaultyConfiguration("LOG/app.log {\n weekly mon\n rotate 1\n}\n", .own("", status: 0)),
        FaultyConfiguration("LOG/app.log {\n monthly 5\n rotate 1\n}\n", .own("", status: 0)),
        FaultyConfiguration("LOG/app.log {\n create 0640 \"root\" 'adm'\n rotate 1\n}\n", .own("", status: 0)),
        FaultyConfiguration("LOG/app.log {\n create 0640 12345 12345\n rotate 1\n}\n", .own("", status: 0)),
        FaultyConfiguration("LOG/app.log {\n rotate 1\n}\r\nLOG/b.log {\r\n rotate 1\r\n}\r\n", .own("", status: 0)),
        // Its words have the rest of the file in them.
        FaultyConfiguration(
            "LOG/app.log {\n maxage x\n rotate 1\n}\n",
            .own(
                "error: ROOT/conf:2 bad maximum age 'x'\nerror: found error in ROOT/log/app.log , skipping\n", status: 1
            )),
        FaultyConfiguration(
            "LOG/app.log {\n minage -1\n rotate 1\n}\n",
            .own(
                "error: ROOT/conf:2 bad minimum age '-1'\nerror: found error in ROOT/log/app.log , skipping\n",
                status: 1)),
        FaultyConfiguration(
            "LOG/app.log {\n mail a b\n rotate 1\n}\n",
            .own(
                "error: ROOT/conf:2 bad mail address  a b\nerror: found error in ROOT/log/app.log , skipping\n",
                status: 1)),
        // A mistake is not passed over.
        FaultyConfiguration(
            "LOG/app.log {\n size k\n rotate 1\n}\n",
            .own("error: ROOT/conf:2 bad size ''\nerror: found error in ROOT/log/app.log , skipping\n", status: 1)),
        FaultyConfiguration(
            "LOG/app.log {\n include LOG/none\n rotate 1\n}\n",
            .own(
                "error: cannot stat ROOT/log/none: No such file or directory\nerror: found error in ROOT/log/app.log , skipping\n",
                status: 1)),
        FaultyConfiguration(
            "\"LOG/app.log {\n rotate 1\n}\n",
            .own("error: ROOT/conf:1 missing '{' after log files definition\n", status: 1)),
        FaultyConfiguration(
            "hello world\n",
            .own(
                "error: ROOT/conf:1 lines must begin with a keyword or a filename (possibly in double quotes)\n",
                status: 1)),
    ]
}
