import LinuxSystem

/// What is wrong, and what mends it, in words.
public enum TroubleText {
    /// One sentence without its end.
    public static func describe(_ trouble: Trouble) -> String {
        switch trouble {
        case .belowFloor(let space, let free, let floor):
            "\(space) has \(Figures.bytes(free)) free, and its floor is \(Figures.bytes(floor))"
        case .belowInodeFloor(let space, let free, let floor):
            "\(space) has \(free) inodes free, and its floor is \(floor)"
        case .unresolved(let log, let count):
            "the cut of \(log)\(others(count)) is not finished, and it is not rotated until then"
        case .lastRunFailed(let status): "the last run ended with \(status)"
        case .problems(let message, let count): message + others(count)
        case .overBudget(let space, let used, let budget):
            "\(space) has \(Figures.bytes(used)), and its budget is \(Figures.bytes(budget))"
        case .stale(let age): "the last run was \(Figures.age(age)) ago"
        case .neverRan: "no run has ended here yet"
        case .held(let files, let bytes):
            "\(files == 1 ? "1 deleted file is" : "\(files) deleted files are") still held, with \(Figures.bytes(bytes))"
        case .unreleased(let path, let count): "\(path)\(others(count)) was renamed, and is still written to"
        }
    }

    /// The command that mends it, or tells more.
    public static func remedy(_ trouble: Trouble) -> String {
        switch trouble {
        case .belowFloor(let space, _, _), .belowInodeFloor(let space, _, _), .overBudget(let space, _, _):
            "spillway -n shows what a run would do; du -xh \(space.shellWord) | sort -h | tail shows what takes the space"
        case .unresolved, .lastRunFailed, .stale, .neverRan: "spillway -v"
        case .problems: "spillway check"
        case .held: "spillway held"
        case .unreleased(let path, _): "spillway explain \(path.shellWord)"
        }
    }

    private static func others(_ count: Int) -> String { count > 1 ? " (and \(count - 1) more)" : "" }
}
