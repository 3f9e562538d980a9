import Glibc

/// Paths, each with a number: those that were put in first are 0, 1, 2, ...
///
/// What a run knows of ten thousand logs it finds by their paths, several times each. A `Dictionary` would hash each byte with
/// a function made for any input (SipHash), and the first one of each kind has the runtime look for how its keys are hashed
/// among thousands of conformances, which is as long as a run with nothing to do takes for all the rest. Nobody who makes up
/// names can make it slow: the hash begins with a number that is another one in each process.
public struct PathIndex: Sendable {
    /// The paths, in the order of their numbers.
    public private(set) var paths: [Path] = []
    /// 0: nothing was ever here. Else the upper half of the hash, and the number and one; or, of a path that was removed, 0.
    private var slots: [UInt64] = []
    /// Slots that are not 0: what was removed counts until they are made anew.
    private var used = 0

    /// No path yet.
    public init() {}

    /// How many there are.
    public var count: Int { paths.count }

    /// Room for so many without being made larger on the way.
    public mutating func reserveCapacity(_ count: Int) {
        paths.reserveCapacity(count)
        if slots.count < Self.slotCount(for: count) { remake(Self.slotCount(for: count)) }
    }

    /// The number of a path; nil where it is not there.
    public func position(of path: Path) -> Int? {
        guard !slots.isEmpty else { return nil }
        let hash = Self.hash(path)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if let number = number(in: slots[slot], hash), paths[number] == path { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Puts a path in, unless it is there: its number, and whether it is new.
    public mutating func insert(_ path: Path) -> (number: Int, isNew: Bool) {
        if (used + 1) * 2 > slots.count { remake(Self.slotCount(for: paths.count + 1)) }
        let hash = Self.hash(path)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if let number = number(in: slots[slot], hash), paths[number] == path { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        paths.append(path)
        slots[slot] = Self.mark(hash, paths.count - 1)
        used += 1
        return (paths.count - 1, true)
    }

    /// Takes a path out: the number that it had, which the last one has from then on. nil where it was not there.
    public mutating func remove(_ path: Path) -> Int? {
        guard let slot = slot(of: path), let number = number(in: slots[slot], Self.hash(path)) else { return nil }
        slots[slot] = Self.removed
        let last = paths.removeLast()
        if number < paths.count {
            if let moved = self.slot(of: last, numbered: paths.count) {
                slots[moved] = Self.mark(Self.hash(last), number)
            }
            paths[number] = last
        }
        return number
    }

    private func slot(of path: Path) -> Int? {
        guard let number = position(of: path) else { return nil }
        return slot(of: path, numbered: number)
    }

    private func slot(of path: Path, numbered number: Int) -> Int? {
        let hash = Self.hash(path)
        let mark = Self.mark(hash, number)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if slots[slot] == mark { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static let removed: UInt64 = 0xffff_ffff << 32

    /// The number in a slot, if the upper half of the hash is this one's.
    private func number(in slot: UInt64, _ hash: UInt64) -> Int? {
        let number = Int(slot & 0xffff_ffff)
        return number > 0 && slot >> 32 == hash >> 32 ? number - 1 : nil
    }

    private static func mark(_ hash: UInt64, _ number: Int) -> UInt64 {
        (hash & ~0xffff_ffff) | (UInt64(truncatingIfNeeded: number + 1) & 0xffff_ffff)
    }

    private static func slotCount(for count: Int) -> Int {
        var slots = 16
        while slots < count * 2 { slots *= 2 }
        return slots
    }

    private mutating func remake(_ count: Int) {
        slots = [UInt64](repeating: 0, count: count)
        used = paths.count
        for (number, path) in paths.enumerated() {
            let hash = Self.hash(path)
            var slot = Int(truncatingIfNeeded: hash) & (count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
            slots[slot] = Self.mark(hash, number)
        }
    }

    private static let seed = UInt64.random(in: .min ... .max)

    /// Eight bytes at a time, each folded into what came before by a multiplication whose upper half is not lost.
    private static func hash(_ path: Path) -> UInt64 {
        path.bytes.withUnsafeBytes { bytes in
            var hash = seed ^ UInt64(truncatingIfNeeded: bytes.count)
            var offset = 0
            while offset + 8 <= bytes.count {
                hash = folded(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < bytes.count {
                rest = (rest << 8) | UInt64(bytes[offset])
                offset += 1
            }
            return folded(folded(hash ^ rest) ^ seed)
        }
    }

    private static func folded(_ number: UInt64) -> UInt64 {
        // 2 to the 64th divided by the golden ratio, odd.
        let product = number.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low
    }
}

/// Something for each of many paths.
@frozen
public struct PathMap<Value> {
    @usableFromInline var index: PathIndex
    @usableFromInline var stored: [Value]

    /// Nothing for no path.
    @inlinable
    public init() {
        index = PathIndex()
        stored = []
    }

    /// How many paths there are.
    @inlinable public var count: Int { stored.count }
    /// Whether there is none.
    @inlinable public var isEmpty: Bool { stored.isEmpty }
    /// The paths, in the order in which they came, until one is removed.
    @inlinable public var keys: [Path] { index.paths }

    /// Room for so many without being made larger on the way.
    @inlinable
    public mutating func reserveCapacity(_ count: Int) {
        index.reserveCapacity(count)
        stored.reserveCapacity(count)
    }

    /// What there is for a path; nil takes it out.
    @inlinable
    public subscript(path: Path) -> Value? {
        get { index.position(of: path).map { stored[$0] } }
        set {
            if let newValue {
                let (number, isNew) = index.insert(path)
                if isNew { stored.append(newValue) } else { stored[number] = newValue }
            } else if let number = index.remove(path) {
                let last = stored.removeLast()
                if number < stored.count { stored[number] = last }
            }
        }
    }

    /// Where a path is in `keys`, by which it and what there is for it can be had; nil where it is not there. Whoever keeps
    /// the path from there keeps no second copy.
    @inlinable
    public func position(of path: Path) -> Int? { index.position(of: path) }

    /// The path in a place, and what there is for it.
    @inlinable
    public subscript(position: Int) -> (path: Path, value: Value) { (index.paths[position], stored[position]) }

    /// What there is for a path already; nil where that was nothing, and `value` is what there is now.
    @inlinable
    public mutating func claim(_ path: Path, _ value: Value) -> Value? {
        let (number, isNew) = index.insert(path)
        guard isNew else { return stored[number] }
        stored.append(value)
        return nil
    }
}

extension PathMap: Sequence {
    /// Paths and what there is for each, in the order of `keys`.
    @inlinable
    public func makeIterator() -> Zip2Sequence<[Path], [Value]>.Iterator {
        zip(index.paths, stored).makeIterator()
    }
}

extension PathMap: Sendable where Value: Sendable {}

extension PathMap: ExpressibleByDictionaryLiteral {
    /// The same as a dictionary's literal; of a path that is there twice the last value.
    public init(dictionaryLiteral elements: (Path, Value)...) {
        self.init()
        for (path, value) in elements { self[path] = value }
    }
}

extension PathMap: Equatable where Value: Equatable {
    /// Equal where there is the same for the same paths, in whatever order.
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.allSatisfy { path, value in right[path] == value }
    }
}

/// Files by device and inode, each with a number that somebody else gave it.
public struct FileIdentityIndex: Sendable {
    private var files: [FileIdentity] = []
    private var numbers: [Int32] = []
    /// The place in `files` and one; 0 for none.
    private var slots: [Int32] = []

    /// No file yet.
    public init() {}

    /// Room for so many without being made larger on the way.
    public mutating func reserveCapacity(_ count: Int) {
        files.reserveCapacity(count)
        numbers.reserveCapacity(count)
        var wanted = 16
        while wanted < count * 2 { wanted *= 2 }
        if slots.count < wanted { remake(wanted) }
    }

    /// The number that was given to a file first: `number`, where it is new.
    public mutating func first(_ identity: FileIdentity, _ number: Int32) -> Int32 {
        if (files.count + 1) * 2 > slots.count { remake(Swift.max(16, slots.count * 2)) }
        var slot = Self.slot(identity, slots.count)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if files[place] == identity { return numbers[place] }
            slot = (slot + 1) & (slots.count - 1)
        }
        files.append(identity)
        numbers.append(number)
        slots[slot] = Int32(truncatingIfNeeded: files.count)
        return number
    }

    private mutating func remake(_ count: Int) {
        slots = [Int32](repeating: 0, count: count)
        for (place, file) in files.enumerated() {
            var slot = Self.slot(file, count)
            while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: place + 1)
        }
    }

    private static func slot(_ identity: FileIdentity, _ count: Int) -> Int {
        let hash = (identity.inode &+ identity.device &* 31) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: hash >> 32) & (count - 1)
    }
}
