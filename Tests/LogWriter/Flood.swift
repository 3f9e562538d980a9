import Glibc

/// A program that has gone wild: so many megabytes a second into a log, and an account of how full its disk was meanwhile.
///
///     LogWriter flood --file LOG --report FILE --rate MB --seconds N [--mode append|offset] [--text FILE]
///
/// With a text its lines are written over and over, each behind its number, in ten digits; without one a single line, always the
/// same. It ends after the seconds, or on SIGTERM.
struct Flood {
    private let path: String
    private let descriptor: Int32
    private let bytesPerSecond: Double
    private let seconds: Double
    private let report: String
    private let source: Source

    private var writtenBytes = 0
    private var writtenLines = 0
    /// Writes that found no room, and for how long that was so.
    private var failures = 0
    private var fullMicroseconds = 0
    private var leastFreeBytes = Int.max
    private var totalBytes = 0

    init(_ arguments: Arguments) {
        Interrupts.prepare(catchesHangUp: false)
        path = arguments.text("file")
        report = arguments.text("report")
        bytesPerSecond = Double(arguments.number("rate", default: 40)) * 1_000_000
        seconds = Double(arguments.number("seconds", default: 60))
        let appends = arguments.values("mode").last != "offset"
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : O_TRUNC), 0o644)
        guard descriptor >= 0 else { failOfCall("open \(path)") }
        source = arguments.values("text").last.map { .numbered(Self.lines(of: $0)) } ?? .same(Self.sameLines)
    }

    private enum Source {
        /// A piece of whole lines, and how many there are.
        case same(([UInt8], Int))
        case numbered([[UInt8]])
    }

    private static var sameLines: ([UInt8], Int) {
        let line = Array(
            "Jun  1 00:00:00 host tapdisk[2345]: watchdog timeout: pending requests idle for 30 seconds\n".utf8)
        let count = (128 << 10) / line.count
        return ((0..<count).flatMap { _ in line }, count)
    }

    private static func lines(of path: String) -> [[UInt8]] {
        guard let file = fopen(path, "re") else { failOfCall("open \(path)") }
        defer { fclose(file) }
        var lines: [[UInt8]] = []
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        while true {
            let count = getline(&buffer, &capacity, file)
            guard count > 0, let buffer else { break }
            lines.append(UnsafeBufferPointer(start: buffer, count: count).map { UInt8(bitPattern: $0) })
        }
        free(buffer)
        guard !lines.isEmpty else { fail("\(path) has no lines") }
        return lines
    }

    mutating func run() {
        let start = microsecondsOfClock()
        var piece: [UInt8] = []
        var lastLook = 0
        while !Interrupts.hasEnd {
            let now = microsecondsOfClock()
            let elapsed = Double(now - start) / 1_000_000
            guard elapsed < seconds else { break }
            if now - lastLook > 5000 {
                look()
                lastLook = now
            }
            // Who was kept from writing makes up for it, as a program with a queue does.
            guard Double(writtenBytes) < elapsed * bytesPerSecond else {
                sleep(microseconds: 500)
                continue
            }
            fill(&piece)
            write(piece, until: start + Int(seconds * 1_000_000))
        }
        close(descriptor)
        look()
        let elapsed = Double(microsecondsOfClock() - start) / 1_000_000
        tell(elapsed)
    }

    private mutating func fill(_ piece: inout [UInt8]) {
        switch source {
        case .same(let (bytes, count)):
            if piece.isEmpty { piece = bytes }
            writtenLines += count
        case .numbered(let lines):
            piece.removeAll(keepingCapacity: true)
            while piece.count < 64 << 10 {
                var number = writtenLines
                var digits: [UInt8] = Array(repeating: 48, count: 11)
                digits[10] = 32
                for place in stride(from: 9, through: 0, by: -1) where number > 0 {
                    digits[place] = UInt8(48 + number % 10)
                    number /= 10
                }
                piece += digits
                piece += lines[writtenLines % lines.count]
                writtenLines += 1
            }
        }
    }

    /// - Parameter deadline: in microseconds; who finds no room any more gives up then.
    private mutating func write(_ piece: [UInt8], until deadline: Int) {
        piece.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var done = 0
            var fullSince: Int?
            while done < bytes.count {
                let count = Glibc.write(descriptor, base + done, bytes.count - done)
                if count >= 0 {
                    done += count
                    continue
                }
                guard errno == ENOSPC || errno == EINTR else { failOfCall("write \(path)") }
                if errno == ENOSPC {
                    failures += 1
                    if fullSince == nil { fullSince = microsecondsOfClock() }
                    look()
                }
                if Interrupts.hasEnd || microsecondsOfClock() > deadline { break }
                sleep(microseconds: 1000)
            }
            writtenBytes += done
            if let fullSince { fullMicroseconds += microsecondsOfClock() - fullSince }
        }
    }

    private mutating func look() {
        var status = statvfs()
        guard fstatvfs(descriptor, &status) == 0 || statvfs(path, &status) == 0 else { return }
        totalBytes = Int(status.f_blocks) * Int(status.f_frsize)
        leastFreeBytes = min(leastFreeBytes, Int(status.f_bavail) * Int(status.f_frsize))
    }

    private func tell(_ elapsed: Double) {
        let text =
            "bytes=\(writtenBytes) lines=\(writtenLines) enospc=\(failures) fullms=\(fullMicroseconds / 1000) leastfree=\(leastFreeBytes) total=\(totalBytes) milliseconds=\(Int(elapsed * 1000))\n"
        guard let file = fopen(report, "we") else { failOfCall("open \(report)") }
        fputs(text, file)
        fclose(file)
    }
}

/// Accounts for the numbered lines of a flood on standard input: which is the first and the last, how many are missing
/// between, how many are there twice or are none.
enum FloodCount {
    static func run() {
        var (lines, first, last, missing, doubled, broken) = (0, -1, -1, 0, 0, 0)
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        guard let input = fdopen(STDIN_FILENO, "r") else { failOfCall("standard input") }
        while true {
            let count = getline(&buffer, &capacity, input)
            guard count > 0, let buffer else { break }
            lines += 1
            var number = 0
            for index in 0..<10 {
                let digit = index < count ? Int(buffer[index]) - 48 : -1
                guard (0...9).contains(digit) else {
                    number = -1
                    break
                }
                number = number * 10 + digit
            }
            guard number >= 0 else {
                broken += 1
                continue
            }
            if first < 0 {
                first = number
            } else if number <= last {
                doubled += 1
                continue
            } else {
                missing += number - last - 1
            }
            last = number
        }
        free(buffer)
        print("lines=\(lines) first=\(first) last=\(last) missing=\(missing) doubled=\(doubled) broken=\(broken)")
    }
}
