import Glibc

/// The lines of one writer: `ID NUMBER PAYLOAD CHECKSUM`, lengths varied.
///
/// Every byte follows from the ID and the number, so that whoever finds a line can tell whether it is whole, and a program
/// that was not optimised still makes some 100,000 a second: it copies, and computes next to nothing.
struct LineForm {
    /// More than any line has.
    static let maximumBytes = 4096

    private let prefix: [UInt8]
    private let seed: UInt32

    init(id: some Sequence<UInt8>) {
        prefix = Array(id) + [UInt8(ascii: " ")]
        seed = prefix.reduce(5381) { $0 &* 33 &+ UInt32($1) }
    }

    /// Letters to take payloads from, never two alike at one place.
    private static let letters: [UInt8] = {
        var state: UInt32 = 1
        return (0..<8192).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(ascii: "a") + UInt8((state >> 24) % 26)
        }
    }()

    /// Writes a line with its end, and returns its length.
    func write(_ number: Int, to line: UnsafeMutablePointer<UInt8>) -> Int {
        var length = prefix.count
        prefix.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { memcpy(line, base, bytes.count) }
        }
        length += Self.writeDecimal(number, to: line + length)
        line[length] = UInt8(ascii: " ")
        length += 1
        let mixed = Self.mix(UInt32(truncatingIfNeeded: number) ^ seed)
        let payload = number % 997 == 0 ? 2000 : 10 + Int(mixed >> 16) % 110
        Self.letters.withUnsafeBufferPointer { letters in
            if let base = letters.baseAddress { memcpy(line + length, base + Int(mixed % 4096), payload) }
        }
        length += payload
        line[length] = UInt8(ascii: " ")
        Self.writeHexadecimal(mixed, to: line + length + 1)
        line[length + 9] = UInt8(ascii: "\n")
        return length + 10
    }

    private static func mix(_ value: UInt32) -> UInt32 {
        var mixed = value
        mixed ^= mixed >> 16
        mixed = mixed &* 0x7feb_352d
        mixed ^= mixed >> 15
        mixed = mixed &* 0x846c_a68b
        return mixed ^ mixed >> 16
    }

    private static func writeDecimal(_ number: Int, to place: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 1
        var power = 10
        while power <= number {
            count += 1
            power *= 10
        }
        var rest = number
        var position = count
        while position > 0 {
            position -= 1
            place[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
        return count
    }

    private static func writeHexadecimal(_ value: UInt32, to place: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var position = 8
        while position > 0 {
            position -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            place[position] = digit < 10 ? 48 + digit : 87 + digit
            rest >>= 4
        }
    }
}
