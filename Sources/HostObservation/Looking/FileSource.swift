import LinuxSystem

/// A file read from its start to its end.
final class FileSource {
    private let file: Descriptor
    private var offset: Int64 = 0

    init(_ file: consuming Descriptor) {
        self.file = file
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try file.read(into: buffer, at: offset)
        offset += Int64(count)
        return count
    }
}
