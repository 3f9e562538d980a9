import RotationCore
import Testing

struct QuantitiesTests {
    @Test(
        arguments: [
            ("0", 0), ("100", 100), ("100k", 102_400), ("1K", 1024), ("1KB", 1024), ("1KiB", 1024), ("2m", 2 << 20),
            ("100MB", 100 << 20), ("1 M", 1 << 20), ("3G", 3 << 30), ("1T", 1 << 40), ("1TiB", 1 << 40), ("7B", 7),
            ("0x10", 16), ("010k", 8192),
        ] as [(String, Int64)])
    func sizesAsPeopleWriteThem(_ text: String, _ expected: Int64) {
        #expect(Quantities.size(text) == expected)
    }

    @Test(arguments: ["", "k", "-1", "1.5k", "1x", "1kk", "08", "99999999999999999999", "9999999999T", "١"])
    func whatIsNoSize(_ text: String) {
        #expect(Quantities.size(text) == nil)
    }

    @Test func agesAndShares() {
        #expect(Quantities.age("90s", unitSeconds: 1) == 90)
        #expect(Quantities.age("5m", unitSeconds: 1) == 300)
        #expect(Quantities.age("12h", unitSeconds: 1) == 43200)
        #expect(Quantities.age("30", unitSeconds: 86400) == 2_592_000)
        #expect(Quantities.age("4w", unitSeconds: 86400) == 2_419_200)
        #expect(Quantities.age("4y", unitSeconds: 1) == nil)
        #expect(Quantities.amount("10%") == .percent(10))
        #expect(Quantities.amount("2.5%") == .percent(2.5))
        #expect(Quantities.amount("500M") == .bytes(500 << 20))
        #expect(Quantities.amount("101%") == nil)
        #expect(Quantities.amount("%") == nil)
    }
}
