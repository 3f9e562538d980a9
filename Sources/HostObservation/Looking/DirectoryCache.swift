package import LinuxSystem

/// The directories of a run, each opened and listed once.
package final class DirectoryCache {
    private var opened: [Path: Result<Directory, WalkError>] = [:]
    private var listed: [Path: Result<[Path], SystemError>] = [:]
    private var order: [Path] = []
    private var last: (path: Path, directory: Directory)?

    /// More open directories than this are closed again, the oldest first.
    private static let limit = 4096

    /// Nothing is opened yet.
    package init() {}

    /// The directory under a path.
    package func directory(_ path: Path) throws(WalkError) -> Directory {
        if let known = opened[path] { return try known.get() }
        let result: Result<Directory, WalkError>
        do throws(WalkError) { result = .success(try Directory.open(path)) } catch { result = .failure(error) }
        if order.count >= Self.limit { opened[order.removeFirst()] = nil }
        opened[path] = result
        order.append(path)
        return try result.get()
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
    package func names(in path: Path) throws(WalkError) -> [Path] {
        if let known = listed[path] {
            do throws(SystemError) { return try known.get() } catch { throw .system(error) }
        }
        let directory = try directory(path)
        do throws(SystemError) {
            let names = try directory.sortedNames()
            listed[path] = .success(names)
            return names
        } catch {
            listed[path] = .failure(error)
            throw .system(error)
        }
    }

    /// Forgets what was missing, or changed: it is looked at again.
    package func forget(_ path: Path) {
        opened[path] = nil
        listed[path] = nil
        last = nil
        order.removeAll { $0 == path }
    }
}
