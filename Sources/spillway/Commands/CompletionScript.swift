import ArgumentParser

/// The scripts by which shells complete spillway's command line. ArgumentParser writes them; that a run takes paths of
/// configurations where commands stand is added, which it knows no way to say.
enum CompletionScript {
    static func text(for shell: CompletionShell) -> String {
        let script = WholeCommand.completionScript(for: shell)
        switch shell {
        case .bash: return withFilesInBash(script)
        case .zsh: return withFilesInZsh(script)
        case .fish: return script + "\n" + filesInFish + "\n"
        default: return script
        }
    }

    /// readline's own completion takes over where nothing else fits.
    private static func withFilesInBash(_ script: String) -> String {
        script.replacing("complete -o filenames -F", with: "complete -o filenames -o default -F")
    }

    private static let filesInFish =
        "complete -c 'spillway' -n '__spillway_should_offer_completions_for_positional \"spillway\" -ge 1' -F"

    /// The first function is that of the command line as a whole.
    private static func withFilesInZsh(_ script: String) -> String {
        let offer = "_describe -V subcommand subcommands && ret=0\n"
        let files = "        _files && ret=0\n"
        return script.replacing(offer, with: offer + files, maxReplacements: 1)
            .replacing(
                "            ;;\n        esac\n", with: "            ;;\n        *) _files && ret=0 ;;\n        esac\n",
                maxReplacements: 1)
    }
}
