import LinuxSystem

/// The content of a file as text.
func text(_ file: borrowing Descriptor) throws -> String {
    String(decoding: try file.readAll(limitBytes: 1 << 20), as: UTF8.self)
}
