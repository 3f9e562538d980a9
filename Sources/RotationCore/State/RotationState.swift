public import LinuxSystem

/// What the state file holds: when each log was last rotated. The format is version 2 of logrotate's; version 1 is read.
public struct RotationState: Sendable {
    /// When each log was last rotated, on the wall's clock.
    public var lastRotated: PathMap<CivilTime> {
        _read { yield known }
        _modify {
            isChanged = true
            yield &known
        }
    }

    private var known = PathMap<CivilTime>()

    /// How logrotate has written paths with doubled slashes, by the paths with single ones: the way back stays open.
    private var spellings = PathMap<Path>()

    /// Whether it is anything else, or written in any other way, than the file that it was read from: a run in which
    /// nothing happens need not write thousands of lines to know that they are the same.
    public private(set) var isChanged = false

    /// Nothing known.
    public init() {}

    private static let header = "logrotate state -- version "

    /// Reads a state file. A line that makes no sense is reported and left out; the others are used.
    ///
    /// - Parameter name: how its caller calls it, and logrotate with him.
    public static func decode(
        _ bytes: [UInt8], file: Path, called name: Path? = nil
    ) -> (state: RotationState, diagnostics: [Diagnostic]) {
        let newline = UInt8(ascii: "\n")
        var reading = Reading(file: file, name: name ?? file)
        bytes.withUnsafeBufferPointer { buffer in
            var lineCount = 0
            var place = buffer.place(of: newline)
            while let found = place {
                lineCount += 1
                place = buffer.place(of: newline, from: found + 1)
            }
            reading.entries.reserveCapacity(lineCount)
            var number = 0
            var start = 0
            while start <= buffer.count, !reading.isOther {
                let end = buffer.place(of: newline, from: start) ?? buffer.count
                number += 1
                reading.take(UnsafeBufferPointer(rebasing: buffer[start..<end]), number)
                start = end + 1
            }
        }
        var state = RotationState()
        if !reading.isOther {
            state.known = reading.entries
            state.spellings = reading.spellings
        }
        state.isChanged = !reading.isAsWritten || bytes.last != newline
        return (state, reading.diagnostics)
    }

    /// What has been read of a state file.
    private struct Reading {
        let file: Path
        /// What logrotate would call it.
        let name: Path
        var entries = PathMap<CivilTime>()
        var spellings = PathMap<Path>()
        var diagnostics: [Diagnostic] = []
        /// Whether this is somebody else's file.
        var isOther = false
        /// Whether every line was as `encoded` writes it, and in its order.
        var isAsWritten = true
        private var last: Path?

        init(file: Path, name: Path) {
            self.file = file
            self.name = name
        }

        mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) {
            if number == 1 { return takeHeader(line) }
            if let (path, time) = RotationState.writtenEntry(line) {
                if let last, !(last < path) { isAsWritten = false }
                last = path
                take(path, time)
                return
            }
            // The end of the file is no line.
            guard line.contains(where: { !$0.isSpace }) else {
                if !line.isEmpty { isAsWritten = false }
                return
            }
            isAsWritten = false
            if let (path, time) = RotationState.entry(Array(line)[...]) {
                take(path, time)
            } else {
                diagnostics.append(
                    Diagnostic(
                        .warning, SourceLocation(file: file, line: number),
                        "'\(Path(bytes: line))' is no entry of a state file; the others are used",
                        logrotate: .error(RotationState.complaint(about: Array(line)[...], number, name))))
            }
        }

        /// `/var/log//a` is `/var/log/a`; where both are there the later date holds.
        private mutating func take(_ path: Path, _ time: CivilTime) {
            guard path.hasDoubledSlashes else {
                if spellings.isEmpty || spellings[path] == nil || RotationState.isLater(time, than: entries[path]) {
                    entries[path] = time
                }
                return
            }
            let plain = path.withoutDoubledSlashes
            if RotationState.isLater(time, than: entries[plain]) {
                entries[plain] = time
                spellings[plain] = path
            }
        }

        private mutating func takeHeader(_ line: UnsafeBufferPointer<UInt8>) {
            let text = Path(bytes: line)
            if text == Path(RotationState.header + "2") { return }
            isAsWritten = false
            guard !line.isEmpty else { return }
            guard text.hasPrefix(Path(RotationState.header)), text.hasSuffix("1") || text.hasSuffix("2") else {
                isOther = true
                diagnostics.append(
                    Diagnostic(
                        .error, SourceLocation(file: file, line: 1),
                        "this is no state file of logrotate's version 1 or 2: nothing in it is used",
                        logrotate: .error("bad top line in state file \(file)")))
                return
            }
        }
    }

    /// A line just as `encoded` writes it, and without escapes, as nearly all are; nil for any other.
    private static func writtenEntry(_ line: UnsafeBufferPointer<UInt8>) -> (Path, CivilTime)? {
        let quote = UInt8(ascii: "\"")
        guard line.first == quote, let closing = line.place(of: quote, from: 1), closing > 1, closing + 1 < line.count,
            line[closing + 1] == UInt8(ascii: " ")
        else { return nil }
        let path = UnsafeBufferPointer(rebasing: line[1..<closing])
        guard path.place(of: UInt8(ascii: "\\")) == nil else { return nil }
        var position = closing + 2
        func number(endingWith end: UInt8?) -> Int? {
            let start = position
            var value = 0
            while position < line.count, line[position].isDigit, position - start < 4 {
                value = value * 10 + Int(line[position] - UInt8(ascii: "0"))
                position += 1
            }
            // `encoded` writes no leading zeros.
            guard position > start, line[start] != UInt8(ascii: "0") || position == start + 1 else { return nil }
            guard let end else { return position == line.count ? value : nil }
            guard position < line.count, line[position] == end else { return nil }
            position += 1
            return value
        }
        let dash = UInt8(ascii: "-")
        let colon = UInt8(ascii: ":")
        guard let year = number(endingWith: dash), let month = number(endingWith: dash),
            let day = number(endingWith: dash), let hour = number(endingWith: colon),
            let minute = number(endingWith: colon), let second = number(endingWith: nil)
        else { return nil }
        let time = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        return isDate(time) ? (Path(bytes: path), time) : nil
    }

    private static func isLater(_ time: CivilTime, than other: CivilTime?) -> Bool {
        guard let other else { return true }
        let parts = { (time: CivilTime) in [time.year, time.month, time.day, time.hour, time.minute, time.second] }
        return parts(other).lexicographicallyPrecedes(parts(time))
    }

    private static func isDate(_ time: CivilTime) -> Bool {
        (1900...9999).contains(time.year) && (1...12).contains(time.month) && (1...31).contains(time.day)
            && (0...23).contains(time.hour) && (0...59).contains(time.minute) && (0...61).contains(time.second)
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (Path, CivilTime)? {
        guard let (path, date) = split(line), let time = time(date) else { return nil }
        return (path, time)
    }

    /// A path and what stands behind it, if that is one word.
    private static func split(_ line: ArraySlice<UInt8>) -> (Path, ArraySlice<UInt8>)? {
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
        guard !path.isEmpty, words.count == 1 else { return nil }
        return (Path(bytes: path), words[0])
    }

    /// What logrotate says of a line that is no entry: it names the first part of the date that cannot be.
    private static func complaint(about line: ArraySlice<UInt8>, _ number: Int, _ file: Path) -> String {
        let limits = [
            ("year", 1900...2100), ("month", 1...12), ("day", 1...31), ("hour", 0...23), ("minute", 0...59),
            ("second", 0...59),
        ]
        if let (path, date) = split(line) {
            let parts = numbers(date)
            for ((name, range), part) in zip(limits, parts) {
                guard let part else { break }
                if !range.contains(part) { return "bad \(name) \(part) for file \(path) in state file \(file)" }
            }
        }
        return "bad line \(number) in state file \(file)"
    }

    /// `2026-11-22-9:5:0`, or without the time.
    private static func time(_ bytes: ArraySlice<UInt8>) -> CivilTime? {
        let numbers = numbers(bytes)
        guard numbers.count >= 3, numbers.count <= 6, !numbers.contains(nil) else { return nil }
        let parts = numbers.compactMap(\.self) + [0, 0, 0]
        let time = CivilTime(
            year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4], second: parts[5])
        return isDate(time) ? time : nil
    }

    private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int?] {
        bytes.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }
            .map { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// The whole file, in the order of the paths, so that equal states are equal files.
    public func encoded() -> [UInt8] {
        var bytes = Array((RotationState.header + "2\n").utf8)
        // Nearly always they are in order already, as they were read.
        let entries = Array(known)
        let isInOrder = zip(entries, entries.dropFirst()).allSatisfy { $0.0 < $1.0 }
        for (plain, time) in isInOrder ? entries : entries.sorted(by: { $0.0 < $1.0 }) {
            let path = spellings.isEmpty ? plain : spellings[plain] ?? plain
            bytes.append(UInt8(ascii: "\""))
            for byte in path.bytes {
                if byte == UInt8(ascii: "\n") {
                    bytes += Array("\\n".utf8)
                    continue
                }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
            var separator = UInt8(ascii: " ")
            for (number, next) in [
                (time.year, "-"), (time.month, "-"), (time.day, "-"), (time.hour, ":"), (time.minute, ":"),
                (time.second, "\n"),
            ] as [(Int, Unicode.Scalar)] {
                bytes.append(separator)
                bytes.append(contentsOf: String(number).utf8)
                separator = UInt8(ascii: next)
            }
            bytes.append(separator)
        }
        return bytes
    }

    /// Forgets logs that were neither seen in this run nor rotated within a year.
    public mutating func forget(unseen seen: @autoclosure () -> Set<Path>, now: CivilTime) {
        let today = now.dayNumber
        // A year has 366 days at the most; days are counted only where years and months do not tell already.
        let old = known.filter { _, time in
            time.year < now.year - 2 || (time.year < now.year && today - time.dayNumber > 366)
        }
        guard !old.isEmpty else { return }
        let seen = seen()
        for (path, _) in old where !seen.contains(path) { lastRotated[path] = nil }
    }
}

extension RotationState: Equatable {
    /// Equal where the same is known.
    public static func == (left: RotationState, right: RotationState) -> Bool { left.known == right.known }
}
