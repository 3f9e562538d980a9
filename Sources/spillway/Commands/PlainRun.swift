import RotationCore

/// The command line of a run where nothing about it is in question, read without ArgumentParser.
///
/// A run a minute with nothing to do takes three milliseconds, and looking into its own types by name would take ArgumentParser
/// as long again. What is not certainly a plain run, with values for all options and paths of configurations, is left to
/// it: commands, help, mistakes, abbreviations.
extension RunArguments {
    /// nil where ArgumentParser has to look.
    init?(plain arguments: [String]) {
        var rest = arguments[...]
        // A handful: the runtime would look for how a set's elements are hashed.
        var seen: [String] = []
        while let argument = rest.popFirst() {
            if argument.utf8.first != UInt8(ascii: "-") {
                // A word without a slash may be a command.
                guard argument.utf8.contains(UInt8(ascii: "/")) else { return nil }
                configurations.append(argument)
                continue
            }
            guard let option = Option(argument) else { return nil }
            guard option.name == "only" || !seen.contains(option.name) else { return nil }
            seen.append(option.name)
            if setFlag(option.name) {
                guard option.value == nil else { return nil }
            } else {
                guard let value = option.value ?? rest.popFirst(), !value.isEmpty,
                    value.utf8.first != UInt8(ascii: "-"), take(option.name, value)
                else { return nil }
            }
        }
        // Said by ArgumentParser, with the usage.
        guard !(logrotate && configurations.isEmpty) else { return nil }
    }

    private struct Option {
        var name: String
        /// What stands in the same word.
        var value: String?

        init?(_ word: String) {
            let bytes = Array(word.utf8)
            if word.hasPrefix("--") {
                let end = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.count
                name = String(decoding: bytes[2..<end], as: UTF8.self)
                if end < bytes.count { value = String(decoding: bytes[(end + 1)...], as: UTF8.self) }
            } else {
                // Letters together, and a value right behind its letter, are rare.
                guard bytes.count == 2, let long = RunArguments.longName(bytes[1]) else { return nil }
                name = long
            }
        }
    }

    static func longName(_ letter: UInt8) -> String? {
        switch letter {
        case UInt8(ascii: "f"): "force"
        case UInt8(ascii: "n"): "dry-run"
        case UInt8(ascii: "d"): "debug"
        case UInt8(ascii: "v"): "verbose"
        case UInt8(ascii: "l"): "log"
        case UInt8(ascii: "s"): "state"
        case UInt8(ascii: "m"): "mail"
        default: nil
        }
    }

    mutating func setFlag(_ name: String) -> Bool {
        switch name {
        case "force": force = true
        case "dry-run": dryRun = true
        case "debug": debug = true
        case "verbose": verbose = true
        case "skip-state-lock": skipStateLock = true
        case "json": json = true
        case "logrotate": logrotate = true
        default: return false
        }
        return true
    }

    /// Whether an option of that name has a value.
    func takesValue(_ name: String) -> Bool {
        ["log", "state", "mail", "only", "metrics", "journal", "headroom"].contains(name)
    }

    mutating func take(_ name: String, _ value: String) -> Bool {
        switch name {
        case "log": log = value
        case "state": state = value
        case "mail": mail = value
        case "only": only.append(value)
        case "metrics": metrics = value
        case "journal": journal = value
        case "kept-configuration":
            guard let number = CInt(value) else { return false }
            keptConfiguration = number
        case "headroom":
            guard let bytes = Quantities.size(value) else { return false }
            headroomBytes = bytes
        case "wait-for-state-lock":
            guard let wait = StateLockWait(argument: value) else { return false }
            waitForStateLock = wait
        default: return false
        }
        return true
    }
}
