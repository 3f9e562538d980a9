import Foundation
import Testing

/// A file of the tree that both programs get a copy of.
struct TreeFile: Sendable {
    var name: String
    var content: String
    var mode = 0o640
    var owner = 1
    var group = 4
    var ageHours = 30.0

    /// A file of daemon:adm, a day and a bit old, unless said otherwise.
    init(_ name: String, _ content: String, mode: Int = 0o640, owner: Int = 1, group: Int = 4, ageHours: Double = 30) {
        self.name = name
        self.content = content
        self.mode = mode
        self.owner = owner
        self.group = group
        self.ageHours = ageHours
    }
}

/// A configuration, the tree it is for, and how often it is run.
///
/// In all texts `LOG` stands for the directory of logs, `ETC` for that of included files, `TRACE` for a file that
/// scripts write to, `BIN` for the directory of the mail commands, `TODAY` for the date as 20261122, `YESTERDAY` for
/// the day before as 2026-11-21, `WEEKDAY` for today's number in the week and `TOMORROW` for the next day's.
struct ComparisonCase: Sendable, CustomTestStringConvertible {
    /// How a log becomes due.
    enum Mode: String, CaseIterable, Sendable {
        case forced, byDate
    }

    /// How long both programs must find the same time: what the names of archives depend on.
    enum Clock: String, Sendable {
        case hour = "yyyyMMddHH"
        case minute = "yyyyMMddHHmm"
        case second = "yyyyMMddHHmmss"
    }

    /// What is not compared, because spillway does it otherwise on purpose; a deliberate difference is about it.
    enum Aspect: String, Sendable {
        case state, scripts
    }

    var name: String
    var configuration: String
    var files: [TreeFile]
    /// Shell lines that finish the tree, run in the directory of logs before it is copied.
    var prepare: String
    /// How many hours ago the state file says that a log was last rotated; negative: in the future.
    var lastRotated: [String: Int]
    /// The state file where dates and names are not enough.
    var stateText: String?
    var modes: [Mode]
    var runs: Int
    /// Shell lines run in the directory of logs before every run but the first.
    var between: String
    var includes: [String: String]
    var arguments: [String]
    /// What is read: the configuration, unless it is said here.
    var read: [String]
    var environment: [String: String]
    var clock: Clock
    var ignoring: Set<Aspect>

    init(
        _ name: String, _ configuration: String, _ files: [TreeFile] = [.log], prepare: String = "",
        lastRotated: [String: Int] = ["app.log": 72], stateText: String? = nil, modes: [Mode] = Mode.allCases,
        runs: Int = 1,
        between: String = "", includes: [String: String] = [:], arguments: [String] = [], read: [String] = ["conf"],
        environment: [String: String] = [:], clock: Clock = .hour, ignoring: Set<Aspect> = []
    ) {
        self.name = name
        self.configuration = configuration
        self.files = files
        self.prepare = prepare
        self.lastRotated = lastRotated
        self.stateText = stateText
        self.modes = modes
        self.runs = runs
        self.between = between
        self.includes = includes
        self.arguments = arguments
        self.read = read
        self.environment = environment
        self.clock = clock
        self.ignoring = ignoring
    }

    var testDescription: String { name }
}

extension TreeFile {
    /// The log that most cases are about.
    static let log = TreeFile("app.log", "one\ntwo\n")

    /// Archives of it, or of another log: each holds its own name.
    static func archives(_ names: String...) -> [TreeFile] {
        names.map { TreeFile($0, "old \($0)\n", mode: 0o600, ageHours: 50) }
    }
}

/// A case that spillway treats otherwise on purpose.
struct DeliberateDifference: Sendable, CustomTestStringConvertible {
    var comparison: ComparisonCase
    /// Why spillway does it otherwise.
    var reason: String
    /// What spillway leaves after the last run: names and (uncompressed) contents.
    var spillway: [String: String]
    /// Whether spillway's exit status is 0.
    var succeeds: Bool
    /// What scripts and mail commands were called with, where that is the difference.
    var trace: String?
    /// How many hours ago logs were rotated, as the state says then, where that is the difference.
    var state: [String: Int]?

    init(
        _ comparison: ComparisonCase, because reason: String, spillway: [String: String], succeeds: Bool = true,
        trace: String? = nil, state: [String: Int]? = nil
    ) {
        self.comparison = comparison
        self.reason = reason
        self.spillway = spillway
        self.succeeds = succeeds
        self.trace = trace
        self.state = state
    }

    var testDescription: String { comparison.name }
}
