import LinuxChanges
import LinuxSystem
import RotationCore

/// A small file of spillway's own that is added to again and again, and opened once: a run that cuts thousands of logs writes
/// a line for each.
final class GrowingFile {
    let file: SafeFile
    private var opened: Opened?

    private final class Opened {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    init(_ file: SafeFile) {
        self.file = file
    }

    /// Adds to its end, in place; it is made where it is not there.
    ///
    /// - Parameter isDurable: whether it is on the disk when this returns.
    func append(_ bytes: [UInt8], isDurable: Bool) throws {
        if try write(bytes, isDurable: isDurable) { return }
        let directory = try SafeFile.openOrMakeDirectory(file.path.directory)
        opened = Opened(try directory.openOwn(file.path.name, mode: file.mode))
        guard try write(bytes, isDurable: isDurable) else { throw StepFailure(FileText.replaced(file.path)) }
    }

    /// False where it is not open, or was replaced or removed since.
    private func write(_ bytes: [UInt8], isDurable: Bool) throws -> Bool {
        guard let opened else { return false }
        let status = try opened.descriptor.status()
        guard status.linkCount > 0 else { return false }
        if !bytes.isEmpty { try opened.descriptor.writeAll(bytes, at: status.sizeBytes) }
        if isDurable { try opened.descriptor.syncData() }
        return true
    }
}
