/// How hard deflate looks for matches: the parameters of zlib's `deflateTune`.
struct DeflateTuning: Equatable {
    /// A match of so many bytes is good enough to look less hard for a better one.
    var good: CInt
    /// Behind a shorter one it looks whether the next byte begins a longer one.
    var lazy: CInt
    /// One of so many is taken at once.
    var nice: CInt
    /// So many earlier places are looked at.
    var chain: CInt

    /// Where zlib's parameters for a level are not the best for logs: measured on the kinds of `Tests/Benchmarks/make-log`,
    /// and on changelogs, traces and listings.
    ///
    /// A line of a log is like its neighbours, so there are many matches, and the best one is often found a byte later
    /// (lazy), while the far end of a hash chain finds little. At level 6 this is an eighth faster than zlib's own values
    /// (8, 16, 128, 128), and smaller.
    static func standard(_ level: Int) -> DeflateTuning? {
        switch level {
        case 5: DeflateTuning(good: 4, lazy: 128, nice: 64, chain: 24)
        case 6: DeflateTuning(good: 4, lazy: 128, nice: 128, chain: 72)
        case 7: DeflateTuning(good: 4, lazy: 128, nice: 128, chain: 160)
        default: nil
        }
    }

    /// What zlib has at a level, which nothing is to be larger than; nil where nothing faster is known.
    static func zlibs(_ level: Int) -> DeflateTuning? {
        level == 6 ? DeflateTuning(good: 8, lazy: 16, nice: 128, chain: 128) : nil
    }

    /// Faster than the standard at level 6, the fastest first: whether they are too large depends on the log. System logs,
    /// access logs and those of tapdisk leave room for the first ones, lines of JSON for the last, and traces of stacks need
    /// the standard.
    static let candidates = [
        DeflateTuning(good: 8, lazy: 128, nice: 128, chain: 24),
        DeflateTuning(good: 16, lazy: 128, nice: 128, chain: 24),
        DeflateTuning(good: 16, lazy: 128, nice: 128, chain: 32),
        DeflateTuning(good: 16, lazy: 128, nice: 128, chain: 44),
    ]
}
