/// A limit that is given in bytes or as a share of the file system.
public enum Amount: Hashable, Sendable {
    /// So many bytes.
    case bytes(Int64)
    /// So many per cent of the file system's size, 0 to 100.
    case percent(Double)
}

/// Numbers with units as people write them.
public enum Quantities {
    /// A size in bytes: a number and, if there is a unit, k, M, G or T in either case, with B or iB behind it if one
    /// likes. All are powers of 1024. A `+` may stand before it.
    public static func size(_ text: String) -> Int64? {
        guard let (number, unit) = split(withoutPlus(text)) else { return nil }
        let factor: Int64? =
            switch unit.lowercased() {
            case "", "b": 1
            case "k", "kb", "kib": 1 << 10
            case "m", "mb", "mib": 1 << 20
            case "g", "gb", "gib": 1 << 30
            case "t", "tb", "tib": 1 << 40
            default: nil
            }
        return factor.flatMap { multiply(number, $0) }
    }

    /// A duration in seconds: a number and s, m, h, d or w. Without a unit the number counts `unitSeconds`.
    public static func age(_ text: String, unitSeconds: Int64) -> Int64? {
        guard let (number, unit) = split(withoutPlus(text)) else { return nil }
        let factor: Int64? =
            switch unit {
            case "": unitSeconds
            case "s": 1
            case "m": 60
            case "h": 3600
            case "d": 86400
            case "w": 7 * 86400
            default: nil
            }
        return factor.flatMap { multiply(number, $0) }
    }

    /// A size, or a share such as `10%`.
    public static func amount(_ text: String) -> Amount? {
        guard text.hasSuffix("%") else { return size(text).map { .bytes($0) } }
        guard let value = Double(text.dropLast()), (0...100).contains(value) else { return nil }
        return .percent(value)
    }

    private static func multiply(_ number: Int64, _ factor: Int64) -> Int64? {
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// A whole number as strtoul(3) reads it with base 0: `0x10` is hexadecimal, `010` octal. A sign may stand before it.
    public static func integer(_ text: String) -> Int? {
        if text.hasPrefix("-") { return digits(text.dropFirst()).flatMap { $0.rest.isEmpty ? Int(-$0.number) : nil } }
        return digits(withoutPlus(text)[...]).flatMap { $0.rest.isEmpty ? Int($0.number) : nil }
    }

    /// strtoul(3) takes a sign before a number: `size +4096k`. Of what is less than nothing only `-0` makes sense.
    private static func withoutPlus(_ text: String) -> String {
        text.hasPrefix("+") || text == "-0" ? String(text.dropFirst()) : text
    }

    private static func digits(_ text: Substring) -> (number: Int64, rest: Substring)? {
        func number(_ text: Substring, radix: Int64) -> (number: Int64, rest: Substring)? {
            var value: Int64 = 0
            var end = text.utf8.startIndex
            while end < text.utf8.endIndex, let digit = hexDigit(text.utf8[end]), digit < radix {
                let (product, overflow) = value.multipliedReportingOverflow(by: radix)
                let (sum, carry) = product.addingReportingOverflow(digit)
                guard !overflow, !carry else { return nil }
                value = sum
                end = text.utf8.index(after: end)
            }
            return end == text.utf8.startIndex ? nil : (value, text[end...])
        }
        let start = text.utf8.prefix(2)
        if start.first == UInt8(ascii: "0"), start.last.map({ $0 | 0x20 }) == UInt8(ascii: "x"),
            let found = number(text[text.utf8.index(text.utf8.startIndex, offsetBy: 2)...], radix: 16)
        {
            return found
        }
        return number(text, radix: start.first == UInt8(ascii: "0") ? 8 : 10)
    }

    private static func hexDigit(_ byte: UInt8) -> Int64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int64(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int64(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private static func split(_ text: String) -> (Int64, Substring)? {
        digits(text[...]).map { ($0.number, $0.rest.drop { $0 == " " }) }
    }
}

extension Quantities {
    /// Bytes as people read them: `512 B`, `1.5 KiB`, `36 MiB`.
    public static func text(bytes count: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while abs(value) >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(count) B" }
        let tenths = (value * 10).rounded() / 10
        let text = tenths == tenths.rounded() ? String(Int64(tenths)) : String(tenths)
        return "\(text) \(units[unit])"
    }
}
