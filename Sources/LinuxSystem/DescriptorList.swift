import CLinux
import Glibc

/// The descriptors of one process after the other: the names in /proc/PID/fd.
///
/// A listing of that directory costs half as much as all looks at what is in it. Since Linux 6.2 its size is how many
/// descriptors there are, and as the lowest free number is always taken next they are nearly always the first ones.
final class DescriptorList {
    /// More numbers in vain cost more than a listing.
    private static let limitOfMisses = 3
    private let entries = EntryList()
    private let name = UnsafeMutablePointer<CChar>.allocate(capacity: 12)

    deinit {
        name.deallocate()
    }

    /// Calls `body` with each name; it answers whether there is such a descriptor.
    ///
    /// - Parameters:
    ///   - mayCount: whether the numbers may be tried one by one. A descriptor that was open all the time is then missed
    ///     where the process at that moment closes one that was seen and opens one instead that was not.
    func forEach(
        in directory: borrowing Descriptor, mayCount: Bool, _ path: @autoclosure () -> Path,
        _ body: (UnsafePointer<CChar>) -> Bool
    ) throws(SystemError) {
        let tried = mayCount ? try count(in: directory, body) : 0
        guard let tried else { return }
        try entries.forEach(in: directory.number, fillsBuffer: true, path()) { name, _ in
            if tried == 0 || strtol(name, nil, 10) >= tried { _ = body(name) }
        }
    }

    /// How many numbers were tried; nil: these were all.
    private func count(
        in directory: borrowing Descriptor, _ body: (UnsafePointer<CChar>) -> Bool
    ) throws(SystemError) -> Int? {
        let expected = try size(of: directory)
        var number = 0
        var found = 0
        while found < expected, number - found < Self.limitOfMisses {
            write(number)
            if body(name) { found += 1 }
            number += 1
        }
        guard expected > 0, found == expected else { return number }
        return try size(of: directory) == expected ? nil : number
    }

    private func size(of directory: borrowing Descriptor) throws(SystemError) -> Int64 {
        var raw = spillway_status()
        guard try Look.look(at: "", in: directory.number, followingLink: true, directory.path, into: &raw) else {
            return 0
        }
        return raw.size
    }

    /// The name of a number of at most nine digits.
    private func write(_ number: Int) {
        var length = 1
        var rest = number
        while rest >= 10 { rest /= 10; length += 1 }
        rest = number
        name[length] = 0
        for index in stride(from: length - 1, through: 0, by: -1) {
            name[index] = CChar(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
    }
}
