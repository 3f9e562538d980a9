import LinuxSystem

/// Columns for people: as wide as they need to be, fewer where the screen is narrow.
struct TextTable {
    /// A column.
    struct Column {
        var title: String
        var isRight = false
        /// The least important go first where there is no room; 0 stays.
        var importance = 0
        /// It takes what is left, and is shortened in its middle where that is not enough.
        var isElastic = false
        /// It is not made wider than this.
        var limit = Int.max
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    /// The lines, the titles first.
    ///
    /// - Parameter width: of the screen; nil: nothing is left out or shortened.
    func lines(width: Int?) -> [String] {
        var shown = Array(columns.indices)
        var widths = columns.indices.map { column in
            min(columns[column].limit, max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0))
        }
        if let width {
            func total() -> Int { shown.reduce(2 * (shown.count - 1)) { $0 + minimum($1, widths) } }
            while total() > width,
                let least = shown.filter({ columns[$0].importance > 0 })
                    .max(by: { columns[$0].importance < columns[$1].importance })
            {
                shown.removeAll { $0 == least }
            }
            if let elastic = shown.first(where: { columns[$0].isElastic }) {
                let others = shown.filter { $0 != elastic }.reduce(2 * (shown.count - 1)) { $0 + widths[$1] }
                widths[elastic] = max(Self.leastElastic, min(widths[elastic], width - others))
            }
        }
        return ([columns.map(\.title)] + rows).map { line(of: $0, shown, widths) }
    }

    private static let leastElastic = 12

    private func minimum(_ column: Int, _ widths: [Int]) -> Int {
        columns[column].isElastic ? min(widths[column], 24) : widths[column]
    }

    private func line(of row: [String], _ shown: [Int], _ widths: [Int]) -> String {
        let parts = shown.map { column in
            let text = Self.shortened(row[column], to: widths[column])
            let padding = String(repeating: " ", count: widths[column] - text.count)
            return columns[column].isRight ? padding + text : text + padding
        }
        var line = parts.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// The beginning and, what tells more in a path, the end.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        guard width > 3 else { return String(text.suffix(width)) }
        let head = (width - 1) / 3
        return text.prefix(head) + "…" + text.suffix(width - 1 - head)
    }
}
