import LinuxSystem

/// What a watch says.
public enum WatchText {
    /// Why a run is started, to stand behind "a run".
    public static func describe(_ reason: WatchRun.Reason) -> String {
        switch reason {
        case .start: "at the start"
        case .minute: "for this minute"
        case .floor(let place): "for the floor of \(place)"
        case .live(let directory): "for the live logs of \(directory)"
        case .budget(let directory): "for the budget of \(directory)"
        case .sizes(let count):
            count == 1 ? "for a log that is due by its size" : "for \(count) logs that are due by their size"
        case .asked: "because somebody asked for it"
        }
    }

    /// A run was in vain.
    public static func vain(_ run: WatchRun, _ end: WatchRunEnd, pauseSeconds: Double) -> String {
        let what: String
        switch end {
        case .crashed: what = "did not end by itself"
        case .busy: what = "found another run at work"
        case .ended(let status, _):
            what = status == 0 ? "found nothing to be done" : "failed, for the reasons it gave"
        }
        return
            "the run \(describe(run.reason)) \(what); it is tried again in \(Figures.age(Int64(pauseSeconds.rounded(.up)))), then less and less often"
    }

    /// The state of things in one line: what is watched, what comes next, and when it is looked at again.
    public static func status(_ book: WatchBook, at now: Double) -> String {
        let logs = book.logs.count == 1 ? "1 log" : "\(book.logs.count) logs"
        let systems = book.fileSystems.count == 1 ? "1 file system" : "\(book.fileSystems.count) file systems"
        var parts = ["watching \(logs) on \(systems)"]
        if let run = book.run { parts.append("a run \(describe(run.reason)) is at work") }
        if let nearest = nearest(book) { parts.append(nearest) }
        return parts.joined(separator: "; ")
    }

    /// What will be reached first at the rates that were measured; without any the floor that is nearest.
    private static func nearest(_ book: WatchBook) -> String? {
        var best: (seconds: Double, text: String)?
        func offer(_ seconds: Double, _ text: String) {
            if seconds < best?.seconds ?? .infinity { best = (seconds, text) }
        }
        for log in book.logs {
            guard let room = log.roomBytes, let seconds = log.growth.seconds(toGrowBy: room) else { continue }
            let limit = Figures.bytes(log.limitBytes ?? 0)
            offer(
                seconds, room <= 0 ? "\(log.path) is over \(limit)" : "\(log.path) reaches \(limit) in \(age(seconds))")
        }
        for system in book.fileSystems {
            guard let floor = system.floorBytes else { continue }
            let room = system.roomBytes
            if room < 0 {
                offer(
                    0,
                    "\(system.place) has \(Figures.bytes(system.size.availableBytes)) free, its floor is \(Figures.bytes(floor))"
                )
            } else if let seconds = system.growth.seconds(toGrowBy: room) {
                offer(seconds, "\(system.place) reaches its floor of \(Figures.bytes(floor)) in \(age(seconds))")
            }
        }
        if let best, best.seconds < 86400 { return best.text }
        let floors = book.fileSystems.filter { $0.floorBytes != nil }.min { $0.roomBytes < $1.roomBytes }
        return floors.map { "\($0.place) has \(Figures.bytes($0.roomBytes)) more than its floor" }
    }

    private static func age(_ seconds: Double) -> String {
        seconds < 10 ? "\((seconds * 10).rounded() / 10) s" : Figures.age(Int64(seconds))
    }
}
