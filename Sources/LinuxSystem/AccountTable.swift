import Glibc

/// What an account is looked for by.
public enum AccountKey: Hashable, Sendable {
    /// Its name.
    case name(String)
    /// Its number.
    case number(UInt32)
}

/// Whoever knows names that are in no file of this machine, such as LDAP.
public protocol AccountDirectory: Sendable {
    /// What is known of a name or a number.
    func answer(_ kind: AccountKind, _ key: AccountKey) -> AccountAnswer
}

/// What was found out about a name or a number.
public enum AccountAnswer: Equatable, Sendable {
    /// Whoever has it.
    case entry(AccountEntry)
    /// Nobody has it.
    case unknown
    /// It is not in the file, and getent(1) is not there.
    case notAsked
    /// It is not in the file, and getent(1) could not say: how it ended.
    case failed(String)
}

/// A line of passwd(5) or group(5): in these files and from getent(1) it is the same.
public struct AccountEntry: Equatable, Sendable {
    /// Its name.
    public var name: ArraySlice<UInt8>
    /// Its number.
    public var number: UInt32
    /// Its home directory: passwd(5) has it, group(5) has not.
    public var home: ArraySlice<UInt8>?

    /// Reads a line; nil for what names no account, such as the `+` lines of NIS.
    public init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count > 2, let first = fields[0].first, !"+-#".utf8.contains(first),
            let number = UInt32(String(decoding: fields[2], as: UTF8.self))
        else { return nil }
        name = fields[0]
        self.number = number
        home = fields.count > 5 ? fields[5] : nil
    }

    /// Whether it is the one that is looked for.
    public func has(_ key: AccountKey) -> Bool {
        switch key {
        case .name(let wanted): name.elementsEqual(wanted.utf8)
        case .number(let wanted): number == wanted
        }
    }
}

/// The accounts of one kind, each looked for once as long as the file stays what it is.
struct AccountTable {
    private static let limitBytes = 64 << 20

    private let kind: AccountKind
    private var seen: FileStatus?
    private var entries: [AccountEntry] = []
    private var answers: [AccountKey: AccountAnswer] = [:]

    init(_ kind: AccountKind) {
        self.kind = kind
    }

    mutating func answer(_ key: AccountKey) -> AccountAnswer {
        refresh()
        if let known = answers[key] { return known }
        let answer = entries.first { $0.has(key) }.map { AccountAnswer.entry($0) } ?? Accounts.askDirectory(kind, key)
        answers[key] = answer
        return answer
    }

    /// Reads the file where it is not the one that was read. One that cannot be read has no names.
    private mutating func refresh() {
        do throws(SystemError) {
            let file = try Descriptor.open(kind.file)
            let status = try file.status()
            guard status != seen else { return }
            let lines = try file.readAll(limitBytes: Self.limitBytes).split(separator: UInt8(ascii: "\n"))
            entries = lines.compactMap { AccountEntry(line: $0) }
            seen = status
        } catch {
            guard seen != nil else { return }
            entries = []
            seen = nil
        }
        answers = [:]
    }
}
