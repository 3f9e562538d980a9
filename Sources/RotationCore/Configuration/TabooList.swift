import LinuxSystem

/// Names that an included directory's files may not have: `tabooext` and `taboopat`.
struct TabooList {
    private var suffixes: [Path] = Self.knownSuffixes {
        didSet { lastBytes = Self.lastBytes(of: suffixes) }
    }
    /// What they end with: nearly no name has to be compared with all of them.
    private var lastBytes = Self.lastBytes(of: Self.knownSuffixes)

    private static let knownSuffixes: [Path] = [
        ",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
        ".dpkg-tmp", ".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~",
    ]
    private var patterns: [Pattern] = []
    /// logrotate lists it among the extensions.
    private var builtIn = [Pattern("*.rhn-cfg-tmp-*")]

    /// Read once, and not for each name.
    private struct Pattern {
        let text: Path
        let glob: GlobPattern

        init(_ text: Path) {
            self.text = text
            glob = GlobPattern(text, hidesDotFiles: false)
        }
    }

    private static func lastBytes(of suffixes: [Path]) -> [UInt8] { suffixes.compactMap { $0.bytes.last } }

    func forbids(_ name: Path) -> Bool { pattern(forbidding: name) != nil }

    /// The pattern that a name may not have.
    func pattern(forbidding name: Path) -> Path? {
        if let last = name.bytes.last, lastBytes.contains(last),
            let suffix = suffixes.first(where: { name.hasSuffix($0) })
        {
            return "*" + suffix
        }
        return (builtIn.first { $0.glob.matches(name) } ?? patterns.first { $0.glob.matches(name) })?.text
    }

    /// A new list, or with `+` more of the old one. False where there is no list.
    mutating func change(_ value: Path, asSuffixes: Bool) -> Bool {
        var words = value.bytes.split { $0.isSpace || $0 == UInt8(ascii: ",") }.map { Path(bytes: $0) }
        let adds = words.first == "+"
        if adds { words.removeFirst() }
        guard adds || !words.isEmpty else { return false }
        if asSuffixes {
            // `,v` loses its comma to the separators.
            if !adds { builtIn = [] }
            suffixes = (adds ? suffixes : []) + words
        } else {
            patterns = (adds ? patterns : []) + words.map { Pattern($0) }
        }
        return true
    }
}
