import LinuxSystem
import RotationCore
import Testing

/// `check` finds commands that signal every process of a name, and proposes the signal that they send.
struct BlanketSignalTests {
    private func warnings(_ script: String) -> [String] {
        ConfigurationJudge.judge(parse("/l/a.log {\npostrotate\n\(script)\nendscript\n}\n")).map(\.message)
            .filter { $0.contains("signals every process") }
    }

    @Test(arguments: [
        ("killall -HUP tapdisk", "HUP"), ("killall -1 x", "HUP"), ("/usr/bin/killall -q -s 1 x", "HUP"),
        ("killall -SIGUSR1 nginx", "USR1"), ("pkill -USR2 -x foo", "USR2"), ("pkill --signal HUP foo", "HUP"),
        ("pkill --signal=SIGUSR1 foo", "USR1"), ("killall -s HUP x || true", "HUP"), ("killall -sUSR1 x", "USR1"),
        ("pgrep foo | xargs kill -HUP", "HUP"), ("ps ax | grep foo | awk '{print $1}' | xargs kill -HUP", "HUP"),
        ("pgrep -x foo | xargs -r /bin/kill -s USR1", "USR1"),
        ("kill -HUP $(pidof foo)", "HUP"), ("kill -USR1 `pgrep foo`", "USR1"), ("kill -10 \"$(pidof -s foo)\"", "USR1"),
        ("if true; then killall -HUP foo; fi", "HUP"), ("[ -x /usr/bin/killall ] && killall -HUP foo", "HUP"),
        ("test -e /run/x && LANG=C sudo killall -hup foo", "HUP"), ("killall \\\n  -HUP foo", "HUP"),
        ("killall -HUP foo >/dev/null 2>&1", "HUP"),
    ])
    func areFound(_ script: String, _ signal: String) throws {
        let found = warnings(script)
        #expect(found.count == 1 && found[0].contains("'signal \(signal)' reaches only"), "\(found)")
    }

    @Test(arguments: [
        "pkill -F /run/foo.pid", "pkill -HUP -F /run/foo.pid", "pkill --pidfile /run/x -HUP", "echo killall -HUP foo",
        "# killall -HUP foo", "true # killall -HUP foo", "kill -HUP $(cat /run/foo.pid)",
        "kill -HUP `cat /run/foo.pid`",
        "echo 'killall -HUP foo'", "killall foo", "pgrep foo | xargs echo -HUP", "systemctl kill -s HUP foo.service",
        "pgrep -F /run/x | xargs kill -HUP", "logger \"killall -HUP\"", "cat /run/x | xargs kill -HUP",
    ])
    func areNotSeenWhereThereAreNone(_ script: String) {
        #expect(warnings(script) == [])
    }
}

/// `check` names directives that change nothing.
struct WithoutEffectTests {
    private func warnings(_ text: String, _ dialect: Dialect = .logrotate) -> [String] {
        ConfigurationJudge.judge(parse(text, dialect), dialect).map { "\($0.location.line) \($0.message)" }
    }

    @Test(arguments: [
        ("copytruncate\ncreate", "4 create has no effect, because the log stays in place: copytruncate is said"),
        ("copy\ncreate 0600", "4 create has no effect, because copy leaves the log alone"),
        ("daily\ndelaycompress", "4 delaycompress has no effect, because nothing is compressed here: add compress"),
        ("daily\ndateformat -%s", "4 dateformat has no effect, because archives have numbers here: add dateext"),
        ("daily\ncreateolddir", "4 createolddir has no effect, because there is no olddir here"),
        ("daily\nshredcycles 2", "4 shredcycles has no effect, because nothing is shredded here: add shred"),
        ("daily\nmaillast", "4 maillast has no effect, because nothing is mailed here: add mail"),
        ("daily\nsharedscripts", "4 sharedscripts has no effect, because there is no script here"),
        ("size 1\nminage 3", "4 minage has no effect, because size alone says when the log is due"),
    ])
    func isSaid(_ directives: String, _ expected: String) {
        #expect(warnings("/l/a.log {\nrotate 1\n\(directives)\n}\n") == [expected])
    }

    @Test func globalsAreMeantForOthers() {
        #expect(warnings("create\ndelaycompress\ndateformat -%s\n/l/a.log {\nrotate 1\ncopytruncate\n}\n") == [])
        #expect(warnings("/l/a.log {\nrotate 1\ndaily\ncompress\ndelaycompress\nminsize 1\ncreate\n}\n") == [])
    }

    @Test func whatThrowsLogsAwayIsSaid() {
        let text = "/l/a.log {\ndaily\n}\n"
        let said =
            "1 no rotate is said for these logs: what is rotated is thrown away; rotate 4 would keep four archives"
        #expect(warnings(text) == [said])
        #expect(warnings(text, .spillway) == [])
        #expect(warnings("rotate 0\n" + text) == [] && warnings("/l/a.log {\ndaily\nmail x@y\n}\n") == [])
    }
}
