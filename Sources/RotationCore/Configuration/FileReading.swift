import LinuxSystem

/// Whether what is read as configuration is one: somebody can name /etc by mistake, or an option's value.
struct FileReading: Hashable, Sendable {
    /// Directives and stanzas, and words that are nearly a directive.
    var understood = 0
    /// Words where a directive or a path had to stand.
    var strangers = 0
    /// Whether there is a brace, as every stanza has.
    var hasBrace = false

    /// A few mistakes do not make a configuration another file.
    private static let mistakes = 2

    /// Whether nearly nothing in it is a configuration's.
    var isForeign: Bool {
        if understood == 0, !hasBrace { return strangers > 0 }
        return strangers > Self.mistakes && strangers / 2 > understood
    }

    /// So many bytes are looked at, as grep(1) does.
    private static let sampleBytes = 32 << 10

    /// Whether it is no text at all.
    static func isBinary(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0.prefix(sampleBytes)).place(of: 0) != nil }
    }
}
