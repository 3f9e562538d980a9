public import LinuxSystem

/// Makes a configuration of what rotated the logs of a XenServer host: logrotate-xenserver.conf, and a script with numbers
/// that /etc/sysconfig/logrotate could change.
public struct XenServerImport: Sendable {
    /// A file that was read.
    public struct Source: Hashable, Sendable {
        /// Where it belongs, whatever it was read from.
        public var path: Path
        /// What it holds; nil: it is not there.
        public var text: String?

        /// A file that was read.
        public init(path: Path, text: String?) {
            self.path = path
            self.text = text
        }
    }

    /// The configuration, line by line.
    public private(set) var lines: [String] = []
    /// What could not be taken over, in sentences.
    public private(set) var problems: [String] = []

    private let overrides: Source
    private let assignments: [ShellAssignment]

    /// - Parameters:
    ///   - main: /etc/logrotate-xenserver.conf.
    ///   - overrides: /etc/sysconfig/logrotate.
    ///   - hasDropIns: whether there is a directory /etc/spillway.d to be read first.
    public init(main: Source, overrides: Source, hasDropIns: Bool) {
        self.overrides = overrides
        assignments = ShellAssignment.parse(overrides.text ?? "")
        lines = [
            "# spillway.conf: what \(main.path) and \(overrides.path) did.",
            "# Printed by \"spillway import xenserver\".",
            "",
        ]
        addSpace()
        addGlobals()
        if hasDropIns {
            lines += ["# Stanzas here come before those of /etc/logrotate.d.", "include /etc/spillway.d", ""]
        }
        addMain(main)
        judge(main)
    }

    /// A mistake costs the stanza it stands in; logrotate went on without the line.
    private mutating func judge(_ main: Source) {
        guard let text = main.text else { return }
        let file = SingleFile(path: main.path, content: Array(text.utf8))
        let configuration = ConfigurationParser.parse([main.path], environment: file)
        for diagnostic in configuration.diagnostics where diagnostic.severity == .error {
            problems.append("\(diagnostic); until it is mended the stanza it stands in is not used")
        }
    }

    private mutating func addSpace() {
        let budget = number("BUDGET_MB", 500)
        let trigger = number("LIVE_TOTAL_MB_TRIGGER", 36)
        let target = number("LIVE_TOTAL_MB_TARGET", 12)
        lines += ["space /var/log {", "    # \(budget.origin)", "    budget \(budget.value)M"]
        lines += ["    # \(trigger.origin)", "    # \(target.origin)"]
        if target.value < trigger.value {
            lines += ["    live \(trigger.value)M \(target.value)M"]
        } else {
            problems.append(
                "LIVE_TOTAL_MB_TARGET (\(target.value)) is not below LIVE_TOTAL_MB_TRIGGER (\(trigger.value)): the script rotated nothing so, and there is no line for it"
            )
            lines += ["    # live \(trigger.value)M \(target.value)M: the target must be below the trigger"]
        }
        lines += [
            "    # The script deleted the oldest archive of all logs first. With \"evict fair\" a log that floods pays",
            "    # with its own history, not with that of quiet ones.",
            "    evict oldest",
            "    # The script deleted these, and not deeper.",
            "    purge /var/log/*.gz /var/log/openvswitch/*.gz /var/log/blktap/*.gz /var/log/xen/*.gz",
            "}",
            "",
            "# The script called logrotate only when the live logs together had \(trigger.value) MB: a log that has them",
            "# alone is due in any case, all others are by the line \"live\". (A stanza's own rule goes before this.)",
            "size \(max(1, trigger.value))M",
            "",
        ]
    }

    private mutating func addGlobals() {
        lines += [
            "# The script compressed every archive with gzip -6.", "compress", "compresslevel 6", "",
            "# The script spared no archive, not even a log's newest.", "minkeep 0", "",
        ]
    }

    /// More megabytes than this are a mistake.
    private static let largestMegabytes: Int64 = 1 << 30

    /// A number and where it comes from. As in a shell the last line of a name counts.
    private mutating func number(_ name: String, _ standard: Int64) -> (value: Int64, origin: String) {
        guard let found = assignments.last(where: { $0.name == name }) else {
            return (standard, "\(name)=\(standard) is the script's own; \(overrides.path) does not set it")
        }
        if let value = found.value.flatMap(Int64.init), (0...Self.largestMegabytes).contains(value) {
            return (value, "\(overrides.path):\(found.line): \(name)=\(value)")
        }
        problems.append(
            "\(overrides.path):\(found.line): the value of \(name) is no number of megabytes; \(standard) is used, the script's own"
        )
        return (standard, "\(overrides.path):\(found.line): not understood; \(name)=\(standard) is the script's own")
    }

    /// What the package ships, where the file is not there.
    private static let shipped = """
        missingok
        rotate 9999
        create
        sharedscripts
        include /etc/logrotate.d
        /var/log/wtmp {
            monthly
            minsize 1M
            create 0664 root utmp
            rotate 1
        }
        /var/log/btmp {
            monthly
            minsize 1M
            create 0600 root utmp
            rotate 1
        }
        """

    private mutating func addMain(_ main: Source) {
        let origin = main.text == nil ? "\(main.path) is not there; its package has" : "\(main.path):"
        let text = (main.text ?? Self.shipped).split(separator: "\n", omittingEmptySubsequences: false)
        var index = 0
        while index < text.count {
            let line = text[index].drop(while: \.isWhitespace)
            let end = Self.end(ofPartAt: index, text)
            let part = text[index...end]
            index = end + 1
            if line.isEmpty || line.first == "#" { continue }
            let first = part.startIndex + 1
            let place = first == end + 1 ? "\(first)" : "\(first)-\(end + 1)"
            lines.append(main.text == nil ? "# \(origin):" : "# \(origin)\(place)")
            lines += part.map { String($0.last == "\r" ? $0.dropLast() : $0) }
        }
    }

    private static let scripts: Set<Substring> = ["prerotate", "postrotate", "firstaction", "lastaction", "preremove"]

    /// The last line of what begins in a line: a stanza with its braces and scripts, or the line alone.
    private static func end(ofPartAt start: Int, _ text: [Substring]) -> Int {
        guard let first = text[start].first(where: { !$0.isWhitespace }), "/\"'~{".contains(first) else { return start }
        var isScript = false
        for index in start..<text.count {
            let word = text[index].split(whereSeparator: \.isWhitespace).first ?? ""
            if word == "endscript" { isScript = false }
            if scripts.contains(word) { isScript = true }
            if !isScript, word.first != "#", text[index].contains("}") { return index }
        }
        return text.count - 1
    }
}
