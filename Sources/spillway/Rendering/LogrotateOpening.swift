import LinuxSystem
import RotationCore

/// What logrotate says when it begins with a log: what the new archive is called, and which older ones move.
struct LogrotateOpening {
    let plan: LogPlan
    let settings: Settings
    let isDryRun: Bool
    let now: Timestamp

    private let directory: Path
    private let naming: ArchiveNaming
    /// What its archives end in, as far as it counts them.
    private let suffix: Path

    init(_ plan: LogPlan, _ settings: Settings, isDryRun: Bool, now: Timestamp) {
        self.plan = plan
        self.settings = settings
        self.isDryRun = isDryRun
        self.now = now
        directory = settings.archiveDirectory?.resolved(against: plan.log.directory) ?? plan.log.directory
        naming = ArchiveNaming(log: plan.log.name, settings: settings)
        suffix = settings.compresses ? settings.compressionSuffix : ""
    }

    /// All of it.
    var lines: [String] {
        let title = "rotating log \(plan.log), log->rotateCount is \(LogrotateTrace.number(settings.keep))"
        return [title] + date + (settings.usesDate ? dated : numbered)
    }

    private var date: [String] {
        let text = settings.archiveDate(at: now, in: LocalZone())
        var lines = ["dateext suffix '\(text)'", "glob pattern '\(settings.archiveDateFormat.pattern(for: text))'"]
        if let format = settings.dateFormat {
            lines.insert("Converted '\(format)' -> '\(Self.converted(format))'", at: 0)
        }
        return lines
    }

    /// With every % doubled that begins no part of a date.
    private static func converted(_ format: Path) -> Path {
        var bytes: [UInt8] = []
        for (index, byte) in format.bytes.enumerated() {
            bytes.append(byte)
            guard byte == UInt8(ascii: "%") else { continue }
            let next = index + 1 < format.bytes.count ? format.bytes[index + 1] : 0
            if !"YmdHMSVsz".utf8.contains(next) { bytes.append(byte) }
        }
        return Path(bytes: bytes)
    }
}

// MARK: - Archives with dates

extension LogrotateOpening {
    private var dated: [String] {
        let archives = ((try? Directory.open(directory).names()) ?? []).compactMap { naming.parse($0) }
        var lines: [String] = []
        if delays, archives.allSatisfy(\.isCompressed) { lines.append("glob finding logs to compress failed") }
        if !archives.contains(where: { $0.compressionSuffix == suffix }) {
            lines.append("glob finding old rotated logs failed")
        }
        // The last of them goes with the rotation.
        return lines + removed.dropLast().map { "removing \($0)" }
    }

    /// What goes of its archives.
    private var removed: [Path] {
        plan.finish.flatMap(\.self).compactMap { planned in
            if case .remove(let path, _) = planned.step, path != plan.archive, planned.reason.isRetention {
                path
            } else {
                nil
            }
        }
    }

    private var delays: Bool { settings.compresses && settings.delaysCompression }
}

// MARK: - Archives with numbers

extension LogrotateOpening {
    private struct Shift {
        var number: Int
        var from: Path
        var to: Path
    }

    private var numbered: [String] {
        var lines: [String] = []
        let first = naming.name(number: settings.start)
        if delays, !exists(first) { lines.append("previous log \(directory.appending(first)) does not exist") }
        let shifts = self.shifts
        guard case .count(let count) = settings.keep else {
            return lines + shifts.map { line($0, count: shifts.count) }
        }
        // Without any that is kept one number is moved, and removed.
        let end = settings.start + max(count, 1)
        let beyond = shifts.filter { $0.number >= end }
        // A dry run of logrotate names all numbers, whatever there is.
        if !isDryRun { lines += beyond.map { line($0, count: max(count, 1)) } }
        for number in (settings.start..<end).reversed() {
            let name = self.name(number)
            if let shift = shifts.first(where: { $0.number == number }) {
                lines.append(line(isDryRun ? move(number) : shift, count: max(count, 1)))
            } else if isDryRun || !exists(name) {
                // Looking for what has expired it has found that there is none.
                let isKnown = settings.maximumAgeSeconds != nil && !exists(name)
                if !isKnown { lines.append(line(move(number), count: max(count, 1))) }
                if !isDryRun || isKnown { lines.append("old log \(directory.appending(name)) does not exist") }
            }
        }
        let last = directory.appending(name(end))
        if !exists(last.name), !shifts.contains(where: { $0.number == end - 1 }) {
            lines.append("log \(last) doesn't exist -- won't try to dispose of it")
        }
        return lines
    }

    /// Those that are planned, the oldest first.
    private var shifts: [Shift] {
        plan.prepare.compactMap { planned in
            guard case .shift(let from, let to) = planned.step,
                case .number(let number)? = naming.parse(from.name)?.key
            else { return nil }
            return Shift(number: number, from: from, to: to)
        }
    }

    private func name(_ number: Int) -> Path { naming.name(number: number, compressionSuffix: suffix) }

    private func move(_ number: Int) -> Shift {
        Shift(number: number, from: directory.appending(name(number)), to: directory.appending(name(number + 1)))
    }

    private func exists(_ name: Path) -> Bool { directory.appending(name).status() != nil }

    private func line(_ shift: Shift, count: Int) -> String {
        "renaming \(shift.from) to \(shift.to) (rotatecount \(count), logstart \(settings.start), i \(shift.number)), "
    }
}
