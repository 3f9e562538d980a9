import Glibc

/// The account of a history: every line by its writer and number.
struct Count {
    /// How often each number of a writer was seen, by ID.
    private var seen: [[UInt8]: [UInt8]] = [:]
    private var forms: [[UInt8]: LineForm] = [:]
    private var last: [[UInt8]: Int] = [:]
    private var lines = 0
    private var doubled = 0
    private var broken = 0
    /// Lines with a smaller number than the one before.
    private var misplaced = 0
    /// NUL bytes of archives, and those of live logs that are behind their first data.
    private var nuls = 0
    private var liveNuls = 0
    /// Lines of blanks: what spillway fills a cluster up with.
    private var padding = 0
    private var livePadding = 0
    /// Archives that do not end with a line.
    private var unended = 0
    private var firstBroken: [UInt8]?
    /// Whether the oldest archives have gone: what is left may begin within a line, and with any number.
    private var isTail = false
    private var hasLine = false

    private var carry: [UInt8] = []
    private var isLive = false
    private var hasData = false
    /// Within a line that is longer than any may be.
    private var isSkipping = false
    private let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: LineForm.maximumBytes)

    /// Reads the files in their order: `-` is stdin, `*.gz` is decompressed, `live:FILE` may begin with a hole. Prints one
    /// line of figures; a file that cannot be read to its end is an error. With `--evicted yes` the beginning may be missing.
    static func run(_ arguments: Arguments) {
        var count = Count()
        count.isTail = arguments.values("evicted").last == "yes"
        for word in arguments.words.dropFirst() {
            let isLive = word.hasPrefix("live:")
            count.read(isLive ? String(word.dropFirst(5)) : word, isLive: isLive)
        }
        count.report(arguments.values("expect"))
    }

    // MARK: - Reading

    private mutating func read(_ path: String, isLive: Bool) {
        self.isLive = isLive
        hasData = false
        if path.hasSuffix(".gz") {
            guard let pipe = popen("exec gzip -dc < '\(path)'", "re") else { failOfCall("gzip \(path)") }
            readAll(fileno(pipe), path)
            guard pclose(pipe) == 0 else { fail("\(path) is no whole gzip file") }
        } else if path == "-" {
            readAll(STDIN_FILENO, path)
        } else {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { failOfCall("open \(path)") }
            if isLive { skipHole(descriptor) }
            readAll(descriptor, path)
            close(descriptor)
        }
        // The next archive goes on with the line: that is not whole lines, but nothing is lost by it.
        if !isLive, !carry.isEmpty || isSkipping { unended += 1 }
    }

    /// A log that was cut begins with a hole, or with its head, which is in an archive, and a hole behind that.
    private func skipHole(_ descriptor: Int32) {
        let seekData: Int32 = 3
        if lseek(descriptor, Self.headLength(descriptor), seekData) < 0 { lseek(descriptor, 0, SEEK_END) }
    }

    /// The first blocks with a whole line in them, if NULs follow; 0 where they do not.
    private static func headLength(_ descriptor: Int32) -> Int {
        let size = 64 << 10
        let block = 4096
        return withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { start in
            let count = pread(descriptor, start.baseAddress, size, 0)
            guard count > block, start[0] != 0, let base = start.baseAddress else { return 0 }
            guard let newline = memchr(base, 10, count) else { return 0 }
            let length = (UnsafeRawPointer(newline) - UnsafeRawPointer(base)) / block * block + block
            return length < count && start[length] == 0 ? length : 0
        }
    }

    private mutating func readAll(_ descriptor: Int32, _ path: String) {
        let size = 1 << 20
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer, size)
            guard count >= 0 else { failOfCall("read \(path)") }
            if count == 0 { return }
            take(buffer, count)
        }
    }

    // MARK: - Lines

    private mutating func take(_ buffer: UnsafeMutablePointer<UInt8>, _ count: Int) {
        var position = 0
        while position < count {
            // A line that an archive ends within goes on behind the hole.
            if carry.isEmpty || isLive && !hasData, !isSkipping, buffer[position] == 0 {
                let run = Self.nulRun(buffer + position, count - position)
                noteNuls(run)
                position += run
                continue
            }
            hasData = true
            let rest = count - position
            guard let end = memchr(buffer + position, 10, rest) else {
                keep(buffer + position, rest)
                return
            }
            let length = end - UnsafeMutableRawPointer(buffer + position)
            if isSkipping {
                isSkipping = false
            } else if carry.isEmpty {
                line(UnsafeBufferPointer(start: buffer + position, count: length))
            } else {
                carry.append(contentsOf: UnsafeBufferPointer(start: buffer + position, count: length))
                let whole = carry
                carry = []
                whole.withUnsafeBufferPointer { line($0) }
            }
            position += length + 1
        }
    }

    private mutating func keep(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) {
        guard !isSkipping else { return }
        carry.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        guard carry.count > 1 << 20 else { return }
        note(broken: carry)
        noteNuls(carry.count { $0 == 0 })
        carry = []
        isSkipping = true
    }

    private mutating func noteNuls(_ count: Int) {
        if !isLive { nuls += count } else if hasData { liveNuls += count }
    }

    /// How many NULs are at the beginning; whole blocks at once, for there can be gigabytes of them.
    private static func nulRun(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
        var run = 0
        while count - run >= 4096, memcmp(bytes + run, zeros, 4096) == 0 { run += 4096 }
        while run < count, bytes[run] == 0 { run += 1 }
        return run
    }
    private static let zeros = [UInt8](repeating: 0, count: 4096)

    private mutating func note(broken line: some Collection<UInt8>) {
        broken += 1
        if firstBroken == nil { firstBroken = Array(line.prefix(120)) }
    }

    private mutating func line(_ text: UnsafeBufferPointer<UInt8>) {
        defer { hasLine = true }
        guard let base = text.baseAddress, text.count > 0 else { return notePadding() }
        if text[0] == UInt8(ascii: " "), text.allSatisfy({ $0 == UInt8(ascii: " ") }) { return notePadding() }
        // Digits end it as they must: a file that ends within a line is not read beyond.
        guard let space = memchr(base, 32, text.count) else { return noteBroken(text) }
        let idLength = UnsafeRawPointer(space) - UnsafeRawPointer(base)
        var number = 0
        var position = idLength + 1
        while position < text.count, text[position] >= 48, text[position] <= 57, number < 1 << 40 {
            number = number * 10 + Int(text[position] - 48)
            position += 1
        }
        let id = Array(text[..<idLength])
        let form = forms[id] ?? LineForm(id: id)
        guard idLength < 64, number > 0, number < 1 << 30, text.count < LineForm.maximumBytes,
            form.write(number, to: scratch) == text.count + 1, memcmp(scratch, base, text.count) == 0
        else { return noteBroken(text) }
        forms[id] = form
        note(number, of: id)
    }

    private mutating func notePadding() {
        if isLive { livePadding += 1 } else { padding += 1 }
    }

    private mutating func noteBroken(_ text: UnsafeBufferPointer<UInt8>) {
        // The rest of a line that began in an archive that has gone.
        if isTail, !hasLine { return }
        note(broken: text)
        noteNuls(text.count { $0 == 0 })
    }

    private mutating func note(_ number: Int, of id: [UInt8]) {
        lines += 1
        if number < last[id, default: 0] { misplaced += 1 }
        last[id] = number
        if seen[id, default: []].count <= number {
            seen[id, default: []].append(contentsOf: [UInt8](repeating: 0, count: number + 65_536))
        }
        guard seen[id]?[number] == 0 else {
            doubled += 1
            return
        }
        seen[id]?[number] = 1
    }

    // MARK: - Report

    /// `--expect ID=NUMBER`, or `ID=@FILE` with the file that its writer keeps.
    private mutating func report(_ expectations: [String]) {
        if !carry.isEmpty || isSkipping { note(broken: carry) }
        var lost = 0
        var lostBytes = 0
        var evicted = 0
        var unsent = 0
        var others = lines - doubled
        for expectation in expectations {
            let parts = expectation.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { fail("--expect \(expectation): ID=NUMBER or ID=@FILE") }
            let number = Self.number(parts[1])
            let numbers = seen[Array(parts[0].utf8)] ?? []
            let found = numbers.prefix(number + 1).count { $0 != 0 }
            let all = numbers.count { $0 != 0 }
            if isTail {
                let first = numbers.prefix(number + 1).firstIndex { $0 != 0 } ?? number + 1
                evicted += max(0, first - 1)
                lost -= max(0, first - 1)
            }
            lost += number - found
            if !isTail, found < number {
                lostBytes += bytes(missingIn: numbers, upTo: number, of: Array(parts[0].utf8))
            }
            unsent += all - found
            others -= all
        }
        if let firstBroken { say("first broken line: \(String(decoding: firstBroken, as: UTF8.self))") }
        print(
            "lines=\(lines) lost=\(lost) doubled=\(doubled) broken=\(broken) unsent=\(unsent) others=\(others)",
            "misplaced=\(misplaced) nuls=\(nuls) padding=\(padding) unended=\(unended)",
            "liveNuls=\(liveNuls) livePadding=\(livePadding) lostBytes=\(lostBytes) evicted=\(evicted)")
    }

    /// How long the lines are that were never seen.
    private func bytes(missingIn numbers: [UInt8], upTo last: Int, of id: [UInt8]) -> Int {
        let form = LineForm(id: id)
        return (1...last).reduce(0) { sum, number in
            number < numbers.count && numbers[number] != 0 ? sum : sum + form.write(number, to: scratch)
        }
    }

    private static func number(_ text: Substring) -> Int {
        guard text.hasPrefix("@") else { return Int(text) ?? 0 }
        let descriptor = open(String(text.dropFirst()), O_RDONLY | O_CLOEXEC)
        var number: Int64 = 0
        guard descriptor >= 0, Glibc.read(descriptor, &number, 8) == 8 else { failOfCall("read \(text.dropFirst())") }
        close(descriptor)
        return Int(number)
    }
}
