/// Why a command line is not understood as a whole: then nothing is read, and nothing done.
public enum CommandWord: Hashable, Sendable {
    /// It is no command and no file; the command that was probably meant.
    case unknown(String, suggestion: String?)
    /// It is a command of a later version, and never a file.
    case notThereYet(String)
    /// It is a file that is not there: a name with a dot is no command, one with a slash neither.
    case noSuchFile(String)
    /// It is empty, and names nothing.
    case empty

    /// Commands that this version may not have. A file is not called so by mistake: `./status` names one.
    static let reserved = ["explain", "status", "cat", "history", "watch"]

    /// What is wrong with the first word, before anything else is looked at: a misspelt command has its own options.
    ///
    /// - Parameters:
    ///   - word: nil where there is none.
    ///   - commands: those that there are.
    ///   - isThere: whether a word names something on the disk.
    public static func mistake(first word: String?, commands: [String], _ isThere: (String) -> Bool) -> CommandWord? {
        guard let word, word.utf8.first != UInt8(ascii: "-"), !commands.contains(word),
            !word.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        return mistake(of: word, commands, isThere)
    }

    /// What is wrong with the configurations that a run is to read. A path with a slash is no command: where it is not there
    /// that is an error of the configuration.
    ///
    /// - Parameter isLogrotate: called as logrotate, which has no commands and goes on with the others.
    public static func mistake(
        configurations words: [String], commands: [String], isLogrotate: Bool, _ isThere: (String) -> Bool
    ) -> CommandWord? {
        if isLogrotate { return words.contains("") ? .empty : nil }
        for word in words where !word.utf8.contains(UInt8(ascii: "/")) {
            if let mistake = mistake(of: word, commands, isThere) { return mistake }
        }
        return nil
    }

    private static func mistake(of word: String, _ commands: [String], _ isThere: (String) -> Bool) -> CommandWord? {
        if word.isEmpty { return .empty }
        if reserved.contains(word), !commands.contains(word) { return .notThereYet(word) }
        if isThere(word) { return nil }
        if word.contains(".") { return .noSuchFile(word) }
        return .unknown(word, suggestion: Suggestion.closest(to: word, among: commands + reserved))
    }
}

extension CommandWord: CustomStringConvertible {
    /// A sentence that names the word.
    public var description: String {
        switch self {
        case .unknown(let word, let suggestion?): "unknown command '\(word)'; did you mean '\(suggestion)'?"
        case .unknown(let word, nil): "unknown command '\(word)', and no file of this name is there"
        case .notThereYet(let word): "the command '\(word)' is not there yet (a file of this name is ./\(word))"
        case .noSuchFile(let word): "\(word): no such file or directory"
        case .empty: "an empty word names no configuration"
        }
    }
}
