import LinuxSystem
import RotationCore
import SystemPackage

/// Configuration files from a table.
struct FakeEnvironment: ConfigurationEnvironment {
    var files: [Path: String] = [:]
    var writableByOthers: Set<Path> = []
    var home: Path? = "/home/op"
    var workingDirectory: Path { "/work" }

    func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault> {
        if writableByOthers.contains(path) { return .failure(.writableByOthers(mode: 0o666, owner: 0)) }
        if let text = files[path] { return .success(.file(Array(text.utf8))) }
        let names = files.keys.filter { $0.directory == path }.map(\.name)
        if !names.isEmpty { return .success(.directory(names)) }
        return .failure(.unreadable(SystemError("open", path, .noSuchFileOrDirectory)))
    }

    func user(named name: String) -> UInt32? { ["root": 0, "www": 33][name] ?? UInt32(name) }
    func group(named name: String) -> UInt32? { ["root": 0, "adm": 4][name] ?? UInt32(name) }
}

/// Parses one file called /conf.
func parse(_ text: String, _ dialect: Dialect = .spillway, files: [Path: String] = [:]) -> Configuration {
    var environment = FakeEnvironment(files: files)
    environment.files["/conf"] = text
    return ConfigurationParser.parse(["/conf"], environment: environment, dialect: dialect, traces: true)
}

extension Configuration {
    /// `line:column: message` of every error.
    var errors: [String] {
        diagnostics.filter { $0.severity == .error }.map { "\($0.location.line):\($0.location.column): \($0.message)" }
    }

    /// The same of every warning.
    var warnings: [String] {
        diagnostics.filter { $0.severity == .warning }.map { "\($0.location.line): \($0.message)" }
    }
}
