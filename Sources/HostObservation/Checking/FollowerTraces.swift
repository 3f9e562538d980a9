package import LinuxSystem
package import RotationCore
import SystemPackage

/// Looks for programs that remember how far they have read logs which may be made small, and says where it could not look. It
/// only looks.
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
                    let file = contents.trace(trace, of: log.path, identity, root: root)
                    if let failure = contents.takeFailure() {
                        diagnostics.append(Diagnostic(.note, stanza.location, trace.note(unread: failure)))
                    }
                    guard let file else { continue }
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
        private var known: Set<SystemError> = []
        /// What could not be read, and was not told yet.
        private var failure: SystemError?

        /// The first thing that could not be read since the last call, each of them once.
        mutating func takeFailure() -> SystemError? {
            defer { failure = nil }
            return failure
        }

        /// What is not there is nobody's; what is somebody else's, an ordinary user does not ask about.
        private mutating func note(_ error: SystemError) {
            guard !error.isOfNoConcern, known.insert(error).inserted else { return }
            failure = failure ?? error
        }

        /// The file in which a program remembers a log; nil where there is none, or it cannot be read.
        mutating func trace(
            _ trace: FollowerTrace, of log: Path, _ identity: FileIdentity, root: Path
        ) -> Path? {
            switch trace.place(of: log) {
            case .presence(let file):
                let place = file.hasPrefix(log) ? file : root + file
                return isRegular(place) ? place : nil
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
            let content = read(file)
            files[file] = content
            return content
        }

        private mutating func read(_ file: Path) -> [UInt8] {
            do throws(SystemError) {
                let directory = try Directory.openFollowingLinks(file.directory)
                guard try directory.status(of: file.name)?.kind == .regular else { return [] }
                return try directory.open(file.name, .reading).readAll(limitBytes: limitBytes)
            } catch {
                note(error)
                return []
            }
        }

        private mutating func isRegular(_ file: Path) -> Bool {
            do throws(SystemError) {
                return try Directory.openFollowingLinks(file.directory).status(of: file.name)?.kind == .regular
            } catch {
                note(error)
                return false
            }
        }

        private mutating func names(in directory: Path) -> [Path] {
            if let known = names[directory] { return known }
            var found: [Path] = []
            do throws(SystemError) {
                found = Array(try Directory.openFollowingLinks(directory).sortedNames())
            } catch {
                note(error)
            }
            names[directory] = found
            return found
        }
    }
}

extension SystemError {
    /// Whether nothing is to be said of a place that was looked at in passing: it is not there, cannot be, is no file, or an
    /// ordinary user may not look.
    var isOfNoConcern: Bool {
        switch errno {
        case .noSuchFileOrDirectory, .fileNameTooLong, .isDirectory: true
        case .permissionDenied: Accounts.effectiveUser != 0
        default: false
        }
    }
}
