import RotationCore

/// The command line of a program that is called logrotate, read as popt(3) reads logrotate's: options before and behind the
/// configurations, letters together, values in the same word or the next. spillway's own long options are taken too.
struct LogrotateCommandLine {
    /// What it comes to.
    enum Outcome {
        case run(RunArguments)
        case print(String)
        /// Nothing is done: what is said, and how the process ends.
        case refuse(String, exitStatus: Int32)
    }

    private var arguments = RunArguments()
    private var rest: ArraySlice<String>

    private init(_ words: [String]) {
        rest = words[...]
        arguments.logrotate = true
    }

    /// logrotate's exit statuses: 2 for what popt does not understand, 1 for the rest.
    static func read(_ words: [String]) -> Outcome {
        var line = LogrotateCommandLine(words)
        do throws(Problem) {
            while let word = line.rest.popFirst() {
                if let text = try line.take(word) { return .print(text) }
            }
        } catch {
            return .refuse("logrotate: bad argument \(error.word): unknown error", exitStatus: 2)
        }
        if line.arguments.skipStateLock, line.arguments.waitForStateLock != nil {
            return .refuse(
                "logrotate: options --skip-state-lock and --wait-for-state-lock are mutually exclusive", exitStatus: 1)
        }
        guard !line.arguments.configurations.isEmpty else {
            return .refuse("\(LogrotateHelp.name)\n\n\(LogrotateHelp.usage)", exitStatus: 1)
        }
        return .run(line.arguments)
    }

    private struct Problem: Error {
        var word: String
    }

    /// Takes a word, and the next where it needs that; a text where one is asked for.
    private mutating func take(_ word: String) throws(Problem) -> String? {
        if word == "--" {
            arguments.configurations += rest
            rest = []
        } else if word.hasPrefix("--") {
            return try takeLong(word)
        } else if word.hasPrefix("-"), word != "-" {
            return try takeLetters(word)
        } else {
            arguments.configurations.append(word)
        }
        return nil
    }

    private mutating func takeLong(_ word: String) throws(Problem) -> String? {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let value = parts.count > 1 ? String(parts[1]) : nil
        switch name {
        case "help" where value == nil: return LogrotateHelp.help
        case "usage" where value == nil: return LogrotateHelp.usage
        case "version" where value == nil: return LogrotateHelp.version
        case "wait-for-state-lock":
            guard let wait = StateLockWait(argument: value ?? StateLockWait.forever) else { throw Problem(word: word) }
            arguments.waitForStateLock = wait
        case _ where value == nil && arguments.setFlag(name): break
        default:
            guard arguments.takesValue(name), let value = value ?? rest.popFirst(), arguments.take(name, value) else {
                throw Problem(word: word)
            }
        }
        return nil
    }

    private mutating func takeLetters(_ word: String) throws(Problem) -> String? {
        var letters = word.dropFirst()[...]
        while let letter = letters.popFirst() {
            if letter == "?" { return LogrotateHelp.help }
            guard let byte = letter.asciiValue, let name = RunArguments.longName(byte) else {
                throw Problem(word: word)
            }
            if arguments.setFlag(name) { continue }
            if letters.first == "=" { letters.removeFirst() }
            let value = letters.isEmpty ? rest.popFirst() : String(letters)
            guard let value, arguments.take(name, value) else { throw Problem(word: word) }
            return nil
        }
        return nil
    }
}
