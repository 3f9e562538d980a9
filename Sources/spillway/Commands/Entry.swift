import ArgumentParser
import Glibc
import LinuxChanges
import LinuxSystem
import RotationCore
import SystemPackage

/// Where the program begins: the command line as it was called becomes one of the commands.
@main
enum Entry {
    /// Whether it is called by the name of the program that it replaces.
    static var isLogrotate: Bool { ProcessArguments.all.first?.split(separator: "/").last == "logrotate" }

    static func main() {
        StandardStreams.fill()
        Accounts.ask(DirectoryService())
        let words = ProcessArguments.all
        // Without arguments this would be a run. Whoever starts a program gives it its own name.
        guard !words.isEmpty else {
            Output.standardError("spillway: its arguments cannot be had; nothing is done")
            exit(ExitStatus.usage.rawValue)
        }
        let arguments = words.dropFirst().map {
            $0 == "--wait-for-state-lock" ? "--wait-for-state-lock=\(StateLockWait.forever)" : $0
        }
        if isLogrotate { exit(runAsLogrotate(Array(words.dropFirst()))) }
        if WholeCommand.answer(arguments) { exit(ExitStatus.success.rawValue) }
        if let mistake = CommandWord.mistake(first: arguments.first, commands: SpillwayCommand.names, isThere) {
            Output.standardError("spillway: \(mistake); nothing is done")
            exit(ExitStatus.usage.rawValue)
        }
        if let run = RunArguments(plain: arguments) {
            exit(run.run().rawValue)
        }
        if arguments == ["held"] { exit(HeldList().run().rawValue) }
        SpillwayCommand.main(arguments)
    }

    private static func runAsLogrotate(_ words: [String]) -> Int32 {
        switch LogrotateCommandLine.read(words) {
        case .run(let arguments): return arguments.run().rawValue
        case .print(let text):
            Output.standardOutput(text)
            return ExitStatus.success.rawValue
        case .refuse(let text, let status):
            Output.standardError(text)
            return status
        }
    }

    /// Whether a word names something on the disk, whatever it is and whoever may read it.
    static func isThere(_ word: String) -> Bool {
        guard !word.isEmpty else { return false }
        do throws(SystemError) {
            _ = try Descriptor.open(Path(word))
            return true
        } catch {
            return error.errno != .noSuchFileOrDirectory && error.errno != .notDirectory
        }
    }
}

/// The commands and what they have in common.
struct SpillwayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spillway",
        abstract: "Rotates logs by size, time and space, and reads logrotate's configuration as it is.",
        usage: """
            spillway [OPTIONS] [CONFIG...]
            spillway COMMAND [OPTIONS] ...
            """,
        discussion: """
            Without a command it rotates what is due. Without CONFIG it reads /etc/spillway.conf.

            Examples:
              spillway -n                    what would be done now; changes nothing
              spillway -fv --only syslog     rotates this log now, and tells how
              spillway status                what is wrong, and what takes space
              spillway check && spillway -n  after a change of the configuration

            Exit status: 0 all well; 1 something failed, the rest was done; 2 warnings of check --strict; \
            3 another run holds the lock; 64 wrong usage, nothing was done.
            """,
        version: "spillway \(spillwayVersion)",
        subcommands: [
            RotateCommand.self, StatusCommand.self, ExplainCommand.self, CatCommand.self, HistoryCommand.self,
            WatchCommand.self, CheckCommand.self, HeldCommand.self, ImportCommand.self,
        ],
        defaultSubcommand: RotateCommand.self)

    /// What a command line may begin with; `help` is ArgumentParser's own.
    static var names: [String] { configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"] }
}

/// What `--version` says.
let spillwayVersion = "0.1.0"

/// Exit statuses that users and scripts rely on.
enum ExitStatus: Int32 {
    case success = 0
    /// Something failed, the rest was done.
    case failure = 1
    /// `check --strict` found warnings.
    case warnings = 2
    /// Another run holds the lock.
    case lockBusy = 3
    /// The command line makes no sense: sysexits.h's EX_USAGE.
    case usage = 64

    func exit() -> ExitCode { ExitCode(rawValue) }
}
