public import LinuxSystem

/// What the state file holds: when each log was last rotated. The format is version 2 of logrotate's; version 1 is read.
public struct RotationState: Hashable, Sendable {
    /// When each log was last rotated, on the wall's clock.
    public var lastRotated: [Path: CivilTime] = [:]

    /// Nothing known.
    public init() {}

    private static let header = "logrotate state -- version "

    /// Reads a state file. A line that makes no sense is reported and left out; the others are used.
    public static func decode(_ bytes: [UInt8], file: Path) -> (state: RotationState, diagnostics: [Diagnostic]) {
        var state = RotationState()
        var diagnostics: [Diagnostic] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let location = SourceLocation(file: file, line: index + 1)
            if index == 0 {
                if line.isEmpty { continue }
                let text = Path(bytes: line)
                guard text.hasPrefix(Path(header)), text.hasSuffix("1") || text.hasSuffix("2") else {
                    diagnostics.append(
                        Diagnostic(
                            .error, location,
                            "this is no state file of logrotate's version 1 or 2: nothing in it is used"))
                    return (state, diagnostics)
                }
                continue
            }
            guard line.contains(where: { !$0.isSpace }) else { continue }
            if let (path, time) = entry(line) {
                state.lastRotated[path] = time
            } else {
                diagnostics.append(
                    Diagnostic(
                        .warning, location, "'\(Path(bytes: line))' is no entry of a state file; the others are used"))
            }
        }
        return (state, diagnostics)
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (Path, CivilTime)? {
        var rest = line.drop { $0.isSpace }
        var path: [UInt8] = []
        if rest.first == UInt8(ascii: "\"") {
            rest.removeFirst()
            var isClosed = false
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "\"") {
                    isClosed = true
                    break
                }
                guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                    path.append(byte)
                    continue
                }
                path.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
            }
            guard isClosed else { return nil }
        } else {
            path = Array(rest.prefix { !$0.isSpace })
            rest = rest.dropFirst(path.count)
        }
        let words = rest.split(whereSeparator: \.isSpace)
        guard !path.isEmpty, words.count == 1, let time = time(words[0]) else { return nil }
        return (Path(bytes: path), time)
    }

    /// `2026-11-22-9:5:0`, or without the time.
    private static func time(_ bytes: ArraySlice<UInt8>) -> CivilTime? {
        let numbers = bytes.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
        }
        .map { Int(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count >= 3, numbers.count <= 6, !numbers.contains(nil) else { return nil }
        let parts = numbers.compactMap(\.self) + [0, 0, 0]
        guard (1900...9999).contains(parts[0]), (1...12).contains(parts[1]), (1...31).contains(parts[2]),
            (0...23).contains(parts[3]), (0...59).contains(parts[4]), (0...61).contains(parts[5])
        else { return nil }
        return CivilTime(
            year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4], second: parts[5])
    }

    /// The whole file, in the order of the paths, so that equal states are equal files.
    public func encoded() -> [UInt8] {
        var bytes = Array((RotationState.header + "2\n").utf8)
        for (path, time) in lastRotated.sorted(by: { $0.key < $1.key }) {
            bytes.append(UInt8(ascii: "\""))
            for byte in path.bytes {
                if byte == UInt8(ascii: "\n") {
                    bytes += Array("\\n".utf8)
                    continue
                }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            let date = "\(time.year)-\(time.month)-\(time.day)-\(time.hour):\(time.minute):\(time.second)"
            bytes.append(contentsOf: "\" \(date)\n".utf8)
        }
        return bytes
    }

    /// Forgets logs that were neither seen in this run nor rotated within a year.
    public mutating func forget(unseen seen: Set<Path>, now: CivilTime) {
        lastRotated = lastRotated.filter { path, time in
            seen.contains(path) || now.dayNumber - time.dayNumber <= 366
        }
    }
}
