import RotationCore
import Testing

struct ChecksumTests {
    @Test func isThatOfGzip() {
        #expect(Checksum.crc32("123456789".utf8) == 0xcbf4_3926)
        #expect(Checksum.crc32([]) == 0)
    }

    @Test func isTheSameByteByByteAndEightAtATime() {
        var bytes: [UInt8] = []
        var seed: UInt32 = 4711
        for length in 0..<70 {
            var expected: UInt32 = ~0
            for byte in bytes {
                expected ^= UInt32(byte)
                for _ in 0..<8 { expected = expected & 1 == 0 ? expected >> 1 : 0xedb8_8320 ^ (expected >> 1) }
            }
            #expect(Checksum.crc32(bytes) == ~expected, "\(length) bytes")
            #expect(Checksum.crc32(bytes.lazy.map { $0 }) == ~expected, "\(length) bytes")
            seed = seed &* 1_103_515_245 &+ 12345
            bytes.append(UInt8(truncatingIfNeeded: seed >> 16))
        }
    }
}
