import LinuxSystem
import RotationCore

/// The answer of a dry run in a table and a sentence: what logs occupy now and then, which history they lose.
struct DryRunTable {
    let forecasts: [LogForecast]
    /// What goes besides archives, in bytes.
    let others: Int64
    let now: Timestamp

    /// A line for each log that something is done for, the largest first.
    func table(_ screen: Screen) -> [String] {
        var table = TextTable([
            .init(title: "LOG", isElastic: true), .init(title: "NOW", isRight: true),
            .init(title: "AFTER, ABOUT", isRight: true), .init(title: "ARCHIVES THAT GO", isRight: true, importance: 1),
            .init(title: "HISTORY LEFT", isRight: true, importance: 2),
        ])
        let sorted = forecasts.sorted {
            ($1.bytesBefore, $0.before.path) < ($0.bytesBefore, $1.before.path)
        }
        for forecast in sorted {
            table.add([
                forecast.before.path.description, Figures.bytes(forecast.bytesBefore),
                Figures.bytes(forecast.bytesAfter), going(forecast), left(forecast),
            ])
        }
        var lines = table.lines(width: screen.width)
        lines[0] = screen.coloured(lines[0], .heading)
        return lines
    }

    private func going(_ forecast: LogForecast) -> String {
        guard !forecast.going.isEmpty else { return "-" }
        return "\(forecast.going.count) with \(Figures.bytes(Self.bytes(forecast.going)))"
    }

    /// `12 days in 8`: how far back so many archives reach.
    private func left(_ forecast: LogForecast) -> String {
        let count = forecast.after.archives.count
        guard count > 0 else { return "none" }
        guard let reach = forecast.reachAfter(now) else { return "a new one" }
        return "\(Figures.age(reach)) in \(count)"
    }

    /// `frees about 36 MiB; 3 archives with 4 MiB go, and up to 20 days of history with them`.
    var sum: String {
        let freed = forecasts.reduce(others) { $0 + $1.bytesBefore - $1.bytesAfter }
        let going = forecasts.flatMap(\.going)
        let first = freed < 0 ? "takes about \(Figures.bytes(-freed)) more" : "frees about \(Figures.bytes(freed))"
        guard !going.isEmpty else { return "\(first); no archive goes" }
        let what = going.count == 1 ? "1 archive" : "\(going.count) archives"
        let verb = going.count == 1 ? "goes" : "go"
        var text = "\(first); \(what) with \(Figures.bytes(Self.bytes(going))) \(verb)"
        let lost = forecasts.map { $0.lostSeconds(now) }.max() ?? 0
        if lost > 0 { text += ", and \(forecasts.count > 1 ? "up to " : "")\(Figures.age(lost)) of history" }
        return text
    }

    private static func bytes(_ files: [SpaceFile]) -> Int64 { files.reduce(0) { $0 + $1.allocatedBytes } }
}
