/// A large value that is handed on by reference until somebody changes it.
struct CopyOnWrite<Value: Sendable>: @unchecked Sendable {
    // Written to only while nobody else has it. In a class of its own each access would be checked for overlaps.
    private var storage: ManagedBuffer<Value, Void>

    init(_ value: Value) {
        storage = Self.stored(value)
    }

    private static func stored(_ value: Value) -> ManagedBuffer<Value, Void> {
        ManagedBuffer<Value, Void>.create(minimumCapacity: 0) { _ in value }
    }

    /// Whether it is the very same, which nobody has changed.
    func isSame(as other: Self) -> Bool { storage === other.storage }

    /// The value, lent and not copied.
    var value: Value {
        _read { yield storage.header }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Self.stored(storage.header) }
            yield &storage.header
        }
    }
}

extension CopyOnWrite: Equatable where Value: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        left.storage === right.storage || left.value == right.value
    }
}

extension CopyOnWrite: Hashable where Value: Hashable {
    func hash(into hasher: inout Hasher) {
        hasher.combine(value)
    }
}
