public import LinuxSystem

/// What a watch says of itself to `status`.
public struct WatchRecord: Hashable, Sendable {
    /// Its process.
    public var process: Int32
    /// When it wrote this.
    public var at: Timestamp
    /// When it looks at all of its logs next, at the latest.
    public var next: Timestamp
    /// What it watches, and what is nearest to its limit: one line.
    public var sentence: String

    /// So long it is, with blanks at its end, in bytes: it is overwritten where it is, also on a disk that is full.
    public static let sizeBytes = 1024

    /// What a watch says.
    public init(process: Int32, at: Timestamp, next: Timestamp, sentence: String) {
        self.process = process
        self.at = at
        self.next = next
        self.sentence = sentence
    }

    /// As bytes of a length that never changes.
    public var encoded: [UInt8] {
        // What is cut off is the end of a path that few have.
        var length = min(sentence.count, Self.sizeBytes / 2)
        while true {
            let text = JSONValue.object([
                ("pid", .integer(Int64(process))), ("at", .integer(at.seconds)), ("next", .integer(next.seconds)),
                ("says", .text(String(sentence.prefix(length)))),
            ]).text
            let bytes = Array(text.utf8)
            if bytes.count < Self.sizeBytes || length == 0 {
                let blanks = [UInt8](repeating: UInt8(ascii: " "), count: max(0, Self.sizeBytes - 1 - bytes.count))
                return bytes + blanks + [UInt8(ascii: "\n")]
            }
            length /= 2
        }
    }

    /// nil where these bytes are none.
    public init?(decoding bytes: [UInt8]) {
        guard let end = bytes.lastIndex(of: UInt8(ascii: "}")), let object = FlatJSON(bytes[...end]),
            let process = object[integer: "pid"].flatMap({ Int32(exactly: $0) }), let at = object[integer: "at"],
            let next = object[integer: "next"], let says = object[text: "says"]
        else { return nil }
        self.init(
            process: process, at: Timestamp(seconds: at), next: Timestamp(seconds: next), sentence: says.description)
    }
}
