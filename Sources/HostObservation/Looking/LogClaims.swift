import LinuxSystem
import RotationCore

/// Which stanza has which log. Nearly all are in the state already: of those a number is kept, and not the path once more.
struct LogClaims {
    private let known: PathMap<CivilTime>
    /// The stanza of each path in the state; -1: none has it.
    private var owners: [Int32]
    /// What the state does not know.
    private var others = PathMap<Int32>()

    /// Nobody has a log yet.
    ///
    /// - Parameter known: what the state has.
    init(known: PathMap<CivilTime>) {
        self.known = known
        owners = [Int32](repeating: -1, count: known.count)
    }

    /// Whether a stanza has this log.
    func contains(_ path: Path) -> Bool {
        guard let position = known.position(of: path) else { return others[path] != nil }
        return owners[position] >= 0
    }

    /// Whether this is a log, or was one in an earlier run.
    func isKnown(_ path: Path) -> Bool { known.position(of: path) != nil || others[path] != nil }

    /// All logs.
    var paths: [Path] {
        known.keys.indices.filter { owners[$0] >= 0 }.map { known.keys[$0] } + others.keys
    }

    /// Gives a log to a stanza.
    ///
    /// - Parameter position: its place in the state, where it is there.
    /// - Returns: whose it is already, and the number that it has from now on.
    mutating func claim(_ path: Path, at position: Int?, for stanza: Int) -> (owner: Int?, number: Int32) {
        let stanza = Int32(truncatingIfNeeded: stanza)
        guard let position else {
            let owner = others.claim(path, stanza)
            let number = owner == nil ? others.count - 1 : others.position(of: path) ?? 0
            return (owner.map { Int($0) }, Int32(truncatingIfNeeded: owners.count + number))
        }
        let number = Int32(truncatingIfNeeded: position)
        guard owners[position] < 0 else { return (Int(owners[position]), number) }
        owners[position] = stanza
        return (nil, number)
    }

    /// The log that has a number.
    func path(numbered number: Int32) -> Path {
        let number = Int(number)
        return number < owners.count ? known.keys[number] : others.keys[number - owners.count]
    }
}
