import ArgumentParser

/// The command line as a whole: what a run takes and the other commands side by side, as `--help` and the shells' completions
/// show it. It is never run: for ArgumentParser a run is the subcommand `rotate`, which would hide its options from both.
struct WholeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spillway", abstract: SpillwayCommand.configuration.abstract,
        usage: SpillwayCommand.configuration.usage, discussion: SpillwayCommand.configuration.discussion,
        version: SpillwayCommand.configuration.version,
        subcommands: SpillwayCommand.configuration.subcommands)

    @OptionGroup var options: RunOptionGroup

    /// What is answered here instead of by the commands: help of the whole, and what completions ask for.
    ///
    /// - Parameter arguments: the command line without the program's name.
    /// - Returns: whether it was answered.
    static func answer(_ arguments: [String]) -> Bool {
        switch arguments.first {
        case "--help"?, "-h"?, "help"?:
            guard arguments.count == 1 else { return false }
            Output.standardOutput(helpMessage())
        case LogCompletion.word?: LogCompletion.list()
        case "--generate-completion-script"?:
            guard arguments.count == 2, let shell = CompletionShell(rawValue: arguments[1]) else { return false }
            Output.standardOutput(CompletionScript.text(for: shell))
        default: return false
        }
        return true
    }
}
