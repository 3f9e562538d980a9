package import LinuxSystem
package import RotationCore
import SystemPackage

/// The state file: when each log was last rotated.
package struct StateFile {
    /// Where it is; `/dev/null` for none.
    package let path: Path
    /// How its caller calls it.
    private let name: Path
    private let takesOver: Bool

    /// The state under a path; `/dev/null` for none. nil is the default path, which takes logrotate's dates over.
    package init(path: Path?) {
        self.path = path?.resolved(against: Environment.workingDirectory) ?? DefaultPlaces.state
        name = path ?? self.path
        takesOver = path == nil && Accounts.effectiveUser == 0
    }

    /// The file that this name leads to by a link; nil where it is no link that can be trusted.
    package var linked: StateFile? {
        guard let (directory, name) = try? Directory.place(of: path) else { return nil }
        let target = directory.path.appending(name)
        return target == path ? nil : StateFile(path: target, name: self.name, takesOver: takesOver)
    }

    private init(path: Path, name: Path, takesOver: Bool) {
        self.path = path
        self.name = name
        self.takesOver = takesOver
    }

    /// Whether nothing is remembered between runs.
    package var isNone: Bool { path == "/dev/null" }

    /// What a state file says.
    package struct Content {
        /// When each log was last rotated.
        package var state = RotationState()
        /// What is wrong with the file.
        package var diagnostics: [Diagnostic] = []
        /// Whether the file itself is known, and a state.
        package var isStored = false
        /// Whether it was read from a journal, where it waits for room.
        package var isWaiting = false
        /// Whether it is somebody's other file, named by mistake: it is neither replaced nor changed.
        package var isForeign = false
        /// Whether there is no such file.
        package var isMissing = false
    }

    /// Reads it.
    ///
    /// - Parameter reserved: what waits in the journal: what an earlier run could not write is newer than the file.
    package func read(waiting reserved: ReservedState?) throws(WalkError) -> Content {
        var content = Content()
        guard !isNone else { return content }
        let found: [UInt8]?
        do throws(WalkError) {
            found = try StoredFile.read(path)
        } catch {
            guard error.errno == .tooManySymbolicLinkLevels, let linked else { throw error }
            return try linked.read(waiting: reserved)
        }
        let file = found ?? []
        content.isMissing = found == nil
        let waiting = reserved.flatMap { $0.file == path && !$0.content.isEmpty ? $0.content : nil }
        content.isWaiting = waiting != nil
        let bytes = waiting ?? file
        if !bytes.isEmpty {
            (content.state, content.diagnostics) = RotationState.decode(bytes, file: path, called: name)
            content.isForeign = content.diagnostics.contains { $0.severity == .error }
            content.isStored = !content.isForeign
            return content
        }
        guard takesOver else { return content }
        for predecessor in DefaultPlaces.predecessors {
            if let bytes = try StoredFile.read(predecessor), !bytes.isEmpty {
                (content.state, content.diagnostics) = RotationState.decode(bytes, file: predecessor)
                return content
            }
        }
        return content
    }
}
