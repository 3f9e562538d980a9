import HostObservation
import LinuxSystem
import RotationCore

/// Diagnostics with the lines that they are about.
struct DiagnosticText {
    let screen: Screen
    private let environment = SystemConfigurationEnvironment()
    private var files: [Path: [ArraySlice<UInt8>]] = [:]

    init(screen: Screen) {
        self.screen = screen
    }

    /// The sentence, the line, and a mark under the column.
    mutating func lines(_ diagnostic: Diagnostic) -> [String] {
        let colour: Screen.Colour = diagnostic.severity == .error ? .bad : .warning
        let severity = screen.coloured("\(diagnostic.severity.rawValue):", colour)
        return ["\(diagnostic.location): \(severity) \(diagnostic.message)"] + excerpt(diagnostic.location)
    }

    private mutating func excerpt(_ location: SourceLocation) -> [String] {
        guard location.line > 0, let line = line(location) else { return [] }
        let before = line.prefix(max(0, location.column - 1))
        var text = Self.printable(line)
        var column = Self.printable(before).count
        // As much of a long line as fits, with the place in it.
        if let width = screen.width, text.count > width - Self.margin {
            let start = max(0, min(column - width / 2, text.count - (width - Self.margin)))
            text = String(text.dropFirst(start).prefix(max(1, width - Self.margin)))
            column -= start
        }
        let number = "\(location.line)"
        let padding = String(repeating: " ", count: max(0, Self.margin - 3 - number.count))
        let mark = screen.coloured("^", .good)
        let gutter = String(repeating: " ", count: padding.count + number.count)
        return ["\(padding)\(number) | \(text)", "\(gutter) | \(String(repeating: " ", count: column))\(mark)"]
    }

    /// Columns before the line: its number and a bar.
    private static let margin = 8

    /// Tabs as blanks, so that the mark stands under its column, and nothing that a terminal would obey.
    private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        String(
            String(decoding: bytes, as: UTF8.self).map { character in
                if character == "\t" { return " " }
                let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
                return isControl ? "?" : character
            })
    }

    private mutating func line(_ location: SourceLocation) -> ArraySlice<UInt8>? {
        if files[location.file] == nil {
            guard case .success(.file(let bytes)) = environment.entry(location.file) else {
                files[location.file] = []
                return nil
            }
            files[location.file] = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        }
        guard let lines = files[location.file], location.line <= lines.count else { return nil }
        return lines[location.line - 1]
    }
}
