public import LinuxSystem

/// What bytes of a log are: lines, records, or nothing. Pure: the bytes come in.
public enum LogContent {
    /// A line longer than this is cut at a byte, in bytes.
    public static let longestLineBytes: Int64 = 1 << 20
    /// NULs behind a hole, or before one, are the hole's up to this length, in bytes: the largest cluster there is.
    public static let clusterLimitBytes: Int64 = 64 << 10
    /// How much of a log is looked at to tell lines from records, in bytes.
    public static let sampleBytes = 16 << 10

    private static let newline = UInt8(ascii: "\n")
    private static let blank = UInt8(ascii: " ")
    /// Logs that hold records by convention: utmp(5), lastlog(8), faillog(5).
    private static let recordNames: Set<Path> = [
        "wtmp", "btmp", "utmp", "wtmpx", "btmpx", "utmpx", "lastlog", "faillog",
    ]

    /// Whether a log holds records: its name says so, or it has NULs and no line in it.
    ///
    /// A log of lines can hold NULs too, where a file system came back from a crash.
    public static func isBinary(name: Path, sample: ArraySlice<UInt8>) -> Bool {
        if recordNames.contains(name) { return true }
        let hasNUL = sample.withUnsafeBufferPointer { $0.place(of: 0) != nil }
        guard hasNUL, sample.contains(where: { $0 != 0 }) else { return false }
        return !holdsLine(sample)
    }

    /// Whether there is a newline with some printable bytes before it.
    private static func holdsLine(_ sample: ArraySlice<UInt8>) -> Bool {
        let shortest = 4
        var printable = 0
        for byte in sample {
            if byte == newline, printable >= shortest { return true }
            printable = byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t") ? printable + 1 : 0
        }
        return false
    }

    /// Where the last whole line ends, counted from the start of these bytes; nil where there is no newline.
    public static func endOfLastLine(_ bytes: ArraySlice<UInt8>) -> Int? {
        bytes.lastIndex(of: newline).map { $0 - bytes.startIndex + 1 }
    }

    /// How many of these bytes are NULs, from the first on.
    public static func leadingNULs(_ bytes: ArraySlice<UInt8>) -> Int {
        (bytes.firstIndex { $0 != 0 } ?? bytes.endIndex) - bytes.startIndex
    }

    /// How many of these bytes are NULs, from the last back.
    public static func trailingNULs(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.endIndex - (bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex)
    }

    /// Whether bytes are what spillway filled a cluster up with: blanks and a newline at the end, or NULs where it did not
    /// get to that.
    public static func isPadding(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let last = bytes.last, last == newline || last == 0 else { return false }
        return bytes.dropLast().allSatisfy { $0 == 0 || $0 == blank }
    }

    /// What a cluster is filled up with: blanks and a newline.
    public static func padding(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](repeating: blank, count: count - 1) + [newline]
    }
}
