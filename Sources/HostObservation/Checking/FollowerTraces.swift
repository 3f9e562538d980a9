package import LinuxSystem
package import RotationCore

/// Looks for programs that remember how far they have read logs which may be made small. It only looks.
package enum FollowerTraces {
    /// Larger files are not looked into, in bytes: `check` is to be quick.
    private static let limitBytes = 16 << 20

    /// Notes, in the order of the stanzas and their logs.
    ///
    /// - Parameter root: what stands for `/` before the places of those programs.
    package static func notes(_ configuration: Configuration, root: Path = "") -> [Diagnostic] {
        let observer = Observer(cache: DirectoryCache(), state: RotationState(), only: [])
        var contents = Contents()
        var diagnostics: [Diagnostic] = []
        for (index, stanza) in configuration.stanzas.enumerated()
        where !stanza.isBroken && stanza.settings.mayShrinkLogs {
            for log in observer.observe(stanza, index: index, reportsDuplicates: false).logs {
                guard let identity = log.status?.identity else { continue }
                for trace in FollowerTrace.allCases {
                    guard let file = contents.trace(trace, of: log.path, identity, root: root) else { continue }
                    let message = trace.note(on: log.path, found: file)
                    diagnostics.append(Diagnostic(.note, stanza.location, message))
                }
            }
        }
        return diagnostics
    }

    /// Files that were read, each once for all logs.
    private struct Contents {
        private var files: [Path: [UInt8]] = [:]
        private var names: [Path: [Path]] = [:]

        /// The file in which a program remembers a log; nil where there is none, or it cannot be read.
        mutating func trace(
            _ trace: FollowerTrace, of log: Path, _ identity: FileIdentity, root: Path
        ) -> Path? {
            switch trace.place(of: log) {
            case .presence(let file):
                let place = file.hasPrefix(log) ? file : root + file
                let directory = try? Directory.openFollowingLinks(place.directory)
                let status = try? directory?.status(of: place.name)
                return status?.kind == .regular ? place : nil
            case .content(let file):
                let place = root + file
                return trace.names(log, identity, in: content(of: place)) ? place : nil
            case .contents(let directory, let prefix):
                let place = root + directory
                return names(in: place).filter { $0.hasPrefix(prefix) }.map(place.appending)
                    .first { trace.names(log, identity, in: content(of: $0)) }
            }
        }

        private mutating func content(of file: Path) -> [UInt8] {
            if let known = files[file] { return known }
            let content = Self.read(file)
            files[file] = content
            return content
        }

        private static func read(_ file: Path) -> [UInt8] {
            guard let directory = try? Directory.openFollowingLinks(file.directory),
                (try? directory.status(of: file.name))?.kind == .regular,
                let descriptor = try? directory.open(file.name, .reading)
            else { return [] }
            return (try? descriptor.readAll(limitBytes: limitBytes)) ?? []
        }

        private mutating func names(in directory: Path) -> [Path] {
            if let known = names[directory] { return known }
            let found = (try? Directory.openFollowingLinks(directory).sortedNames()).map(Array.init) ?? []
            names[directory] = found
            return found
        }
    }
}
