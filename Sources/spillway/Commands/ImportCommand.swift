import ArgumentParser
import LinuxSystem
import RotationCore
import SystemPackage

/// `spillway import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Prints a configuration that does what another program's did.",
        subcommands: [ImportXenServerCommand.self])
}

/// `spillway import xenserver`.
struct ImportXenServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xenserver",
        abstract: "Prints the spillway.conf that equals a XenServer host's rotation.",
        discussion: """
            Reads /etc/logrotate-xenserver.conf and /etc/sysconfig/logrotate, which is not executed. What cannot be taken \
            over is said on standard error, and makes the exit status 1.
            """)

    @Option(
        help: ArgumentHelp("Where the host's files are, instead of /.", valueName: "directory"),
        completion: .directory)
    var root = "/"

    func run() throws {
        guard isDirectory("/") else {
            Output.standardError("spillway: --root \(root): there is no such directory")
            throw ExitStatus.failure.exit()
        }
        let files: [Path] = ["/etc/logrotate-xenserver.conf", "/etc/sysconfig/logrotate"]
        guard files.contains(where: isThere) else {
            Output.standardError(
                "spillway: this is no XenServer host: neither \(local(files[0])) nor \(local(files[1])) is there (--root DIRECTORY reads another host's files)"
            )
            throw ExitStatus.failure.exit()
        }
        var isIncomplete = false
        let imported = XenServerImport(
            main: source("/etc/logrotate-xenserver.conf", &isIncomplete),
            overrides: source("/etc/sysconfig/logrotate", &isIncomplete),
            hasDropIns: isDirectory("/etc/spillway.d"))
        for line in imported.lines { Output.standardOutput(line) }
        for problem in imported.problems { Output.standardError("spillway: \(problem)") }
        if isIncomplete || !imported.problems.isEmpty { throw ExitStatus.failure.exit() }
    }

    private static let limitBytes = 16 << 20

    private func local(_ path: Path) -> Path {
        Path(root).resolved(against: Environment.workingDirectory).appending(Path(bytes: path.bytes.dropFirst()))
    }

    private func source(_ path: Path, _ isIncomplete: inout Bool) -> XenServerImport.Source {
        do throws(SystemError) {
            let content = try Descriptor.open(local(path)).readAll(limitBytes: Self.limitBytes)
            return XenServerImport.Source(path: path, text: String(decoding: content, as: UTF8.self))
        } catch {
            if error.errno != .noSuchFileOrDirectory {
                Output.standardError("spillway: \(error)")
                isIncomplete = true
            }
            return XenServerImport.Source(path: path, text: nil)
        }
    }

    private func isThere(_ path: Path) -> Bool {
        do throws(SystemError) {
            _ = try Descriptor.open(local(path))
            return true
        } catch {
            return error.errno != .noSuchFileOrDirectory && error.errno != .notDirectory
        }
    }

    private func isDirectory(_ path: Path) -> Bool {
        guard let file = try? Descriptor.open(local(path)), let status = try? file.status() else { return false }
        return status.kind == .directory
    }
}
