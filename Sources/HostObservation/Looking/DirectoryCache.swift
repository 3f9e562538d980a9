package import LinuxSystem

/// The directories of a run, each opened and listed once.
package final class DirectoryCache {
    private var opened = PathMap<Opened>()
    private var listed = PathMap<Listed>()
    private var order: [Path] = []
    private var last: (path: Path, directory: Directory)?

    // `Result` would have the runtime look for how its errors are ones, at every start.
    private enum Opened {
        case open(Directory)
        case failed(WalkError)
    }

    private enum Listed {
        case names(SortedNames)
        case failed(SystemError)
    }

    /// More open directories than this are closed again, the oldest first.
    private static let limit = 4096

    /// Nothing is opened yet.
    package init() {}

    /// The directory under a path.
    package func directory(_ path: Path) throws(WalkError) -> Directory {
        switch opened[path] {
        case .open(let directory)?: return directory
        case .failed(let error)?: throw error
        case nil: break
        }
        if order.count >= Self.limit { opened[order.removeFirst()] = nil }
        order.append(path)
        do throws(WalkError) {
            let directory = try Directory.open(path)
            opened[path] = .open(directory)
            return directory
        } catch {
            opened[path] = .failed(error)
            throw error
        }
    }

    /// The directory that a file is in. Log after log is in the same one: it is known without a path being made of it.
    package func directory(of file: Path) throws(WalkError) -> Directory {
        if let last, file.isDirectly(in: last.path) { return last.directory }
        let path = file.directory
        let directory = try directory(path)
        last = (path, directory)
        return directory
    }

    /// The names in it, sorted.
    package func names(in path: Path) throws(WalkError) -> SortedNames {
        switch listed[path] {
        case .names(let names)?: return names
        case .failed(let error)?: throw .system(error)
        case nil: break
        }
        let directory = try directory(path)
        do throws(SystemError) {
            let names = try directory.sortedNames()
            listed[path] = .names(names)
            return names
        } catch {
            listed[path] = .failed(error)
            throw .system(error)
        }
    }

    /// The names in it, where it was listed before.
    package func listing(of path: Path) -> SortedNames? {
        if case .names(let names)? = listed[path] { names } else { nil }
    }

    /// Forgets what was missing, or changed: it is looked at again.
    package func forget(_ path: Path) {
        opened[path] = nil
        listed[path] = nil
        last = nil
        order.removeAll { $0 == path }
    }
}
