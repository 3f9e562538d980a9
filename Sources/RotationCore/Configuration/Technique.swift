import LinuxSystem

/// How the live log is emptied.
public enum Technique: String, Hashable, Sendable {
    /// Archive the content and cut it out of the log, in place.
    case inPlace
    /// Archive the content, leave the log.
    case copy
    /// Rename aside, run the script, copy, remove.
    case renamecopy
    /// Rename the log to its archive's name.
    case rename
}

extension Settings {
    /// The technique that the directives ask for.
    public var technique: Technique {
        if copytruncate ?? copytruncateByDefault { return method == .rename ? .rename : .inPlace }
        if copies { return .copy }
        if renamesAndCopies { return .renamecopy }
        return (method ?? .auto) == .auto || method == .rename ? .rename : .inPlace
    }

    /// Whether a log is renamed rather than cut in place, depending on its writers: `signal`, and no `method` that says
    /// otherwise.
    public var prefersRename: Bool {
        signal != nil && (method ?? .auto) == .auto && technique == .inPlace
    }

    /// The technique for a log that these have open; nil where that was not looked at.
    ///
    /// A writer that does not append cannot be shrunk under: it is told to open a new log. One that does not catch the
    /// signal would write to the renamed log for ever: it is cut in place. A log without writers is too, unless `nocreate`
    /// is said: then it goes away with its last content, as one with a process's number in its name should.
    /// One that is known to end on the signal, or not to reopen its log, is not sent it, and cut in place whatever else is said,
    /// unless a script tells it.
    public func technique(for holders: HolderKnowledge?, knowing signals: SignalKnowledge = SignalKnowledge())
        -> Technique
    {
        guard let signal, technique != .copy else { return technique }
        let isTold = scripts[.postrotate] != nil
        if !isTold, let holders,
            holders.writers.contains(where: { signals.reason(notToSend: signal.name, to: $0) != nil })
        {
            return .inPlace
        }
        guard prefersRename else { return technique }
        guard let holders, let number = ProcessSignal.number(named: signal.name) else { return .rename }
        // Of those that are not known nobody knows whether they append; those that are seen count in any case.
        if holders.doubt != nil { return holders.writers.allSatisfy { $0.catches(number) } ? .rename : .inPlace }
        if holders.isNobody, forbidsCreation { return .rename }
        let others = holders.writers.filter { !$0.appends }
        return !others.isEmpty && others.allSatisfy { $0.catches(number) } ? .rename : .inPlace
    }

    /// How a log is created after a rename; nil where it is not. `method rename` and `signal` create it like the old one,
    /// unless `nocreate` says otherwise.
    var creationAnew: Ownership? {
        if let creation { return creation }
        return !forbidsCreation && (method == .rename || signal != nil) ? Ownership() : nil
    }

    /// Whether `nocreate` was said.
    private var forbidsCreation: Bool { creation == nil && origins[.create] != nil }
}
