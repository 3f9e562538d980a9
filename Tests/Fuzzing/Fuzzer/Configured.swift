import LinuxSystem
import RotationCore
import SystemPackage

/// Files of one input: the first is the configuration, further ones, behind lines of `=`, are what it includes.
private struct Files: ConfigurationEnvironment {
    var files: [Path: [UInt8]] = [:]
    var home: Path? { "/home/op" }
    var workingDirectory: Path { "/work" }

    func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault> {
        if let bytes = files[path] { return .success(.file(bytes)) }
        let names = files.keys.filter { $0.directory == path }.map(\.name)
        if !names.isEmpty { return .success(.directory(names)) }
        return .failure(.unreadable(SystemError("open", path, .noSuchFileOrDirectory)))
    }

    func user(named name: String) -> UInt32? { name == "root" ? 0 : UInt32(name) }
    func group(named name: String) -> UInt32? { name == "adm" ? 4 : UInt32(name) }
}

func checkConfiguration(_ bytes: [UInt8]) {
    var environment = Files()
    var rest = bytes[...]
    var number = 0
    while let cut = rest.indices.first(where: { rest[$0...].starts(with: "\n=\n".utf8) }), number < 4 {
        environment.files[Path("/d/\(number)")] = Array(rest[..<cut])
        rest = rest[(cut + 3)...]
        number += 1
    }
    environment.files["/conf"] = Array(rest)
    for dialect in [Dialect.spillway, .logrotate] {
        let configuration = ConfigurationParser.parse(
            ["/conf"], environment: environment, dialect: dialect, traces: true)
        let judged = ConfigurationJudge.judge(configuration, dialect)
        for diagnostic in configuration.diagnostics + judged {
            require(!diagnostic.message.contains("\n"), "what is said of a configuration is one line")
        }
        for stanza in configuration.stanzas.prefix(4) {
            let naming = ArchiveNaming(log: "app.log", settings: stanza.settings)
            _ = naming.parse("app.log.1.gz")
            _ = stanza.names("/var/log/app.log")
        }
    }
    _ = ShellAssignment.parse(String(decoding: bytes, as: UTF8.self))
}

/// A pattern, a name and a date format, each to its own line break.
func checkNames(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0x0a, maxSplits: 2, omittingEmptySubsequences: false).map { Path(bytes: $0) }
    let first = parts[0]
    let second = parts.count > 1 ? parts[1] : first
    for path in [first, second] {
        let text = path.description
        require(!text.unicodeScalars.contains { $0.value < 0x20 }, "a name writes no control characters")
        _ = path.shellWord
        _ = (path.name, path.directory, path.components, path.withoutDoubledSlashes)
        let json = JSONValue.object([("path", .path(path))]).text
        require(FlatJSON(Array(json.utf8)[...])?[text: "path"] == path, "a path in JSON is read as it was")
    }
    require(GlobPattern.isPattern(first) || GlobPattern.matches(path: first, pattern: first), "a name matches itself")
    _ = GlobPattern.matches(path: second, pattern: first)
    var settings = Settings()
    if parts.count > 2 {
        settings.dateFormat = parts[2]
        settings.usesDate = true
    }
    let naming = ArchiveNaming(log: first, settings: settings)
    _ = naming.parse(second)
    for candidate in ArchiveNaming.logs(ofArchive: second, settings: settings) {
        require(!candidate.log.isEmpty, "the log of an archive has a name")
    }
    if !settings.usesDate, !first.isEmpty {
        let name = naming.name(number: 17, compressionSuffix: ".gz")
        require(naming.parse(name)?.key == .number(17), "an archive's name is read as it was made")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    _ = (Quantities.size(text), Quantities.age(text, unitSeconds: 1), Quantities.integer(text), Quantities.amount(text))
}
