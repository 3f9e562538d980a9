import Glibc
import LinuxChanges
import LinuxSystem

/// The file of `--log`.
final class LogFile {
    private let file: Descriptor

    init(_ file: consuming Descriptor) {
        self.file = file
    }

    var number: CInt { file.number }

    /// A line more; a full disk must not end a run, so an error has nowhere to go.
    func write(_ line: String) {
        try? file.writeAll(Array((line + "\n").utf8))
    }
}

/// Where lines go.
struct Output {
    /// A further place for what `-v` tells.
    enum Log {
        case none
        case system
        case file(LogFile)
    }

    let verboseToStandardError: Bool
    let log: Log

    var logDescriptor: CInt? {
        if case .file(let file) = log { return file.number }
        return nil
    }

    /// Whether lines go somewhere even where they are not shown.
    var isLogging: Bool {
        if case .none = log { return false }
        return true
    }

    /// A line of the report. One about nothing having happened does not go to the system's log: a run a minute would
    /// fill it.
    func line(_ text: @autoclosure () -> String, isShown: Bool, isAction: Bool) {
        let isLogged =
            switch log {
            case .none: false
            case .system: isAction || isShown
            case .file: true
            }
        // Most runs show nothing: then no text is made.
        guard isShown || isLogged else { return }
        let text = text()
        if isShown {
            if verboseToStandardError { Output.standardError(text) } else { Output.standardOutput(text) }
        }
        if isLogged { toLog(text, isError: false) }
    }

    /// A line about something wrong.
    func error(_ text: String, isShown: Bool) {
        if isShown { Output.standardError(text) }
        toLog(text, isError: true)
    }

    private func toLog(_ text: String, isError: Bool) {
        switch log {
        case .none: break
        case .system: SystemLog.send(text, isError: isError)
        case .file(let file): file.write(text)
        }
    }

    /// Lines are written at once, so that they stand among those of the scripts where they belong.
    static func standardOutput(_ text: String) {
        write(text + "\n", 1)
    }

    static func standardError(_ text: String) {
        write(text + "\n", 2)
    }

    /// A part of a line, where a terminal watches.
    static func onTerminal(_ text: String) {
        write(text, 2)
    }

    private static func write(_ text: String, _ descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // Nobody reads it any more: the rotation goes on.
            if count < 0, errno != EINTR { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
