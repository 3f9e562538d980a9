import LinuxSystem
import RotationCore

/// What still starts logrotate by the clock on this machine, and which logs it rotates.
struct LogrotateActivity {
    /// Where the machine's files are; tests have trees of their own.
    var root: Path = "/"

    /// A warning for each thing that starts logrotate, if logrotate rotates some of these logs; and one for each place where
    /// that could not be looked at.
    func warnings(logs: Set<Path>) -> [Diagnostic] {
        var unread: [Diagnostic] = []
        let starters = starters(&unread)
        guard !starters.isEmpty else { return unread }
        let configuration = ConfigurationParser.parse(
            [place("/etc/logrotate.conf")], environment: SystemConfigurationEnvironment(), dialect: .logrotate)
        let both = ConfigurationCheck.logs(of: configuration).filter { logs.contains($0) }
        guard let first = both.min() else { return unread }
        let others = both.count > 1 ? " and \(both.count - 1) more of these logs" : ""
        return unread
            + starters.map { starter in
                Diagnostic(
                    .warning, starter.location,
                    "logrotate is still started by \(starter.name), and rotates \(first)\(others) too: \(starter.remedy)"
                )
            }
    }

    private struct Starter {
        var location: SourceLocation
        var name: String
        var remedy: String
    }

    /// The same that `schedule` looks for before each run.
    private func starters(_ unread: inout [Diagnostic]) -> [Starter] {
        var found: [Starter] = []
        if hasSystemd, let link = timer() {
            found.append(
                Starter(
                    location: SourceLocation(file: link, line: 0), name: "logrotate.timer",
                    remedy: "systemctl disable --now logrotate.timer"))
        }
        for name in ["hourly", "daily", "weekly"] {
            let script = place(Path("/etc/cron.\(name)/logrotate"))
            guard let file = try? Descriptor.open(script), let status = try? file.status(),
                status.mode & 0o111 != 0, !(hasSystemd && contains(script, "/run/systemd/system", &unread))
            else { continue }
            found.append(
                Starter(
                    location: SourceLocation(file: script, line: 0), name: "cron",
                    remedy: "chmod -x \(script.shellWord)"))
        }
        for file in cronTables(&unread) {
            guard let number = lines(file, &unread).firstIndex(where: Self.startsLogrotate) else { continue }
            found.append(
                Starter(
                    location: SourceLocation(file: file, line: number + 1), name: "this line of cron",
                    remedy: "remove it"))
        }
        return found
    }

    private func place(_ path: Path) -> Path {
        root == "/" ? path : root.appending(Path(bytes: path.bytes.dropFirst()))
    }

    private var hasSystemd: Bool { place("/run/systemd/system").device() != nil }

    /// The link by which the timer comes with each boot.
    private func timer() -> Path? {
        let mask = try? Descriptor.open(place("/etc/systemd/system/logrotate.timer")).status()
        guard mask?.kind != .other else { return nil }
        return ["/etc", "/run", "/usr/lib", "/lib"].lazy
            .map { place(Path("\($0)/systemd/system/timers.target.wants/logrotate.timer")) }
            .first { $0.device() != nil }
    }

    private func cronTables(_ unread: inout [Diagnostic]) -> [Path] {
        let directory = place("/etc/cron.d")
        var names = SortedNames()
        do throws(SystemError) {
            names = try Directory.openFollowingLinks(directory).sortedNames()
        } catch {
            note(error, of: directory, &unread)
        }
        let ignored: [Path] = ["~", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".rpmsave", ".rpmnew", ".rpmorig"]
        let tables = names.filter { name in !ignored.contains { name.hasSuffix($0) } }
        return [place("/etc/crontab")] + tables.sorted().map { directory.appending($0) }
    }

    /// A line that is no comment, and has logrotate's name for a program's.
    private static func startsLogrotate(_ line: Substring) -> Bool {
        guard line.first(where: { !$0.isWhitespace }) != "#" else { return false }
        return line.split(whereSeparator: \.isWhitespace).contains { $0 == "logrotate" || $0.hasSuffix("/logrotate") }
    }

    private func contains(_ file: Path, _ text: String, _ unread: inout [Diagnostic]) -> Bool {
        lines(file, &unread).contains { $0.contains(text) }
    }

    private func note(_ error: SystemError, of place: Path, _ unread: inout [Diagnostic]) {
        guard !error.isOfNoConcern else { return }
        let message = "whether logrotate is still started from here could not be looked at: \(error)"
        unread.append(Diagnostic(.warning, SourceLocation(file: place, line: 0), message))
    }

    /// So much of a file is read, in bytes.
    private static let limitBytes = 1 << 20

    private func lines(_ file: Path, _ unread: inout [Diagnostic]) -> [Substring] {
        var bytes: [UInt8] = []
        do throws(SystemError) {
            bytes = try Descriptor.open(file).readAll(limitBytes: Self.limitBytes)
        } catch {
            note(error, of: file, &unread)
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}
