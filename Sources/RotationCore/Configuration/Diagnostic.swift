public import LinuxSystem

/// A place in a configuration file.
public struct SourceLocation: Hashable, Sendable {
    /// The file.
    public var file: Path
    /// The line, from 1; 0 stands for the file as a whole.
    public var line: Int
    /// The column in bytes, from 1.
    public var column: Int

    /// A place.
    public init(file: Path, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourceLocation: CustomStringConvertible {
    /// `file:line:column`, or the file alone.
    public var description: String { line == 0 ? "\(file)" : "\(file):\(line):\(column)" }
}

/// Something to say about a configuration.
public struct Diagnostic: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// The stanza, or what it stands in, is not used.
        case error
        /// It is used, and probably not as meant.
        case warning
        /// It is used as meant; something is worth knowing.
        case note
    }

    /// How bad it is.
    public var severity: Severity
    /// Where.
    public var location: SourceLocation
    /// What is wrong, and what to do about it.
    public var message: String
    /// What logrotate says instead; nil where it has no such words.
    public var logrotate: LogrotateText?

    /// A diagnostic.
    public init(
        _ severity: Severity, _ location: SourceLocation, _ message: String, logrotate: LogrotateText? = nil
    ) {
        self.severity = severity
        self.location = location
        self.message = message
        self.logrotate = logrotate
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error: message`.
    public var description: String { "\(location): \(severity.rawValue): \(message)" }
}
