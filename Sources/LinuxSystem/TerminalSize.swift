import CLinux
import Glibc

/// How large a terminal is.
public enum TerminalSize {
    /// Its columns: ioctl(2), TIOCGWINSZ. nil where it is none, or does not know.
    public static func columns(of descriptor: CInt) -> Int? {
        let columns = spillway_terminal_columns(descriptor)
        return columns > 0 ? Int(columns) : nil
    }
}
