public import LinuxSystem

/// A pattern for one file name, as glob(7): `*`, `?`, `[...]`, and `\` before a character that means itself.
public struct GlobPattern: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case byte(UInt8)
        case any
        case anything
        case oneOf(ranges: [ClosedRange<UInt8>], negated: Bool)
    }

    private let parts: [Part]
    private let hidesDotFiles: Bool
    /// What stands before and behind the one `*` that most patterns have and nothing else; nil for any other.
    private let ends: Ends?

    private struct Ends: Hashable, Sendable {
        let first: Path
        let last: Path
    }

    /// A pattern. With `hidesDotFiles` a leading dot must be named, as a shell has it.
    public init(_ text: Path, hidesDotFiles: Bool = true) {
        self.hidesDotFiles = hidesDotFiles
        var parts: [Part] = []
        var rest = text.bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): if parts.last != .anything { parts.append(.anything) }
            case UInt8(ascii: "?"): parts.append(.any)
            case UInt8(ascii: "\\"): parts.append(.byte(rest.popFirst() ?? byte))
            case UInt8(ascii: "["):
                if let set = GlobPattern.set(&rest) { parts.append(set) } else { parts.append(.byte(byte)) }
            default: parts.append(.byte(byte))
            }
        }
        self.parts = parts
        ends = GlobPattern.ends(of: parts)
    }

    private static func ends(of parts: [Part]) -> Ends? {
        let literals = parts.split(separator: .anything, omittingEmptySubsequences: false).map { part in
            part.compactMap { part -> UInt8? in
                guard case .byte(let byte) = part else { return nil }
                return byte
            }
        }
        guard literals.count == 2, literals[0].count + literals[1].count == parts.count - 1 else { return nil }
        return Ends(first: Path(bytes: literals[0]), last: Path(bytes: literals[1]))
    }

    /// The set behind a `[`, which is consumed; nil and nothing consumed where its `]` is missing.
    private static func set(_ rest: inout ArraySlice<UInt8>) -> Part? {
        var ahead = rest
        let negated = ahead.first == UInt8(ascii: "!") || ahead.first == UInt8(ascii: "^")
        if negated { ahead.removeFirst() }
        var ranges: [ClosedRange<UInt8>] = []
        var isFirst = true
        while let byte = ahead.popFirst() {
            if byte == UInt8(ascii: "]"), !isFirst {
                rest = ahead
                return .oneOf(ranges: ranges, negated: negated)
            }
            isFirst = false
            if byte == UInt8(ascii: "["), ahead.first == UInt8(ascii: ":"), let known = characterClass(&ahead) {
                ranges += known
                continue
            }
            let low = byte == UInt8(ascii: "\\") ? ahead.popFirst() ?? byte : byte
            if ahead.first == UInt8(ascii: "-"), let high = ahead.dropFirst().first, high != UInt8(ascii: "]") {
                ahead.removeFirst(2)
                if low <= high { ranges.append(low...high) }
            } else {
                ranges.append(low...low)
            }
        }
        return nil
    }

    /// The bytes of a class such as `[:digit:]` behind its first bracket, in the C locale; nil and nothing consumed where
    /// there is none of that name.
    private static func characterClass(_ rest: inout ArraySlice<UInt8>) -> [ClosedRange<UInt8>]? {
        let body = rest.dropFirst()
        guard let end = body.firstIndex(of: UInt8(ascii: ":")), body[end...].dropFirst().first == UInt8(ascii: "]")
        else { return nil }
        func ranges(_ pairs: String...) -> [ClosedRange<UInt8>] {
            pairs.compactMap { pair in
                guard let low = pair.utf8.first, let high = pair.utf8.last, low <= high else { return nil }
                return low...high
            }
        }
        let found: [ClosedRange<UInt8>]
        switch String(decoding: body[..<end], as: UTF8.self) {
        case "digit": found = ranges("09")
        case "alpha": found = ranges("AZ", "az")
        case "alnum": found = ranges("09", "AZ", "az")
        case "lower": found = ranges("az")
        case "upper": found = ranges("AZ")
        case "xdigit": found = ranges("09", "AF", "af")
        case "punct": found = ranges("!/", ":@", "[`", "{~")
        case "space": found = [9...13, 32...32]
        case "blank": found = [9...9, 32...32]
        case "cntrl": found = [0...31, 127...127]
        case "graph": found = ranges("!~")
        case "print": found = ranges(" ~")
        default: return nil
        }
        rest = body[end...].dropFirst(2)
        return found
    }

    /// Whether a text has wildcards at all.
    public static func isPattern(_ text: Path) -> Bool {
        text.bytes.contains {
            $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "\\")
        }
    }

    /// Whether a name fits.
    public func matches(_ name: Path) -> Bool {
        let bytes = name.bytes
        if hidesDotFiles, bytes.first == UInt8(ascii: "."), parts.first != .byte(UInt8(ascii: ".")) { return false }
        if let ends {
            return bytes.count >= ends.first.bytes.count + ends.last.bytes.count && name.hasPrefix(ends.first)
                && name.hasSuffix(ends.last)
        }
        var part = 0
        var index = 0
        // Where the last `*` stands and what it has swallowed so far: enough to try again from, for any pattern.
        var retry: (part: Int, index: Int)?
        while index < bytes.count {
            if part < parts.count, parts[part] == .anything {
                retry = (part, index)
                part += 1
            } else if part < parts.count, GlobPattern.fits(parts[part], bytes[index]) {
                part += 1
                index += 1
            } else if let back = retry {
                retry = (back.part, back.index + 1)
                part = back.part + 1
                index = back.index + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .anything }
    }

    private static func fits(_ part: Part, _ byte: UInt8) -> Bool {
        switch part {
        case .byte(let wanted): byte == wanted
        case .any: true
        case .anything: false
        case .oneOf(let ranges, let negated): ranges.contains { $0.contains(byte) } != negated
        }
    }
}

extension GlobPattern {
    /// Whether a whole path fits a pattern of as many parts.
    public static func matches(path: Path, pattern: Path) -> Bool {
        let parts = path.components
        let patterns = pattern.components
        guard parts.count == patterns.count else { return false }
        return zip(parts, patterns).allSatisfy { GlobPattern($1).matches($0) }
    }
}
