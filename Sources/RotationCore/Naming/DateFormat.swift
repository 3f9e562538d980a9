public import LinuxSystem

/// The date in an archive's name, read back for sorting.
public struct DateStamp: Hashable, Comparable, Sendable {
    /// The fields from the one that weighs most; those a format has not are 0.
    var fields: [Int64]

    /// The older is less.
    public static func < (left: DateStamp, right: DateStamp) -> Bool {
        left.fields.lexicographicallyPrecedes(right.fields)
    }
}

/// `dateformat`: how a date is written into an archive's name.
public struct DateFormat: Hashable, Sendable {
    private enum Field: UInt8, CaseIterable {
        case epoch = 0x73  // %s
        case year = 0x59  // %Y
        case month = 0x6d  // %m
        case week = 0x56  // %V
        case day = 0x64  // %d
        case hour = 0x48  // %H
        case minute = 0x4d  // %M
        case second = 0x53  // %S
        // It says the least about which is older, and comes last.
        case zone = 0x7a  // %z

        var digits: Int { self == .year || self == .zone ? 4 : 2 }
    }

    private enum Part: Hashable {
        case literal(UInt8)
        case field(Field)
    }

    private let parts: [Part]
    /// Specifiers that are none, kept as they are written, as logrotate does.
    public let unknownSpecifiers: [Path]

    /// A format with %Y %m %d %H %M %S %V %s, and %z, which logrotate 3.22 has.
    public init(_ text: Path) {
        var parts: [Part] = []
        var unknown: [Path] = []
        var rest = text.bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let letter = rest.first else {
                parts.append(.literal(byte))
                continue
            }
            if let field = Field(rawValue: letter) {
                parts.append(.field(field))
                rest.removeFirst()
            } else {
                parts.append(.literal(byte))
                unknown.append(Path(bytes: [byte, letter]))
            }
        }
        self.parts = parts
        unknownSpecifiers = unknown
    }

    /// What is used where no `dateformat` was given.
    public static func standard(for schedule: Schedule) -> DateFormat {
        DateFormat(schedule == .hourly ? "-%Y%m%d%H" : "-%Y%m%d")
    }

    /// Whether the names alone tell which archive is older. Otherwise their times do.
    public var isSortable: Bool {
        let fields = parts.compactMap { part -> Field? in
            if case .field(let field) = part, field != .zone { return field }
            return nil
        }
        if fields.contains(.epoch) { return true }
        // Every field needs those above it: a day without its month says nothing.
        let ladder: [Field] = [.year, .month, .day, .hour, .minute, .second]
        let depth = ladder.prefix { fields.contains($0) }.count
        return depth > 0 && fields.allSatisfy { ladder.prefix(depth).contains($0) }
    }

    /// The date as it stands in a name.
    public func text(_ civil: CivilTime, epochSeconds: Int64) -> Path {
        var bytes: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let byte): bytes.append(byte)
            case .field(.epoch): bytes.append(contentsOf: String(epochSeconds).utf8)
            case .field(.zone): bytes.append(contentsOf: DateFormat.zone(civil, epochSeconds: epochSeconds).utf8)
            case .field(let field):
                let digits = String(DateFormat.value(of: field, in: civil))
                bytes.append(
                    contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, field.digits - digits.utf8.count)))
                bytes.append(contentsOf: digits.utf8)
            }
        }
        return Path(bytes: bytes)
    }

    /// What names with such a date match, for glob(3): as many digits as the date has now.
    public func pattern(for text: Path) -> Path {
        var bytes: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let byte): bytes.append(byte)
            case .field(let field):
                let digits = field == .epoch ? max(1, text.bytes.count(where: \.isDigit) - otherDigits) : field.digits
                if field == .zone { bytes += Array("[-+]".utf8) }
                for _ in 0..<digits { bytes += Array("[0-9]".utf8) }
            }
        }
        return Path(bytes: bytes)
    }

    /// Digits of a date that are not those of the time in seconds.
    private var otherDigits: Int {
        parts.reduce(0) { sum, part in
            switch part {
            case .literal(let byte): sum + (byte.isDigit ? 1 : 0)
            case .field(.epoch): sum
            case .field(let field): sum + field.digits
            }
        }
    }

    /// How far the wall's clock is ahead of UTC: `+0530`.
    private static func zone(_ civil: CivilTime, epochSeconds: Int64) -> String {
        let wall = ((Int64(civil.dayNumber) * 24 + Int64(civil.hour)) * 60 + Int64(civil.minute))
        let minutes = wall - Int64((Double(epochSeconds) / 60).rounded(.down))
        let text = String(abs(minutes) / 60 * 100 + abs(minutes) % 60)
        return (minutes < 0 ? "-" : "+") + String(repeating: "0", count: max(0, 4 - text.count)) + text
    }

    private static func value(of field: Field, in civil: CivilTime) -> Int {
        switch field {
        case .epoch, .zone: 0
        case .year: civil.year
        case .month: civil.month
        case .week: civil.isoWeek
        case .day: civil.day
        case .hour: civil.hour
        case .minute: civil.minute
        case .second: civil.second
        }
    }

    /// Reads a date that the bytes begin with, and says what is left behind it.
    func match(_ bytes: ArraySlice<UInt8>) -> (stamp: DateStamp, rest: ArraySlice<UInt8>)? {
        var rest = bytes
        var values: [Field: Int64] = [:]
        for part in parts {
            switch part {
            case .literal(let byte):
                guard rest.popFirst() == byte else { return nil }
            case .field(.zone):
                let sign = rest.popFirst()
                let digits = rest.prefix(4)
                guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), digits.count == 4,
                    digits.allSatisfy(\.isDigit)
                else { return nil }
                rest = rest.dropFirst(4)
            case .field(let field):
                let width = field == .epoch ? 18 : field.digits
                // A clock that was set before 1970.
                let isNegative = field == .epoch && rest.first == UInt8(ascii: "-")
                if isNegative { rest.removeFirst() }
                let digits = rest.prefix(width).prefix { $0.isDigit }
                guard field == .epoch ? !digits.isEmpty : digits.count == width else { return nil }
                let value = digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
                values[field] = isNegative ? -value : value
                rest = rest.dropFirst(digits.count)
            }
        }
        return (DateStamp(fields: Field.allCases.map { values[$0] ?? 0 }), rest)
    }
}

extension Settings {
    /// How dates are written into archives' names, where they are.
    public var archiveDateFormat: DateFormat {
        dateFormat.map { DateFormat($0) } ?? .standard(for: schedule)
    }

    /// The date that an archive made now has in its name: `dateyesterday` and `datehourago` are in it.
    public func archiveDate(at now: Timestamp, in zone: any Zone) -> Path {
        var time = now
        var civil = zone.civil(at: now)
        if usesYesterday {
            civil = civil.yesterdayAtNoon
            time = zone.time(of: civil)
        }
        if usesHourAgo {
            time.seconds -= 3600
            civil = zone.civil(at: time)
        }
        return archiveDateFormat.text(civil, epochSeconds: time.seconds)
    }
}
