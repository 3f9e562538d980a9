import Glibc

/// Names that are to be put in order: sorted as places in one piece of memory, because paths are counted references, and each
/// comparison of two would count.
struct NameSorter {
    private var bytes: [UInt8] = []
    private var places: [Place] = []

    /// Where a name is, and its first bytes that are not all names': nearly always they tell which comes first.
    private struct Place {
        var start: Int32
        var count: Int32
        var key: UInt64 = 0

        init(start: Int32, count: Int32) {
            self.start = start
            self.count = count
        }

        mutating func readKey(behind common: Int, _ base: UnsafePointer<UInt8>) {
            for index in common..<common + 8 {
                key = (key << 8) | (index < Int(count) ? UInt64(base[Int(start) + index]) : 0)
            }
        }
    }

    /// One more. More than 2 GiB of names are not taken.
    mutating func add(_ name: UnsafeBufferPointer<UInt8>) {
        guard bytes.count + name.count < Int32.max else { return }
        places.append(Place(start: Int32(bytes.count), count: Int32(name.count)))
        bytes.append(contentsOf: name)
    }

    /// All of them in the order of their bytes.
    consuming func sorted() -> SortedNames {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return SortedNames() }
            let common = Self.commonCount(places, base)
            for index in places.indices { places[index].readKey(behind: common, base) }
            places.sort { first, second in
                if first.key != second.key { return first.key < second.key }
                let order = memcmp(
                    base + Int(first.start), base + Int(second.start), Int(min(first.count, second.count)))
                return order == 0 ? first.count < second.count : order < 0
            }
            return SortedNames(count: places.count, byteCount: buffer.count) { index in
                UnsafeBufferPointer(start: base + Int(places[index].start), count: Int(places[index].count))
            }
        }
    }

    /// How many bytes all names begin with alike, at the most as many as the shortest has.
    private static func commonCount(_ places: [Place], _ base: UnsafePointer<UInt8>) -> Int {
        guard let first = places.first else { return 0 }
        var common = Int(first.count)
        for place in places {
            common = min(common, Int(place.count))
            var same = 0
            while same < common, base[Int(first.start) + same] == base[Int(place.start) + same] { same += 1 }
            common = same
        }
        return common
    }
}
