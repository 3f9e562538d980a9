import LinuxChanges
import LinuxSystem
import RotationCore
import TestPlace
import Testing

@testable import HostObservation

/// What still starts logrotate, in a tree of its own.
struct LogrotateActivityTests {
    private let place: Place
    private let log: Path

    init() throws {
        place = try Place()
        log = place.path.appending("a.log")
        for directory in [
            "etc", "etc/cron.daily", "etc/cron.d", "run", "run/systemd", "etc/systemd", "etc/systemd/system",
            "etc/systemd/system/timers.target.wants",
        ] { try make(directory) }
        try place.write("a.log", "x\n")
        try write("etc/logrotate.conf", "\(log) \(place.path)/b.log {\n missingok\n}\n", mode: 0o600)
    }

    private func make(_ directory: String) throws {
        let path = place.path.appending(Path(directory))
        try Directory.open(path.directory).makeDirectory(path.name, mode: 0o755)
    }

    private func write(_ file: String, _ text: String, mode: UInt32 = 0o644) throws {
        let path = place.path.appending(Path(file))
        let descriptor = try Directory.open(path.directory).create(path.name, mode: mode)
        try descriptor.setMode(mode)
        try descriptor.writeAll(Array(text.utf8))
    }

    private func messages(_ logs: Set<Path>? = nil) -> [String] {
        LogrotateActivity(root: place.path).warnings(logs: logs ?? [log]).map(\.description)
    }

    @Test func withoutAnythingThatStartsItThereIsNothingToSay() throws {
        try write("etc/cron.daily/logrotate", "#!/bin/sh\n", mode: 0o644)
        try write("etc/crontab", "# 1 * * * * root logrotate /etc/logrotate.conf\n")
        #expect(messages() == [])
    }

    @Test func cronsScript() throws {
        try write("etc/cron.daily/logrotate", "#!/bin/sh\nlogrotate /etc/logrotate.conf\n", mode: 0o755)
        let script = place.path.appending("etc/cron.daily/logrotate")
        #expect(
            messages() == [
                "\(script): warning: logrotate is still started by cron, and rotates \(log) too: chmod -x \(script)"
            ])
        // Other logs are not concerned.
        #expect(messages(["/var/log/other.log"]) == [])
    }

    @Test func whereSystemdIsInChargeTheTimerCountsAndNotDebiansScript() throws {
        try write("etc/cron.daily/logrotate", "#!/bin/sh\n[ -d /run/systemd/system ] && exit 0\n", mode: 0o755)
        #expect(messages().count == 1)
        try make("run/systemd/system")
        #expect(messages() == [])
        try write("etc/systemd/system/timers.target.wants/logrotate.timer", "[Timer]\n")
        #expect(messages().count == 1 && messages()[0].hasSuffix("systemctl disable --now logrotate.timer"))
        #expect(messages()[0].contains("started by logrotate.timer, and rotates \(log) too"))
    }

    @Test(arguments: ["1 * * * * root /usr/sbin/logrotate /etc/logrotate.conf", "@daily root logrotate -f x"])
    func aLineOfCron(_ line: String) throws {
        try write("etc/cron.d/own", "MAILTO=root\n\(line)\n")
        try write("etc/cron.d/own.dpkg-old", "\(line)\n")
        let table = place.path.appending("etc/cron.d/own")
        #expect(
            messages() == [
                "\(table):2:1: warning: logrotate is still started by this line of cron, and rotates \(log) too: remove it"
            ])
    }

    @Test func severalLogsAreCounted() throws {
        let other = place.path.appending("b.log")
        try place.write("b.log", "x\n")
        try write("etc/crontab", "1 * * * * root logrotate x\n")
        #expect(messages([log, other]).first?.contains("\(log) and 1 more of these logs too") == true)
    }

    @Test func aPlaceThatCannotBeLookedAtIsSaid() throws {
        try write("etc/crontab", String(repeating: "#\n", count: 600_000))
        let table = place.path.appending("etc/crontab")
        let said =
            "\(table): warning: whether logrotate is still started from here could not be looked at: cannot read \(table): "
            + "File too large"
        #expect(messages() == [said])
        // What is found elsewhere is said all the same; a directory among the tables is nobody's table.
        try make("etc/cron.d/sub")
        try write("etc/cron.d/own", "1 * * * * root logrotate x\n")
        #expect(messages().count == 2 && messages().contains(said))
    }
}
