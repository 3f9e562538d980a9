// swift-tools-version: 6.1
import PackageDescription

// Warnings become errors where CI asks for it (`.ci/run`), not on the machine of somebody with a newer compiler.
let isStrict = Context.environment["SPILLWAY_WARNINGS_AS_ERRORS"] != nil
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (isStrict ? [.unsafeFlags(["-warnings-as-errors"])] : [])
// What these modules do is looked at by tests in debug builds, with every check. Release builds run once a minute.
let fast: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]
let cSettings: [CSetting] = isStrict ? [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])] : []

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "spillway",
    products: [.executable(name: "spillway", targets: ["spillway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    ],
    targets: [
        .target(name: "CLinux", cSettings: cSettings),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .yum(["zlib-devel"])]),
        .systemLibrary(
            name: "CDeflate", pkgConfig: "libdeflate",
            providers: [.apt(["libdeflate-dev"]), .yum(["libdeflate-devel"])]),
        .target(name: "LinuxSystem", dependencies: ["CLinux", systemPackage], swiftSettings: settings + fast),
        // What changes something is a module of its own: who does not depend on it cannot.
        .target(
            name: "LinuxChanges", dependencies: ["CLinux", "LinuxSystem", systemPackage],
            swiftSettings: settings + fast),
        .target(name: "Gzip", dependencies: ["CDeflate", "CZlib"], swiftSettings: settings),
        .target(name: "RotationCore", dependencies: ["LinuxSystem"], swiftSettings: settings + fast),
        // It only looks: LinuxChanges is not to be found here.
        .target(
            name: "HostObservation", dependencies: ["LinuxSystem", "Gzip", "RotationCore", systemPackage],
            swiftSettings: settings + fast),
        .target(
            name: "LogCut",
            dependencies: ["LinuxSystem", "LinuxChanges", "Gzip", "RotationCore", "HostObservation", systemPackage],
            swiftSettings: settings + fast),
        .target(
            name: "RotationEngine",
            dependencies: [
                "LinuxSystem", "LinuxChanges", "Gzip", "RotationCore", "HostObservation", "LogCut", systemPackage,
            ], swiftSettings: settings + fast),
        .executableTarget(
            name: "spillway",
            dependencies: [
                "LinuxSystem", "LinuxChanges", "RotationCore", "HostObservation", "LogCut", "RotationEngine",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "SpaceBenchmark", dependencies: ["LinuxSystem", "RotationCore", "HostObservation"],
            path: "Tests/Benchmarks/Space", swiftSettings: settings),
        .testTarget(
            name: "LinuxSystemTests", dependencies: ["LinuxSystem", "LinuxChanges", "TestPlace", systemPackage],
            swiftSettings: settings),
        .executableTarget(
            name: "GzipMeasure", dependencies: ["Gzip", "LinuxSystem", "LinuxChanges"],
            path: "Tests/Benchmarks/GzipMeasure",
            swiftSettings: settings),
        .testTarget(name: "GzipTests", dependencies: ["Gzip", "GzipMeasure"], swiftSettings: settings),
        .testTarget(
            name: "RotationCoreTests", dependencies: ["RotationCore", "LinuxSystem", systemPackage],
            swiftSettings: settings),
        .target(
            name: "TestPlace", dependencies: ["LinuxSystem", "LinuxChanges"], path: "Tests/TestPlace",
            swiftSettings: settings),
        .testTarget(
            name: "HostObservationTests",
            dependencies: [
                "HostObservation", "RotationCore", "LinuxSystem", "LinuxChanges", "SpaceBenchmark", "TestPlace",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LogCutTests",
            dependencies: [
                "LogCut", "HostObservation", "RotationCore", "LinuxSystem", "LinuxChanges", "Gzip", "TestPlace",
            ], swiftSettings: settings),
        .testTarget(
            name: "RotationEngineTests",
            dependencies: [
                "RotationEngine", "LogCut", "RotationCore", "LinuxSystem", "LinuxChanges", "TestPlace",
            ], swiftSettings: settings),
        // Programs that log, for the tests and for Tests/Loss: fast in a debug build too.
        .executableTarget(
            name: "LogWriter", path: "Tests/LogWriter", swiftSettings: settings + [.unsafeFlags(["-O"])]),
        // Somebody who owns a log directory, against a run of root's in it.
        .executableTarget(
            name: "Racer", path: "Tests/Racer", cSettings: cSettings, linkerSettings: [.linkedLibrary("z")]),
        .testTarget(
            name: "SpillwayTests",
            dependencies: ["spillway", "LogWriter", "Racer", "LinuxSystem", "LinuxChanges", "RotationCore"],
            swiftSettings: settings),
    ]
)

// With libFuzzer's main in it it cannot be linked as other programs are: Tests/Fuzzing/run builds it.
if Context.environment["SPILLWAY_FUZZING"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzzer", dependencies: ["LinuxSystem", "Gzip", "RotationCore", systemPackage],
            path: "Tests/Fuzzing/Fuzzer", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
}
