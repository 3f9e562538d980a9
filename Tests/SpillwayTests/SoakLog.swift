import Foundation

/// A log of the soak: who writes it, how it is emptied, and who follows it.
struct SoakLog: Sendable {
    /// LogWriter's mode, or "rsyslogd".
    var writer: String
    var name: String
    var linesASecond: Int
    /// Its stanza's directives.
    var rules = ""
    /// The name of a `FollowerKind`; "follow" is LogWriter's own.
    var follower: String?

    /// Every kind of writer; each follower where the manual says that it misses nothing. By renaming whoever looks once a second
    /// misses a log that is renamed twice in that second.
    static let all = [
        SoakLog(writer: "append", name: "append", linesASecond: 1500, follower: "imfile"),
        SoakLog(writer: "offset", name: "offset", linesASecond: 800, follower: "tail"),
        SoakLog(writer: "pwrite", name: "pwrite", linesASecond: 500, rules: "method punch", follower: "sec"),
        SoakLog(writer: "writev", name: "writev", linesASecond: 800, follower: "syslog-ng"),
        SoakLog(writer: "osync", name: "osync", linesASecond: 200, follower: "uutils"),
        SoakLog(writer: "buffered", name: "buffered", linesASecond: 800, follower: "busybox"),
        SoakLog(writer: "rsyslogd", name: "rsyslogd", linesASecond: 1500, follower: "follow"),
        SoakLog(writer: "tapdisk", name: "tapdisk", linesASecond: 600, rules: "create\n signal HUP"),
        SoakLog(writer: "reopen", name: "reopen", linesASecond: 600, rules: "create\n signal HUP"),
        SoakLog(writer: "die", name: "held", linesASecond: 200, rules: "create\n method rename"),
        SoakLog(writer: "append", name: "lossless", linesASecond: 400, rules: "lossless", follower: "follow"),
        SoakLog(writer: "offsetend", name: "lossless2", linesASecond: 400, rules: "lossless", follower: "follow"),
    ]
}

/// Numbers that are the same again for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
