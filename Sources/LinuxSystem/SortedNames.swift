import Glibc

/// The names in a directory, in the order of their bytes: in one piece of memory, of which paths are made as they are asked for.
/// A hundred thousand of them would each be a counted piece of its own.
public struct SortedNames: Sendable {
    private var bytes: [UInt8] = []
    /// Where each name ends in `bytes`; the next begins there.
    private var ends: [Int32] = []

    /// No names.
    public init() {}

    /// Names that are in order already.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - name: the bytes of each.
    init(count: Int, byteCount: Int, _ name: (Int) -> UnsafeBufferPointer<UInt8>) {
        bytes.reserveCapacity(byteCount)
        ends.reserveCapacity(count)
        for index in 0..<count {
            bytes.append(contentsOf: name(index))
            ends.append(Int32(truncatingIfNeeded: bytes.count))
        }
    }

    private func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    /// Whether there is such a name.
    public func contains(_ name: Path) -> Bool {
        let index = lowerBound(name)
        return index < ends.count && order(at: index, name) == 0
    }

    /// The names that begin so.
    public func withPrefix(_ prefix: Path) -> Slice<SortedNames> {
        let start = lowerBound(prefix)
        var end = start
        while end < ends.count, hasPrefix(at: end, prefix) { end += 1 }
        return self[start..<end]
    }

    /// Where the first name is that is not less.
    private func lowerBound(_ name: Path) -> Int {
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if order(at: middle, name) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Less than 0 where the name there comes before this one, 0 where it is this one.
    private func order(at index: Int, _ name: Path) -> Int {
        let length = range(index).count
        let common = compare(at: index, name, count: Swift.min(length, name.bytes.count))
        return common == 0 ? length - name.bytes.count : common
    }

    private func hasPrefix(at index: Int, _ prefix: Path) -> Bool {
        range(index).count >= prefix.bytes.count && compare(at: index, prefix, count: prefix.bytes.count) == 0
    }

    private func compare(at index: Int, _ name: Path, count: Int) -> Int {
        bytes.withUnsafeBufferPointer { all in
            name.bytes.withUnsafeBufferPointer { other in
                guard let base = all.baseAddress, let beside = other.baseAddress else { return 0 }
                return Int(memcmp(base + range(index).lowerBound, beside, count))
            }
        }
    }
}

extension SortedNames: RandomAccessCollection {
    /// 0.
    public var startIndex: Int { 0 }
    /// How many there are.
    public var endIndex: Int { ends.count }

    /// A name.
    public subscript(index: Int) -> Path {
        Path(bytes: bytes[range(index)])
    }
}
