/// How hard the blocks of a stream are looked through, in libdeflate's levels: some of them one level harder than the
/// others, so that the whole becomes as small as it has to be and no slower than that needs.
struct Effort: Equatable {
    /// Of so many blocks in a row `harder` are.
    static let period = 16

    /// From 1 to 9. They mean about what zlib's do, and most logs become smaller: a stream begins with the level it was given.
    var level: Int
    /// How many of `period` blocks are looked through at the next level.
    var harder = 0

    /// The least that makes a stream no larger than a limit.
    ///
    /// Levels are tried from two below the standard one on: a log whose lines repeat is often smaller at a lower one.
    ///
    /// - Parameter size: what the stream becomes at a level.
    static func least(
        _ level: Int, within limit: Int, size: (Int) throws(GzipError) -> Int
    ) throws(GzipError) -> Effort {
        var before: Int?
        for candidate in max(1, level - 2)...9 {
            let now = try size(candidate)
            guard now <= limit else {
                before = now
                continue
            }
            guard let before else { return Effort(level: candidate) }
            let harder = ((before - limit) * period + (before - now - 1)) / (before - now)
            return harder < period ? Effort(level: candidate - 1, harder: harder) : Effort(level: candidate)
        }
        return Effort(level: 9)
    }

    /// What the block with this number, from 0 on, is compressed at.
    func level(ofBlock number: Int) -> Int {
        // Spread evenly.
        let place = number % Self.period
        return (place + 1) * harder / Self.period > place * harder / Self.period ? level + 1 : level
    }
}
