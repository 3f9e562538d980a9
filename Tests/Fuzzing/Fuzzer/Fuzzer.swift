import Glibc

/// What libFuzzer calls with each input. `SPILLWAY_FUZZ` names the subject; a promise that does not hold ends the process.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    subject.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let subject: Subject = {
    let name = getenv("SPILLWAY_FUZZ").map { String(cString: $0) } ?? ""
    guard let subject = Subject(rawValue: name) else {
        say("SPILLWAY_FUZZ is one of \(Subject.allCases.map(\.rawValue).joined(separator: " "))")
        exit(64)
    }
    return subject
}()

/// What reads something that others have written.
enum Subject: String, CaseIterable {
    case configuration, state, journal, ledger, history, proc, gzip, names

    func check(_ bytes: [UInt8]) {
        switch self {
        case .configuration: checkConfiguration(bytes)
        case .state: checkState(bytes)
        case .journal: checkJournal(bytes)
        case .ledger: checkLedger(bytes)
        case .history: checkHistory(bytes)
        case .proc: checkProc(bytes)
        case .gzip: checkGzip(bytes)
        case .names: checkNames(bytes)
        }
    }
}

private func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(2, line, line.count)
}

/// Ends the process where a promise does not hold.
func require(_ holds: Bool, _ promise: StaticString) {
    guard !holds else { return }
    say("broken: \(promise)")
    abort()
}
