public import LinuxSystem
public import RotationCore

/// What a check comes to.
public struct CheckResult: Sendable {
    /// Everything there is to say.
    public var diagnostics: [Diagnostic] = []
    /// The files that were read.
    public var fileCount: Int
    /// The stanzas in them.
    public var stanzaCount: Int
    /// The logs that are there.
    public var logCount: Int

    /// `3 files, 14 stanzas, 212 logs: in order`.
    public var summary: String {
        func text(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
        return
            "\(text(fileCount, "file")), \(text(stanzaCount, "stanza")), \(text(logCount, "log")): in order"
    }
}

/// Judges a configuration, and what it finds on this machine.
public enum ConfigurationCheck {
    /// Everything there is to say, sorted by nothing but the order in which it was found.
    ///
    /// - Parameter complaint: what the shell says of a script; empty where it says nothing. Starting one is not for what only
    ///   looks.
    public static func check(
        _ paths: [Path], dialect: Dialect = .spillway, shell complaint: (Path) -> String = { _ in "" }
    ) -> CheckResult {
        let configuration = ConfigurationParser.parse(
            paths, environment: SystemConfigurationEnvironment(), dialect: dialect)
        let logs = logs(of: configuration)
        var result = CheckResult(
            fileCount: configuration.files.count, stanzaCount: configuration.stanzas.count, logCount: logs.count)
        result.diagnostics =
            configuration.diagnostics + configuration.remarks + ConfigurationJudge.judge(configuration, dialect)
        result.diagnostics += overlaps(configuration, dialect) + places(configuration)
        result.diagnostics += scripts(configuration, complaint) + signals(configuration)
        result.diagnostics += FollowerTraces.notes(configuration) + configuration.spaces.flatMap(limits)
        // Whoever asks about logrotate's own files knows that it reads them.
        if dialect == .spillway { result.diagnostics += LogrotateActivity().warnings(logs: Set(logs)) }
        return result
    }

    /// The logs that are there now.
    static func logs(of configuration: Configuration) -> [Path] {
        let observer = Observer(cache: DirectoryCache(), state: RotationState(), only: [])
        return configuration.stanzas.enumerated().flatMap { index, stanza in
            observer.observe(stanza, index: index, reportsDuplicates: false).logs
                .compactMap { $0.status?.kind == .regular ? $0.path : nil }
        }
    }

    /// Logs that a second stanza names too: the first one governs them. For logrotate that is an error. And logs whose
    /// archives would get the same names.
    private static func overlaps(_ configuration: Configuration, _ dialect: Dialect) -> [Diagnostic] {
        let observer = Observer(cache: DirectoryCache(), state: RotationState(), only: [])
        var owners: [Path: SourceLocation] = [:]
        var claims = Planner.NameClaims()
        var diagnostics: [Diagnostic] = []
        for (index, stanza) in configuration.stanzas.enumerated() {
            let observation = observer.observe(stanza, index: index, reportsDuplicates: false)
            for log in observation.logs {
                owners[log.path] = stanza.location
                guard let directory = stanza.settings.archiveDirectory else { continue }
                let place = directory.resolved(against: log.path.directory)
                guard let other = claims.claim(log.path, in: place) else { continue }
                let problem = LogProblem.archiveNameClash(with: other, directory: place)
                diagnostics.append(
                    Diagnostic(
                        .error, stanza.location, ProblemText.describe(problem, log.path, accounts: SystemAccounts())))
            }
            for duplicate in observation.duplicates where !stanza.settings.ignoresDuplicates {
                guard let owner = owners[duplicate.path], owner != stanza.location else { continue }
                let message = "\(duplicate.path) is governed by the stanza at \(owner), which comes first"
                let severity: Diagnostic.Severity = dialect == .logrotate ? .error : .warning
                diagnostics.append(Diagnostic(severity, duplicate.location, message))
            }
        }
        return diagnostics
    }

    /// Signals on which the writers of a stanza's logs are known to end, or to go on in the old log. /proc is looked at once,
    /// and only where a stanza has `signal`.
    private static func signals(_ configuration: Configuration) -> [Diagnostic] {
        let stanzas = configuration.stanzas.filter { !$0.isBroken && $0.settings.signal != nil }
        guard !stanzas.isEmpty else { return [] }
        let known = LedgerFile.read(journal: DefaultPlaces.journal).ledger.signals
        let observer = Observer(cache: DirectoryCache(), state: RotationState(), only: [])
        var files: [[FileIdentity]] = []
        for (index, stanza) in stanzas.enumerated() {
            let observation = observer.observe(stanza, index: index, reportsDuplicates: false)
            files.append(observation.logs.compactMap { $0.status?.identity })
        }
        let table = HolderTable.lookIfPossible(for: Set(files.flatMap(\.self)))
        var diagnostics: [Diagnostic] = []
        for (index, stanza) in stanzas.enumerated() {
            guard let rule = stanza.settings.signal else { continue }
            var programs: Set<Path> = []
            for holder in files[index].flatMap({ table?.holders[$0] ?? [] }) where holder.canWrite {
                guard let why = known.reason(notToSend: rule.name, to: holder),
                    programs.insert(holder.command).inserted
                else { continue }
                let location = stanza.settings.origins[.signal] ?? stanza.location
                diagnostics.append(Diagnostic(.warning, location, "signal \(rule.name): \(why)"))
            }
        }
        return diagnostics
    }

    /// Limits that the file system cannot meet.
    private static func limits(_ rule: SpaceRule) -> [Diagnostic] {
        let size: FileSystemSize
        do throws(SystemError) {
            size = try FileSystemSize.of(rule.directory)
        } catch {
            return [Diagnostic(.error, rule.location, "space \(rule.directory): \(error)")]
        }
        func bytes(_ amount: Amount?) -> Int64 {
            switch amount {
            case .bytes(let bytes): bytes
            case .percent(let share): Int64(Double(size.totalBytes) * share / 100)
            case nil: 0
            }
        }
        if rule.reclaimsHeld, rule.minimumFree == nil {
            let message = "space \(rule.directory): reclaimheld has no effect without minfree"
            return [Diagnostic(.warning, rule.location, message)]
        }
        let total = size.totalBytes
        if let share = excessiveFloor(rule, bytes(rule.minimumFree), total) {
            let message =
                "space \(rule.directory): minfree is \(share) % of the file system: archives go until more than half of it is free"
            return [Diagnostic(.warning, rule.location, message)]
        }
        if bytes(rule.minimumFree) >= total {
            let message =
                "space \(rule.directory): minfree can never be met, and nothing is done for it: the file system has \(Quantities.text(bytes: total)) in all"
            return [Diagnostic(.error, rule.location, message)]
        }
        if rule.budget != nil, bytes(rule.budget) > total - bytes(rule.minimumFree) {
            let message =
                "space \(rule.directory): budget and minfree together are more than the file system's \(Quantities.text(bytes: total))"
            return [Diagnostic(.warning, rule.location, message)]
        }
        return []
    }

    /// The share that a floor is of its file system, in per cent, where nobody can want so much and it can be met.
    private static func excessiveFloor(_ rule: SpaceRule, _ floorBytes: Int64, _ totalBytes: Int64) -> Int64? {
        guard floorBytes > totalBytes / 2, floorBytes < totalBytes else { return nil }
        return Int64(Double(floorBytes) * 100 / Double(totalBytes) + 0.5)
    }
}
