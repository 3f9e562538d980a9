public import LinuxSystem

/// How archives are compressed, and what they are called then.
extension Settings {
    // A dozen, looked through: for a table the runtime would search for how its keys are hashed, at every start.
    private static let suffixes: [(program: String, suffix: Path)] = [
        ("gzip", ".gz"), ("pigz", ".gz"), ("bzip2", ".bz2"), ("pbzip2", ".bz2"), ("xz", ".xz"), ("pixz", ".xz"),
        ("lzma", ".lzma"), ("zstd", ".zst"), ("lz4", ".lz4"), ("lzop", ".lzo"), ("lzip", ".lz"), ("compress", ".Z"),
        ("zip", ".zip"),
    ]

    /// Extensions that compressing programs give, by which archives of an earlier configuration are known.
    public static let knownCompressionSuffixes: [Path] = suffixes.map(\.suffix).sorted().reduce(into: []) {
        known, suffix in
        if known.last != suffix { known.append(suffix) }
    }

    private var compressProgramName: String {
        compressCommand?.split(separator: "/").last.map(String.init) ?? "gzip"
    }

    /// The extension of a compressed archive.
    public var compressionSuffix: Path {
        compressExtension ?? suffixOfProgram ?? ".gz"
    }

    /// What the archives of this program end in as a rule; nil for one that is not known.
    var suffixOfProgram: Path? { Settings.suffixes.first { $0.program == compressProgramName }?.suffix }

    /// How archives are compressed; nil where they are not. gzip(1) with nothing but a level is done in this process.
    public var compression: Compression? {
        guard compresses else { return nil }
        let options = compressOptions.flatMap { Path($0).quotedWords } ?? []
        if compressProgramName == "gzip" {
            if options.isEmpty { return .gzip(level: compressLevel ?? 6) }
            if let level = Settings.levelOption(options) { return .gzip(level: compressLevel ?? level) }
        }
        var words = options
        if words.isEmpty, let compressLevel { words = ["-\(compressLevel)"] }
        return .program(command: compressCommand ?? "gzip", options: words)
    }

    private static func levelOption(_ options: [String]) -> Int? {
        guard options.count == 1 else { return nil }
        switch options[0] {
        case "--fast": return 1
        case "--best": return 9
        default:
            guard options[0].count == 2, options[0].hasPrefix("-"), let level = Int(options[0].dropFirst()) else {
                return nil
            }
            return (1...9).contains(level) ? level : nil
        }
    }
}
