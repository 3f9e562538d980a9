import Glibc

/// Descriptors 0, 1 and 2.
public enum StandardStreams {
    /// Gives /dev/null to those that this process was started without: what it opens next would get their numbers, and its
    /// messages be written there.
    public static func fill() {
        for number in CInt(0)...2 where fcntl(number, F_GETFD) == -1 {
            // The lowest number that is free is this one.
            _ = open("/dev/null", number == 0 ? O_RDONLY : O_WRONLY)
        }
    }
}
