/// The lines of a log, counted by who had them written and their number.
struct DaemonLines {
    private var counts: [String: [Int: Int]] = [:]
    /// Lines that are not as their daemon writes them: broken, or two in one.
    private var broken: [String] = []
    /// How often rsyslogd said that it opened its logs again.
    private(set) var hangUps = 0

    init(_ history: String, of log: String) {
        if !history.hasSuffix("\n") { broken.append("the last line has no end") }
        let form = Self.form(of: log)
        for line in history.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let match = line.wholeMatch(of: form), let number = Int(match.2) {
                counts[String(match.1), default: [:]][number, default: 0] += 1
            } else if log == "syslog", line.contains(" rsyslogd: ") {
                if line.hasSuffix("was HUPed") { hangUps += 1 }
            } else {
                broken.append(String(line))
            }
        }
    }

    private static func form(of log: String) -> Regex<(Substring, Substring, Substring)> {
        switch log {
        case "nginx/access.log": #/unix: - - \[[^\]]+\] "GET /(\w+)/(\d+) HTTP/1\.1" 404 \d+ "-" "-"/#
        case "nginx/error.log":
            #/[\d\/]+ [\d:]+ \[error\] [^"]+ "[^"]+" [^"]+ request: "GET /(\w+)/(\d+) HTTP/1\.1", host: "localhost"/#
        default: #/\d{4}-\d\d-\d\dT\S+ \S+ (\w+): number (\d+)/#
        }
    }

    /// What is not as sent, in a few words each; empty if every line of every writer is here once.
    func differences(from sent: [String: Int]) -> [String] {
        var result = broken.prefix(3).map { "broken: \($0)" }
        for (writer, count) in sent {
            let seen = counts[writer, default: [:]]
            let lost = (1...max(1, count)).filter { seen[$0] == nil }
            let doubled = seen.filter { $1 > 1 }.keys.sorted()
            let unsent = seen.keys.filter { $0 > count }
            if !lost.isEmpty { result.append("\(writer): \(lost.count) of \(count) lost, from \(lost[0])") }
            if !doubled.isEmpty { result.append("\(writer): \(doubled.count) of \(count) doubled, from \(doubled[0])") }
            if !unsent.isEmpty { result.append("\(writer): \(unsent.count) were never sent") }
        }
        return result + counts.keys.filter { sent[$0] == nil }.map { "\($0) has no business here" }
    }
}
