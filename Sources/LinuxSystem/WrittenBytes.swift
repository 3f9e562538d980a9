import SystemPackage

/// How much these processes have written so far, to whatever files, in bytes: `wchar` of /proc/PID/io. nil where one of them
/// cannot be looked into, or has gone.
///
/// What is written between two looks is what its file cannot tell any more once it was truncated. A write is counted when its
/// call returns, after its bytes are in the file: `WritesInFlight` tells when that has happened.
public func writtenBytes(by processes: Set<Int32>) -> Int64? {
    var sum: Int64 = 0
    for process in processes {
        guard let text = (try? ProcessFile.text(process, "io")) ?? nil,
            let count = ProcessFile.number("wchar", in: text)
        else { return nil }
        sum += count
    }
    return sum
}
