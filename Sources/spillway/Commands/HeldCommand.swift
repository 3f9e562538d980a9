import ArgumentParser
import Glibc
import HostObservation
import LinuxSystem
import LogCut
import RotationCore
import RotationEngine

/// `--min-size`: a size with a unit.
struct MinimumSize: ExpressibleByArgument {
    var bytes: Int64

    init?(argument: String) {
        guard let bytes = Quantities.size(argument) else { return nil }
        self.bytes = bytes
    }
}

/// `spillway held [PATH...]`.
struct HeldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "held", abstract: "Lists deleted files that processes still hold, and frees their space.",
        discussion: """
            Without --reclaim nothing is changed. With it, files that are only written to are emptied; the processes are \
            left alone, and what they write later is kept. Exit status: 0 done, 1 something failed or was refused, 64 \
            wrong usage.
            """)

    @Flag(help: "Print a report as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Only files that occupy so much, such as 10M.", valueName: "size"))
    var minSize: MinimumSize?

    @Flag(help: "Look for mapped libraries too, which takes a quarter longer.")
    var mapped = false

    @Flag(help: "Free the space of files that are only written to.")
    var reclaim = false

    @Option(
        help: ArgumentHelp(
            "Save the content there first, compressed. The directory is made where it is missing.",
            valueName: "directory"),
        completion: .directory)
    var archive: String?

    @Flag(help: "Free the files under PATH whoever holds them.")
    var force = false

    @Flag(help: "Do not ask.")
    var yes = false

    @Argument(
        help: ArgumentHelp("Only files that had a name there. (default: all local file systems)", valueName: "path"),
        completion: .file())
    var paths: [String] = []

    func validate() throws {
        if !reclaim {
            if archive != nil { throw ValidationError("--archive saves what --reclaim frees: it needs --reclaim.") }
            if force { throw ValidationError("--force insists on what --reclaim refuses: it needs --reclaim.") }
            if yes { throw ValidationError("--yes answers what --reclaim asks: it needs --reclaim.") }
        }
        if force, paths.isEmpty { throw ValidationError("--force needs a PATH: name the files that are meant.") }
        if reclaim, !yes, !(isTerminal(0) && isTerminal(1)) {
            throw ValidationError("there is no terminal to ask on: --yes frees the space without asking.")
        }
        if paths.contains("") { throw ValidationError("an empty PATH names nothing.") }
    }

    func run() throws {
        let list = HeldList(
            paths: paths, minimumBytes: max(1, minSize?.bytes ?? 1), json: json, isComplete: mapped || reclaim)
        guard self.reclaim else {
            let status = list.run()
            if status != .success { throw status.exit() }
            return
        }
        let directory = try archiveDirectory()
        let held: HeldFiles
        do throws(WalkError) { held = try list.look() } catch { throw failure("\(error)") }
        try free(held, HeldReclaim(archiveDirectory: directory, insists: force))
    }

    private func free(_ held: HeldFiles, _ reclaim: HeldReclaim) throws {
        let candidates = held.files.filter { reclaim.obstacle(of: $0) == nil }
        if !yes, !candidates.isEmpty {
            HeldText.list(held, held.files.map { HeldRow(file: $0, obstacle: reclaim.obstacle(of: $0)) })
            let bytes = candidates.reduce(0) { $0 + $1.status.allocatedBytes }
            guard ask(count: candidates.count, bytes: bytes) else { throw failure("nothing was freed") }
        }
        var rows: [HeldRow] = []
        var reclaim = reclaim
        reclaim.reclaim(held.files) { file, outcome in
            let row = HeldRow(file: file, obstacle: nil, outcome: outcome)
            rows.append(row)
            if !json { HeldText.tell(row, archive: archive) }
        }
        if json {
            Output.standardOutput(HeldJSON.render(held, rows))
            HeldText.tellObstacle(held)
        } else {
            HeldText.tellSum(held, rows)
        }
        if held.obstacle != nil || rows.contains(where: \.isUnfinished) { throw ExitStatus.failure.exit() }
    }

    private func ask(count: Int, bytes: Int64) -> Bool {
        let saved = archive.map { ", after saving their content in \($0)" } ?? "; their content is lost"
        let files = count == 1 ? "1 file" : "\(count) files"
        Output.onTerminal("Free \(Figures.bytes(bytes)) of \(files)\(saved)? [y/N] ")
        let answer = readLine() ?? ""
        return ["y", "yes"].contains(answer.lowercased())
    }

    private func archiveDirectory() throws -> Directory? {
        guard let archive else { return nil }
        do throws(WalkError) {
            return try SafeFile.openOrMakeDirectory(Path(archive).resolved(against: Environment.workingDirectory))
        } catch {
            throw failure("\(error); nothing was freed")
        }
    }

    private func failure(_ message: String) -> ExitCode {
        Output.standardError("spillway: \(message)")
        return ExitStatus.failure.exit()
    }
}
