/// Every directive: those of logrotate(8) 3.21 and spillway's own.
public enum Directive: String, CaseIterable, Hashable, Sendable {
    // When a log is due.
    case hourly, daily, weekly, monthly, yearly, size, minsize, maxsize, minage
    // Which logs, and under which circumstances.
    case missingok, nomissingok, ifempty, notifempty, allowhardlink, noallowhardlink, ignoreduplicates, su
    // What is kept.
    case rotate, maxage, start, shred, noshred, shredcycles
    // How archives are called.
    case dateext, nodateext, dateformat, dateyesterday, datehourago, `extension`, addextension
    case olddir, noolddir, createolddir, nocreateolddir
    // How a log is emptied.
    case create, nocreate, copy, nocopy, copytruncate, nocopytruncate, renamecopy, norenamecopy
    case compress, nocompress, delaycompress, nodelaycompress
    case compresscmd, uncompresscmd, compressext, compressoptions
    case mail, nomail, mailfirst, maillast
    case firstaction, lastaction, prerotate, postrotate, preremove, endscript, sharedscripts, nosharedscripts
    case include, tabooext, taboopat
    // Deprecated in logrotate, read and said so.
    case errors
    // spillway's own.
    case method, lossless, nolossless, maxapparent, signal, signalwait, maxtotal, minkeep, abandoned
    case compresslevel, pressurelevel, hooktimeout, workers, nice, ioclass
    // Read by whoever starts runs by the clock.
    case besidelogrotate
    case space
}

extension Directive {
    /// Its place among the cases: an enumeration without values is stored as that. There are less than 128.
    var index: UInt64 { withUnsafeBytes(of: self) { UInt64($0[0]) } }

    /// Without this the names would be compared.
    public static func == (left: Directive, right: Directive) -> Bool { left.index == right.index }

    /// Without this the name would be hashed.
    public func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

extension Directive {
    /// Where a directive may stand.
    public enum Scope: Hashable, Sendable {
        case anywhere, globalOnly, stanzaOnly
    }

    /// What follows its name.
    public enum Argument: Hashable, Sendable {
        /// Nothing: another directive may follow on the same line.
        case none
        /// A value up to the end of the line.
        case required
        /// A value or nothing.
        case optional
        /// Lines up to `endscript`.
        case script
        /// A directory and a block in braces.
        case block
    }

    /// Where it may stand.
    public var scope: Scope {
        switch self {
        case .firstaction, .lastaction, .prerotate, .postrotate, .preremove, .signal, .abandoned: .stanzaOnly
        case .tabooext, .taboopat, .workers, .nice, .ioclass, .besidelogrotate, .space: .globalOnly
        default: .anywhere
        }
    }

    /// What follows its name.
    public var argument: Argument {
        switch self {
        case .firstaction, .lastaction, .prerotate, .postrotate, .preremove: .script
        case .space: .block
        case .weekly, .monthly, .create, .createolddir: .optional
        case .size, .minsize, .maxsize, .minage, .su, .rotate, .maxage, .start, .shredcycles, .dateformat, .extension,
            .addextension, .olddir, .compresscmd, .uncompresscmd, .compressext, .compressoptions, .mail, .include,
            .tabooext, .taboopat, .errors, .method, .maxapparent, .signal, .signalwait, .maxtotal, .minkeep, .abandoned,
            .compresslevel, .pressurelevel, .hooktimeout, .workers, .nice, .ioclass:
            .required
        default: .none
        }
    }

    /// Directives that set the same thing, under the name that origins are kept by: `nocompress` is about `compress`.
    public var subject: Directive {
        switch self {
        case .hourly, .daily, .weekly, .monthly, .yearly: .size
        case .nomissingok: .missingok
        case .notifempty: .ifempty
        case .noallowhardlink: .allowhardlink
        case .noshred: .shred
        case .nodateext: .dateext
        case .noolddir: .olddir
        case .nocreateolddir: .createolddir
        case .nocreate: .create
        case .nocopy: .copy
        case .nocopytruncate: .copytruncate
        case .norenamecopy: .renamecopy
        case .nocompress: .compress
        case .nodelaycompress: .delaycompress
        case .nomail: .mail
        case .maillast: .mailfirst
        case .nosharedscripts: .sharedscripts
        case .nolossless: .lossless
        default: self
        }
    }
}
