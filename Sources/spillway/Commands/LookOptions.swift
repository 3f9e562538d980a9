import ArgumentParser
import HostObservation
import LinuxSystem
import RotationCore

/// Options of commands that only look.
struct LookOptions: ParsableArguments {
    @Option(
        name: [.customShort("s", allowingJoined: true), .long],
        help: ArgumentHelp("State file. (default: /var/lib/spillway/state)", valueName: "file"),
        completion: .file())
    var state: String?

    @Option(
        help: ArgumentHelp("Journal. (default: /var/lib/spillway/journal)", valueName: "file"),
        completion: .file())
    var journal: String?

    @Flag(help: "Judge by logrotate's defaults.")
    var logrotate = false

    /// What is to be looked at, with these configurations.
    func request(_ configurations: [String]) throws -> OverviewRequest {
        if let mistake = CommandWord.mistake(
            configurations: configurations, commands: SpillwayCommand.names, isLogrotate: false, Entry.isThere)
        {
            throw ValidationError("\(mistake)")
        }
        var request = OverviewRequest()
        if !configurations.isEmpty { request.configurations = configurations.map { Path($0) } }
        request.dialect = logrotate ? .logrotate : .spillway
        request.statePath = state.map { Path($0) }
        request.journalPath = journal.map { Path($0).resolved(against: Environment.workingDirectory) }
        return request
    }
}

/// A size with a unit, such as `10M`.
struct SizeArgument: ExpressibleByArgument {
    var bytes: Int64

    init(bytes: Int64) {
        self.bytes = bytes
    }

    init?(argument: String) {
        guard let bytes = Quantities.size(argument) else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(bytes >> 20)M" }
}

/// An age with a unit, such as `5m`.
struct AgeArgument: ExpressibleByArgument {
    var seconds: Int64

    init(seconds: Int64) {
        self.seconds = seconds
    }

    init?(argument: String) {
        guard let seconds = Quantities.age(argument, unitSeconds: 1) else { return nil }
        self.seconds = seconds
    }

    var defaultValueDescription: String { seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds / 60)m" }
}
