import ArgumentParser
import RotationCore

/// How long `--wait-for-state-lock` waits: popt's option has no value, this one may.
struct StateLockWait: ExpressibleByArgument {
    static let forever = "forever"

    var seconds: Int64?

    init?(argument: String) {
        if argument == Self.forever { return }
        guard let seconds = Int64(argument) ?? Quantities.age(argument, unitSeconds: 1), seconds >= 0 else {
            return nil
        }
        self.seconds = seconds
    }
}

/// `spillway [OPTIONS] [CONFIG...]`.
struct RotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Rotates the logs that are due (this is what happens without a command).",
        version: "spillway \(spillwayVersion)")

    @OptionGroup var options: RunOptionGroup

    @Argument(
        help: ArgumentHelp(
            "Configuration files or directories. (default: /etc/spillway.conf)", valueName: "config"),
        completion: .file())
    var configurations: [String] = []

    func validate() throws {
        if configurations.isEmpty, options.logrotate {
            throw ValidationError("logrotate's command line names a configuration file, such as /etc/logrotate.conf.")
        }
    }

    func run() throws {
        var arguments = RunArguments()
        arguments.force = options.force
        arguments.dryRun = options.dryRun
        arguments.debug = options.debug
        arguments.verbose = options.verbose > 0
        arguments.isExact = options.verbose > 1
        arguments.log = options.log
        arguments.state = options.state
        arguments.mail = options.mail
        arguments.skipStateLock = options.skipStateLock
        arguments.waitForStateLock = options.waitForStateLock
        arguments.only = options.only
        arguments.headroomBytes = options.headroom?.bytes ?? 0
        arguments.keptConfiguration = options.keptConfiguration
        arguments.json = options.json
        arguments.metrics = options.metrics
        arguments.journal = options.journal
        arguments.logrotate = options.logrotate
        arguments.configurations = configurations
        let status = arguments.run()
        if status != .success { throw status.exit() }
    }
}
