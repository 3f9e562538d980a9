import LinuxSystem

/// A command of a script that signals every process of a name, whichever logs it writes to.
struct BlanketSignal: Hashable {
    /// The command, in one line.
    var command: String
    /// The signal's name without SIG.
    var signal: String

    /// The first of a script; nil where there is none.
    static func first(in script: Path) -> BlanketSignal? {
        let commands = ScriptCommand.all(in: script)
        for (index, command) in commands.enumerated() {
            let before = lookup(before: index, commands)
            let behind = index + 1 < commands.count ? commands[index + 1] : nil
            if let found = find(command, before: before, behind: behind) { return found }
        }
        return nil
    }

    /// The nearest command before one in its pipe that looks processes up.
    private static func lookup(before index: Int, _ commands: [ScriptCommand]) -> ScriptCommand? {
        var index = index
        while index > 0, commands[index].lead == .pipe {
            index -= 1
            if isLookup(commands[index]) { return commands[index] }
        }
        return nil
    }

    private static func find(_ command: ScriptCommand, before: ScriptCommand?, behind: ScriptCommand?)
        -> BlanketSignal?
    {
        let text = command.words.joined(separator: " ")
        switch command.program {
        case "killall", "skill":
            return signal(in: command.words).map { BlanketSignal(command: text, signal: $0) }
        case "pkill":
            // A file names one process.
            if command.words.contains(where: { $0.hasPrefix("-F") || $0.hasPrefix("--pidfile") }) { return nil }
            return signal(in: command.words).map { BlanketSignal(command: text, signal: $0) }
        case "xargs":
            guard let kill = command.words.firstIndex(where: { $0 == "kill" || $0.hasSuffix("/kill") }),
                let before
            else { return nil }
            return signal(in: Array(command.words[kill...])).map {
                BlanketSignal(command: before.words.joined(separator: " ") + " | " + text, signal: $0)
            }
        case "kill":
            guard let behind, behind.lead == .substitution, isLookup(behind) else { return nil }
            return signal(in: command.words).map {
                BlanketSignal(command: "\(text) $(\(behind.words.joined(separator: " ")))", signal: $0)
            }
        default: return nil
        }
    }

    /// Programs that print the numbers of all processes of a name.
    private static func isLookup(_ command: ScriptCommand) -> Bool {
        guard let program = command.program else { return false }
        if program == "pgrep" {
            return !command.words.contains { $0.hasPrefix("-F") || $0.hasPrefix("--pidfile") }
        }
        return program == "pidof" || program == "ps"
    }

    /// The signal that is sent, if it is one that programs reopen their logs on.
    private static func signal(in words: [String]) -> String? {
        var rest = words.dropFirst()[...]
        while let word = rest.popFirst() {
            if word == "-s" || word == "--signal" || word == "-n" { return rest.first.flatMap(name) }
            if word.hasPrefix("--signal=") { return name(String(word.dropFirst(9))) }
            guard word.hasPrefix("-"), !word.hasPrefix("--") else { continue }
            let option = String(word.dropFirst())
            if let name = name(option) { return name }
            if option.hasPrefix("s"), let name = name(String(option.dropFirst())) { return name }
        }
        return nil
    }

    private static let numbers = ["1": "HUP", "10": "USR1", "12": "USR2", "14": "ALRM", "18": "CONT", "28": "WINCH"]
    private static let names: Set<String> = Set(numbers.values)

    private static func name(_ text: String) -> String? {
        if let name = numbers[text] { return name }
        let upper = text.uppercased()
        let bare = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        return names.contains(bare) ? bare : nil
    }
}
