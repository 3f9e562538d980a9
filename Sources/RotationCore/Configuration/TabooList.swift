import LinuxSystem

/// Names that an included directory's files may not have: `tabooext` and `taboopat`.
struct TabooList {
    private var suffixes: [Path] = [
        ",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
        ".dpkg-tmp", ".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~",
    ]
    private var patterns: [Path] = []
    /// logrotate lists it among the extensions.
    private var builtIn: [Path] = ["*.rhn-cfg-tmp-*"]

    func forbids(_ name: Path) -> Bool { pattern(forbidding: name) != nil }

    /// The pattern that a name may not have.
    func pattern(forbidding name: Path) -> Path? {
        if let suffix = suffixes.first(where: { name.hasSuffix($0) }) { return "*" + suffix }
        return (builtIn + patterns).first { GlobPattern($0, hidesDotFiles: false).matches(name) }
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
            patterns = (adds ? patterns : []) + words
        }
        return true
    }
}
