/// Hands out numbers, each once, from the newest archive to the oldest.
struct Numbering {
    private var last: Int
    private let isObstructed: (Int) -> Bool

    init(start: Int, isObstructed: @escaping (Int) -> Bool) {
        last = start - 1
        self.isObstructed = isObstructed
    }

    /// The next number that is not lower.
    mutating func next(atLeast number: Int) -> Int {
        last = max(last + 1, number)
        while isObstructed(last) { last += 1 }
        return last
    }
}
