import Glibc

/// A process that logs numbered lines until it is told to stop.
struct Writer {
    private let outlet: any Outlet
    private let form: LineForm
    /// Lines a second; 0 as many as it can.
    private let rate: Int
    private let maximumLines: Int
    private let maximumBytes: Int
    private let lateMicroseconds: Int
    /// Lines in one write are between one and this many.
    private let linesInAWrite: Int
    /// What a log may hold before its writer becomes slow: it would outrun the compression of a busy machine for ever.
    private let ceilingBytes: Int
    private let path: String
    private let endsOnHangUp: Bool
    /// While this file is there it writes nothing; signals are answered.
    private let pauseFile: String?
    private let number: LineCounter

    /// What a writer falls back to above the ceiling, in lines a second.
    private var slowRate: Int { rate == 0 ? 100_000 : max(1, rate / 5) }

    /// - Parameter mode: how it opens and writes, and what it does on SIGHUP; see `outlet(for:at:)`.
    init(mode: String, _ arguments: Arguments) {
        path = arguments.text("file").replacingPlaceOfProcess()
        Interrupts.prepare(catchesHangUp: ["tapdisk", "reopen", "second", "ignore", "exit"].contains(mode))
        endsOnHangUp = mode == "exit"
        outlet = Self.outlet(for: mode, at: path)
        form = LineForm(id: arguments.text("id").utf8)
        rate = arguments.number("rate", default: 0)
        maximumLines = arguments.number("count", default: .max)
        maximumBytes = arguments.number("megabytes", default: 1 << 40) << 20
        lateMicroseconds = arguments.number("late", default: 0) * 1000
        let many = ["writev": 1200, "osync": 64]
        linesInAWrite = arguments.number("batch", default: many[mode] ?? 7)
        ceilingBytes = arguments.number("ceiling", default: 24) << 20
        pauseFile = arguments.values("pause").last
        number = LineCounter(arguments.text("done"))
    }

    private static func outlet(for mode: String, at path: String) -> any Outlet {
        switch mode {
        // rsyslog, `>>`: appends, never opens again. "die" is the same under a name that says what a HUP does to it.
        case "append", "die", "ignore", "exit": PlainOutlet(path, flags: O_APPEND)
        case "reopen": PlainOutlet(path, flags: O_APPEND, reopens: true)
        // nsd's first process: it lets go on the second signal.
        case "second": PlainOutlet(path, flags: O_APPEND, reopens: true, ignoredHangUps: 1)
        case "osync": PlainOutlet(path, flags: O_APPEND | O_SYNC)
        // A shell's `>`.
        case "offset": PlainOutlet(path, flags: O_TRUNC)
        case "offsetend": PlainOutlet(path, flags: 0, fromEnd: true)
        // systemd's `StandardOutput=file:`: over the old content, from its first byte.
        case "start": PlainOutlet(path, flags: 0)
        case "pwrite": OwnOffsetOutlet(path)
        // Through rsyslogd, which listens there.
        case "socket": SocketOutlet(path)
        case "writev": VectorOutlet(path)
        case "buffered": StdioOutlet(path, mode: "a", bufferBytes: 64 << 10, reopens: false)
        case "tapdisk": StdioOutlet(path, mode: "w", bufferBytes: 16 << 10, reopens: true)
        default: fail("there is no writer '\(mode)'")
        }
    }

    func run() {
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: (linesInAWrite + 1) * LineForm.maximumBytes)
        var pace = Pace()
        var lines = 0
        var bytes = 0
        var answerAt: Int?
        while !Interrupts.hasEnd {
            if Interrupts.takeHangUp(), answerAt == nil { answerAt = microsecondsOfClock() + lateMicroseconds }
            if let time = answerAt, microsecondsOfClock() >= time {
                answerAt = nil
                // chronyd, slapd: the signal is caught, and means the end.
                if endsOnHangUp { break }
                outlet.hangUp()
            }
            let isFull = lines >= maximumLines || bytes >= maximumBytes || isPaused
            let count = isFull ? 0 : min(linesToWrite(after: lines, &pace), maximumLines - lines)
            guard count > 0 else {
                // A counted run that is over has nothing to wait for but signals.
                sleep(microseconds: isFull ? 10_000 : 300)
                continue
            }
            var length = 0
            for _ in 0..<count {
                lines += 1
                length += form.write(lines, to: buffer + length)
            }
            outlet.write(UnsafeRawBufferPointer(start: buffer, count: length))
            bytes += length
            number.set(lines)
        }
        outlet.close()
    }

    private var isPaused: Bool { pauseFile.map { access($0, F_OK) == 0 } ?? false }

    /// How many lines the next write has; none while the rate asks for none.
    private func linesToWrite(after lines: Int, _ pace: inout Pace) -> Int {
        // Writes of many sizes meet a rotation at many places.
        let wanted = linesInAWrite > 7 ? linesInAWrite : 1 + lines % linesInAWrite
        pace.turns += 1
        // A look at the log now and then: it is the writes that are to be many.
        if pace.turns % 128 == 0 {
            var status = stat()
            pace.isSlow = stat(path, &status) == 0 && status.st_blocks * 512 > ceilingBytes
        }
        if rate == 0, !pace.isSlow {
            pace.owedLines = 0
            pace.seenAt = 0
            return wanted
        }
        let now = microsecondsOfClock()
        if pace.seenAt > 0 {
            pace.owedLines += Double(now - pace.seenAt) * Double(pace.isSlow ? slowRate : rate) / 1_000_000
        }
        pace.seenAt = now
        // Whoever was kept from running for long does not make up for all of it at once.
        pace.owedLines = min(pace.owedLines, 50_000)
        let count = min(wanted, Int(pace.owedLines))
        pace.owedLines -= Double(count)
        return count
    }

    /// How far a writer is behind its rate.
    private struct Pace {
        var turns = 0
        var isSlow = false
        var owedLines = 0.0
        /// When it was looked at last, in microseconds of the clock.
        var seenAt = 0
    }
}

/// How many lines were handed over, in a file that is right at any moment, whatever the process dies of.
private struct LineCounter {
    private let place: UnsafeMutablePointer<Int64>

    init(_ path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0, ftruncate(descriptor, 8) == 0 else { failOfCall("open \(path)") }
        let memory = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { failOfCall("mmap \(path)") }
        place = memory.bindMemory(to: Int64.self, capacity: 1)
        close(descriptor)
    }

    func set(_ number: Int) { place.pointee = Int64(number) }
}

extension String {
    /// tapdisk's log has its process in its name: `%p`.
    fileprivate func replacingPlaceOfProcess() -> String {
        guard let place = firstIndex(of: "%"), self[place...].hasPrefix("%p") else { return self }
        return String(self[..<place]) + String(getpid()) + String(self[index(place, offsetBy: 2)...])
    }
}
