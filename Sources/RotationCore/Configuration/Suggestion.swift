/// Guesses what a misspelt word was meant to be.
package enum Suggestion {
    /// The candidate that needs the fewest edits, where that is few enough to be a slip of the finger.
    static func closest(to word: String, among candidates: [String]) -> String? {
        // What is much longer than any candidate is no slip of the finger, and comparing takes time.
        guard word.utf8.count <= 40 else { return nil }
        let lowered = word.lowercased()
        let limit = max(1, min(3, word.count / 3))
        let ranked = candidates.map { (distance(lowered, $0), $0) }.min { ($0.0, $0.1) < ($1.0, $1.1) }
        guard let (edits, candidate) = ranked, edits <= limit else { return nil }
        return candidate
    }

    /// Edits that turn one word into the other: insertions, removals, replacements and swaps of neighbours.
    package static func distance(_ first: String, _ second: String) -> Int {
        let left = Array(first.utf8)
        let right = Array(second.utf8)
        var rows = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for row in 0...left.count { rows[row][0] = row }
        for column in 0...right.count { rows[0][column] = column }
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        for row in 1...left.count {
            for column in 1...right.count {
                let replaced = rows[row - 1][column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
                var best = min(replaced, rows[row - 1][column] + 1, rows[row][column - 1] + 1)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, rows[row - 2][column - 2] + 1)
                }
                rows[row][column] = best
            }
        }
        return rows[left.count][right.count]
    }
}
