public import LinuxSystem

/// What programs leave that read a log now and then, or while it is open to nobody, and remember how far they came. A log
/// that becomes small, and then larger than it was before they look again, costs them lines. Pure: contents come in.
public enum FollowerTrace: CaseIterable, Sendable {
    /// logcheck's offset files.
    case logcheck
    /// logtail, logtail2 and pygtail: `LOG.offset`.
    case logtail
    /// fail2ban's database.
    case fail2ban
    /// The state files of rsyslog's imfile.
    case imfile
    /// syslog-ng's persistent state.
    case syslogNG
    /// since's list in the home directory of root.
    case since

    /// Where traces are.
    public enum Place: Hashable, Sendable {
        /// One file; that it is there is enough.
        case presence(Path)
        /// A file that has to name the log.
        case content(Path)
        /// All files of a directory whose names begin so, each of which can name the log.
        case contents(directory: Path, prefix: Path)
    }

    /// Who leaves it.
    public var program: String {
        switch self {
        case .logcheck: "logcheck"
        case .logtail: "logtail or pygtail"
        case .fail2ban: "fail2ban"
        case .imfile: "rsyslog's imfile"
        case .syslogNG: "syslog-ng"
        case .since: "since"
        }
    }

    /// Where the trace of a log would be.
    public func place(of log: Path) -> Place {
        switch self {
        case .logcheck:
            let slash = UInt8(ascii: "/")
            let name = Path(bytes: log.bytes.map { $0 == slash ? UInt8(ascii: ".") : $0 })
            return .presence("/var/lib/logcheck/offset" + name)
        case .logtail: return .presence(log + ".offset")
        case .fail2ban: return .content("/var/lib/fail2ban/fail2ban.sqlite3")
        case .imfile: return .contents(directory: "/var/spool/rsyslog", prefix: "imfile-state:")
        case .syslogNG: return .content("/var/lib/syslog-ng/syslog-ng.persist")
        case .since: return .content("/root/.since")
        }
    }

    /// Whether a file at such a place names the log.
    public func names(_ log: Path, _ identity: FileIdentity, in content: [UInt8]) -> Bool {
        switch self {
        case .logcheck, .logtail: true
        // A row of its table `logs` has the path, and at once a SHA-1 of the log's first line.
        case .fail2ban:
            content.ranges(of: log.bytes).contains { range in
                let digest = content[range.upperBound...].prefix(40)
                return digest.count == 40 && digest.allSatisfy(Self.isHexadecimal)
            }
        case .imfile: !content.ranges(of: Self.quotedForJSON(log)).isEmpty
        case .syslogNG: !content.ranges(of: Array("affile_sd_curpos(".utf8) + log.bytes + [UInt8(ascii: ")")]).isEmpty
        case .since:
            !content.ranges(
                of: Array("\(Self.sixteen(identity.device)):\(Self.sixteen(identity.inode)):".utf8)
            ).isEmpty
        }
    }

    /// What is to be said to somebody whose log is made small.
    public func note(on log: Path, found file: Path) -> String {
        "\(program) remembers how far it has read \(log) (\(file)); it misses lines if the log is made small and grows "
            + "beyond that before it is looked at again: lossless keeps the log's size, and spares it that"
    }

    /// What is to be said where it cannot be told whether this program remembers a log.
    public func note(unread failure: SystemError) -> String {
        "whether \(program) remembers how far it has read these logs could not be looked at: \(failure)"
    }

    /// As json-c writes it: slashes are escaped.
    private static func quotedForJSON(_ path: Path) -> [UInt8] {
        var quoted = Array("\"filename\": \"".utf8)
        for byte in path.bytes {
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                quoted.append(UInt8(ascii: "\\"))
            }
            quoted.append(byte)
        }
        return quoted + [UInt8(ascii: "\"")]
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
    }

    private static func sixteen(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    }
}

extension Settings {
    /// Whether a log can become small while somebody remembers how far he has read it. `method punch` too makes a log small
    /// that nobody has open at that moment; only `lossless` never does.
    public var mayShrinkLogs: Bool { technique == .inPlace && !lossless }
}
