public import LinuxSystem
import RotationCore

/// The logs of a configuration by name alone: quickly, for whoever types one.
public enum LogNames {
    /// The logs that are there now.
    public static func all(_ configurations: [Path]) -> [Path] {
        let configuration = ConfigurationParser.parse(
            configurations, environment: SystemConfigurationEnvironment())
        return ConfigurationCheck.logs(of: configuration)
    }
}
