/// Which line each setting comes from, by the directive's `subject`.
///
/// A stanza has a handful of them: looking through these is cheaper than a table, and so is copying.
public struct Origins: Hashable, Sendable {
    private struct Entry: Hashable {
        var directive: Directive
        var location: SourceLocation
    }

    private var entries: [Entry] = []

    /// None.
    public init() {}

    /// Where a setting was made; nil where it has its default.
    public subscript(directive: Directive) -> SourceLocation? {
        get { entries.first { $0.directive == directive }?.location }
        set {
            if let index = entries.firstIndex(where: { $0.directive == directive }) {
                if let newValue { entries[index].location = newValue } else { entries.remove(at: index) }
            } else if let newValue {
                if entries.isEmpty { entries.reserveCapacity(4) }
                entries.append(Entry(directive: directive, location: newValue))
            }
        }
    }
}

/// A set of directives: a bit for each.
struct DirectiveSet {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    func contains(_ directive: Directive) -> Bool {
        (directive.index < 64 ? low >> directive.index : high >> (directive.index - 64)) & 1 != 0
    }

    mutating func insert(_ directive: Directive) {
        if directive.index < 64 { low |= 1 << directive.index } else { high |= 1 << (directive.index - 64) }
    }
}
