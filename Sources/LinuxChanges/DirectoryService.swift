public import LinuxSystem
import SystemPackage

/// Names that are in no file of this machine: getent(1) asks whatever nsswitch.conf(5) names, with this machine's own glibc.
public struct DirectoryService: AccountDirectory {
    /// LDAP servers take their time, and a run a minute has to go on.
    private static let limitSeconds: Int64 = 20
    /// A group may have thousands of members.
    private static let limitBytes = 16 << 20
    /// What getent(1) ends with where nobody has the name.
    private static let notFound: Int32 = 2

    /// getent(1), as PATH leads to it.
    public init() {}

    /// Asks for one name, or one number.
    public func answer(_ kind: AccountKind, _ key: AccountKey) -> AccountAnswer {
        let word: String
        switch key {
        case .number(let number): word = String(number)
        case .name(let name):
            // getent takes digits for a number, whose account may have another name. No name has the other characters.
            guard let first = name.utf8.first, first != UInt8(ascii: "-"),
                !name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                !name.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: ":") || $0 == 0x7f })
            else { return .unknown }
            word = name
        }
        do throws(SystemError) {
            let (ended, output) = try ChildProcess.output(
                of: "getent", ["getent", Path(kind.rawValue), Path(word)], limitBytes: Self.limitBytes,
                limitSeconds: Self.limitSeconds)
            if ended == .exited(Self.notFound) { return .unknown }
            guard ended.succeeded else { return .failed("\(ended)") }
            let lines = output.split(separator: UInt8(ascii: "\n"))
            return lines.lazy.compactMap { AccountEntry(line: $0) }.first { $0.has(key) }.map { .entry($0) } ?? .unknown
        } catch {
            return error.errno == .noSuchFileOrDirectory ? .notAsked : .failed("cannot be run: \(error.errno)")
        }
    }
}
