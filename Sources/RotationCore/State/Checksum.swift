/// CRC-32 as gzip and zlib have it (ISO 3309): of journal slots, which must be known for whole or broken.
public enum Checksum {
    /// Eight tables, of what a byte does that stands 0 to 7 bytes before the end of eight: eight bytes a step.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for index in 0..<UInt32(256) {
            var value = index
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : 0xedb8_8320 ^ (value >> 1) }
            tables.append(value)
        }
        for index in 256..<2048 {
            let before = tables[index - 256]
            tables.append(tables[Int(before & 0xff)] ^ (before >> 8))
        }
        return tables
    }()

    /// The product of two polynomials modulo that of CRC-32, each with its highest power in the lowest bit: the CRC-32 of
    /// bytes times a power of x is what follows of it when others are behind them.
    static func product(_ first: UInt32, _ second: UInt32) -> UInt32 {
        var sum: UInt32 = 0
        var shifted = second
        for bit in stride(from: 31, through: 0, by: -1) {
            if first >> UInt32(bit) & 1 == 1 { sum ^= shifted }
            shifted = shifted & 1 == 1 ? (shifted >> 1) ^ 0xedb8_8320 : shifted >> 1
        }
        return sum
    }

    /// Of these bytes.
    public static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { crc32($0) } ?? Array(bytes).withUnsafeBufferPointer { crc32($0) }
    }

    /// So few bytes are done bit by bit: a run with nothing due has 48, and the tables cost as much as 6,000.
    private static let few = 64

    private static func crc32(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        guard bytes.count > few else {
            return ~bytes.reduce(~0) { value, byte in
                var value = value ^ UInt32(byte)
                for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : 0xedb8_8320 ^ (value >> 1) }
                return value
            }
        }
        return tables.withUnsafeBufferPointer { table in
            var value: UInt32 = ~0
            var index = 0
            let raw = UnsafeRawBufferPointer(bytes)
            while index + 8 <= raw.count {
                let low = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt32.self)) ^ value
                let high = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
                value = table[1792 + Int(low & 0xff)]
                value ^= table[1536 + Int(low >> 8 & 0xff)]
                value ^= table[1280 + Int(low >> 16 & 0xff)]
                value ^= table[1024 + Int(low >> 24)]
                value ^= table[768 + Int(high & 0xff)]
                value ^= table[512 + Int(high >> 8 & 0xff)]
                value ^= table[256 + Int(high >> 16 & 0xff)]
                value ^= table[Int(high >> 24)]
                index += 8
            }
            while index < raw.count {
                value = table[Int((value ^ UInt32(raw[index])) & 0xff)] ^ (value >> 8)
                index += 1
            }
            return ~value
        }
    }
}
