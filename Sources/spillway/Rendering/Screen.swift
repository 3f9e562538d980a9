import Glibc
import HostObservation
import LinuxSystem

/// What standard output is: how wide, and whether colour is welcome.
struct Screen {
    /// Columns; nil where nobody looks at a screen: then nothing is shortened.
    let width: Int?
    private let hasColour: Bool

    /// A screen that is not there: a pipe or a file.
    static let none = Screen(width: nil, hasColour: false)

    init(width: Int?, hasColour: Bool) {
        self.width = width
        self.hasColour = hasColour
    }

    /// This process's standard output, or standard error. `COLUMNS` says how wide a screen is whose driver does not;
    /// `NO_COLOR` (no-color.org) and `TERM=dumb` switch colour off.
    init(of descriptor: CInt) {
        let isScreen = isTerminal(descriptor)
        let columns = Environment.value("COLUMNS").flatMap { Int($0.description) }
        width = columns ?? (isScreen ? TerminalSize.columns(of: descriptor) ?? 80 : nil)
        let isPlain = Environment.value("NO_COLOR").map { !$0.isEmpty } ?? false
        hasColour = isScreen && !isPlain && !Screen.isDumb
    }

    /// Whether the terminal can do nothing but print.
    static var isDumb: Bool { Environment.value("TERM").map { $0 == "dumb" } ?? false }

    /// Colours, by what they mean.
    enum Colour: String {
        case good = "32"
        case warning = "33"
        case bad = "31"
        case heading = "1"
        case faint = "2"
    }

    /// The text in a colour, where there is any.
    func coloured(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }
}
