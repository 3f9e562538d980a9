public import LinuxSystem

/// What a program does with its log when it is sent a signal that it catches.
public enum SignalAnswer: Hashable, Sendable {
    /// It opens its log anew.
    case reopens
    /// Its first process lets go of the old log only when it is sent the signal a second time.
    case reopensOnSecond
    /// It does something else, and goes on in the old log.
    case keeps
    /// It ends.
    case ends

    /// Whether it lets go of its log and lives.
    public var letsGo: Bool { self == .reopens || self == .reopensOnSecond }
}

/// What is known of what programs do on signals: that a signal is caught says nothing of what for.
public struct SignalKnowledge: Hashable, Sendable {
    /// A program, and a signal that a process of it ended after.
    public struct Ending: Hashable, Sendable {
        /// The program's name, as in /proc/PID/comm.
        public var program: Path
        /// The signal's number.
        public var signal: CInt

        /// A program and a signal.
        public init(program: Path, signal: CInt) {
            self.program = program
            self.signal = signal
        }
    }

    /// What earlier runs have met.
    public var endings: Set<Ending> = []

    /// What the table of tried programs says, and nothing else.
    public init() {}

    /// What a program does on a signal; nil where that was neither tried nor met.
    public func answer(of program: Path, to signal: CInt) -> SignalAnswer? {
        if endings.contains(Ending(program: program, signal: signal)) { return .ends }
        return TriedProgram.named(program)?.answer(to: signal)
    }

    /// Why a process is not sent a signal, and what is to be done about it; nil where it is sent it.
    public func reason(notToSend name: String, to holder: Holder) -> String? {
        guard let number = ProcessSignal.number(named: name) else { return nil }
        let does: String
        switch answer(of: holder.command, to: number) {
        case .reopens, .reopensOnSecond, nil: return nil
        case .keeps: does = "goes on in its old log after SIG\(name)"
        case .ends: does = "ends on SIG\(name)"
        }
        return "\(holder.title) \(does), and is not sent it: \(remedy(for: holder.command))"
    }

    /// What a stanza for a program's log should say instead of a signal that does not reopen it.
    public func remedy(for program: Path) -> String {
        guard let signal = TriedProgram.named(program)?.reopeningSignal,
            let number = ProcessSignal.number(named: signal),
            !endings.contains(Ending(program: program, signal: number))
        else {
            return "its log is emptied in place without a signal; take signal out of the stanza"
        }
        return "signal \(signal) has it open its log anew"
    }
}
