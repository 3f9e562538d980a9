import Glibc

/// What the program was called with: `--name value` pairs, each name as often as it likes, and words of their own.
struct Arguments {
    private(set) var words: [String] = []
    private var options: [String: [String]] = [:]

    init(_ arguments: some Sequence<String>) {
        var iterator = arguments.makeIterator()
        while let argument = iterator.next() {
            guard argument.hasPrefix("--") else {
                words.append(argument)
                continue
            }
            guard let value = iterator.next() else { fail("\(argument) needs a value") }
            options[String(argument.dropFirst(2)), default: []].append(value)
        }
    }

    func values(_ name: String) -> [String] { options[name] ?? [] }

    func text(_ name: String) -> String {
        guard let value = options[name]?.last else { fail("--\(name) is missing") }
        return value
    }

    func number(_ name: String, default standard: Int) -> Int {
        guard let value = options[name]?.last else { return standard }
        guard let number = Int(value) else { fail("--\(name): '\(value)' is no number") }
        return number
    }
}

/// Writes a line to the standard error.
func say(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Ends the program with a sentence.
func fail(_ message: String) -> Never {
    say("LogWriter: \(message)")
    exit(64)
}

/// Ends the program with what a system call failed of.
func failOfCall(_ message: String) -> Never {
    let reason = String(cString: strerror(errno))
    say("LogWriter: \(message): \(reason)")
    exit(2)
}
