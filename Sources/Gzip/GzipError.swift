/// What can be wrong with a compressed stream.
public enum GzipError: Error, Hashable, Sendable {
    /// It ends in the middle of a member.
    case truncated
    /// It is no gzip stream, or its checksum does not fit; zlib's words.
    case corrupt(String)
    /// zlib or libdeflate had no memory.
    case outOfMemory
    /// The level is none of 1 to 9.
    case invalidLevel(Int)
    /// What was made of a block does not say what the block said.
    case failed
    /// More was to be compressed after an error, or after the end.
    case ended
}

extension GzipError: CustomStringConvertible {
    /// A sentence.
    public var description: String {
        switch self {
        case .truncated: "the compressed data end too early"
        case .corrupt(let reason): "the compressed data are damaged (\(reason))"
        case .outOfMemory: "there is no memory to compress or to read what is compressed"
        case .invalidLevel(let level): "\(level) is no compression level: 1 to 9"
        case .failed: "what a block was compressed to cannot be read back"
        case .ended: "the compression has ended, or failed before"
        }
    }
}
