import Glibc
public import LinuxSystem

/// This process's standard output.
public enum StandardOutput {
    /// Writes all of `buffer`: write(2), repeated after short writes. Throws EPIPE where nobody reads it any more, if SIGPIPE
    /// is ignored.
    public static func writeAll(_ buffer: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let window = UnsafeRawBufferPointer(rebasing: rest)
            let count = try call("write to", "standard output") { write(1, window.baseAddress, window.count) }
            rest = rest.dropFirst(count)
        }
    }
}
