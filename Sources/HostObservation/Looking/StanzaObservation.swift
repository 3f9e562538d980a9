package import LinuxSystem
package import RotationCore

extension Observer {
    /// What was seen for a stanza.
    package struct StanzaObservation {
        package var logs: [LogObservation] = []
        /// The paths it has claimed, also of logs that this run is not for.
        package var claims: [Path] { logs.map(\.path) + otherClaims }
        /// Paths of logs that this run is not for.
        package internal(set) var otherClaims: [Path] = []
        /// What is wrong with patterns or directories, and which path it is about.
        package var problems: [(path: Path, message: String, logrotate: LogrotateText?)] = []
        /// Patterns that match nothing though they should, and how many logs were found before each.
        package var unmatched: [(path: Path, message: String, logrotate: LogrotateText, logsBefore: Int)] = []
        /// Logs that an earlier stanza has claimed, and where they are named again.
        package var duplicates: [(path: Path, location: SourceLocation)] = []
        /// Directories its logs are in, for archives of logs that are gone.
        package var directories: [Path] {
            foundDirectories + patterns.filter { !GlobPattern.isPattern($0.text) }.map(\.text.directory)
        }
        package internal(set) var foundDirectories: [Path] = []
        private let patterns: [LogPattern]

        package init(patterns: [LogPattern]) {
            self.patterns = patterns
        }
    }
}
