import LinuxSystem
import Testing

struct PathIndexTests {
    /// Whatever is put in and taken out, in whatever order, there is what a dictionary would have.
    @Test func aMapIsWhatADictionaryWouldBe() {
        var random = SystemRandomNumberGenerator()
        var map = PathMap<Int>()
        var dictionary: [Path: Int] = [:]
        for step in 0..<20_000 {
            // Few enough that many are met again, of all lengths about eight bytes.
            let number = Int.random(in: 0..<700, using: &random)
            let path = Path("/l/" + String(repeating: "x", count: number % 11) + "\(number)")
            switch Int.random(in: 0..<5, using: &random) {
            case 0: (map[path], dictionary[path]) = (nil, nil)
            case 1:
                let known = dictionary[path]
                #expect(map.claim(path, step) == known)
                if known == nil { dictionary[path] = step }
            default: (map[path], dictionary[path]) = (step, step)
            }
        }
        #expect(map.count == dictionary.count)
        #expect(Set(map.keys) == Set(dictionary.keys))
        for (path, value) in dictionary { #expect(map[path] == value) }
        #expect(map["/l/none"] == nil)
        #expect(Dictionary(uniqueKeysWithValues: map.map { ($0.0, $0.1) }) == dictionary)
    }

    @Test func mapsAreEqualInWhateverOrderTheyWereFilled() {
        let one: PathMap = ["/a": 1, "/b": 2, "/c": 3]
        var other: PathMap = ["/c": 3, "/x": 0, "/a": 1, "/b": 2]
        #expect(one != other)
        other["/x"] = nil
        #expect(one == other)
        other["/b"] = 4
        #expect(one != other)
    }

    @Test func theFirstNameOfAFileIsKept() {
        var files = FileIdentityIndex()
        for inode in UInt64(0)..<5000 {
            #expect(files.first(FileIdentity(device: inode % 3, inode: inode / 3), Int32(inode)) == Int32(inode))
        }
        for inode in UInt64(0)..<5000 {
            #expect(files.first(FileIdentity(device: inode % 3, inode: inode / 3), -1) == Int32(inode))
        }
    }
}
