import LinuxSystem

/// One file, and a world in which everybody has an account and what is included is an empty directory: for judging a file of
/// another machine.
struct SingleFile: ConfigurationEnvironment {
    let path: Path
    let content: [UInt8]

    func entry(_ path: Path) -> Result<ConfigurationEntry, ConfigurationFault> {
        .success(path == self.path ? .file(content) : .directory([]))
    }

    func user(named name: String) -> UInt32? { 0 }

    func group(named name: String) -> UInt32? { 0 }

    var home: Path? { nil }

    var workingDirectory: Path { "/" }
}
