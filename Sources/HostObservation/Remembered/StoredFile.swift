package import LinuxSystem
import SystemPackage

/// A small file of spillway's own, as a whole.
package enum StoredFile {
    private static let limitBytes = 256 << 20

    /// Its content; nil where it is not there. EFBIG where it is none of spillway's files, which are small.
    package static func read(_ path: Path) throws(WalkError) -> [UInt8]? {
        do throws(WalkError) {
            let directory = try Directory.open(path.directory)
            do throws(SystemError) {
                return try directory.open(path.name, .reading).readAll(limitBytes: limitBytes)
            } catch {
                throw .system(error)
            }
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
    }
}
