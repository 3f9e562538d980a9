import Foundation
import Testing

/// What only looks cannot change anything: the compiler refuses it, because LinuxChanges is not to be found there; and what
/// the compiled modules call is listed here.
struct WallTests {
    /// What `LinuxSystem` calls. None of it changes a file, a name, or another process: `kill` is sent signal 0, which only
    /// asks; `poll` waits; `fsync` hurries what goes to the disk anyway; `syscall` is the futex of Swift's Mutex, and nothing that Swift could call itself; `spillway_openat` gets flags for reading, which `onlyLookingOpensFiles` looks at; a lease is given back at once.
    private static let looking: Set<String> = [
        "clock_gettime", "close", "fgetxattr", "fstat", "fstatat", "fstatvfs", "getcwd", "getenv", "geteuid",
        "getgrgid",
        "getgrnam", "getpid", "getpwnam", "getpwuid", "getrlimit", "getuid", "isatty", "kill", "localtime_r", "lseek",
        "mktime", "openlog", "posix_fadvise", "pread", "read", "readlinkat", "realpath", "setrlimit", "statvfs",
        "strtol",
        "fcntl", "fsync", "gettid", "poll", "syscall", "sysconf", "tzset", "usleep",
    ]

    /// inotify(7) and signalfd(2) tell this process what happens, and nobody else notices.
    private static let shims: Set<String> = [
        "O_NOATIME", "O_PATH", "O_UNNAMED", "argument", "argument_count", "catch_stop_signals", "executable_mapping",
        "file_system_magic", "has_inline_data", "file_system_type", "find", "fresh_size", "give_lease_back",
        "ignore_signals", "list",
        "inotify", "inotify_add", "inotify_remove",
        "look",
        "mount_id", "next_mapping", "next_signal", "open_of_process", "openat", "run_anywhere", "seek_data",
        "seek_hole",
        "shared_mapping", "signal_queue",
        "start_elsewhere", "stop_signal", "terminal_columns", "sync_file_system", "syslog", "take_read_lease",
        "take_write_lease",
        "write_lease_is_whole",
        // A number of a table.
        "written_descriptor",
    ]

    /// Memory, text and threads are nobody's files.
    private static let harmless = ["mem", "str", "pthread_", "__stack_chk_fail", "__tls_get_addr", "free", "malloc"]

    /// What a module's objects need from elsewhere.
    private func symbols(_ module: String) throws -> [String] {
        // The test bundle lies beside the objects it was made of.
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let objects = try FileManager.default.contentsOfDirectory(
            at: products.appending(path: "\(module).build"), includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "o" }
        try #require(objects.count > 5, "no objects of \(module)")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["nm", "-u"] + objects.map(\.path)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n")
            .compactMap { line in line.split(separator: " ").last.map(String.init) }
    }

    private func isSwift(_ symbol: String) -> Bool {
        symbol.hasPrefix("$s") || symbol.hasPrefix("$S") || symbol.contains("swift_") || symbol.hasPrefix("__swift")
    }

    @Test func whatLooksReachesNothingThatChanges() throws {
        let needed = try symbols("HostObservation")
        #expect(needed.contains { $0.contains("11LinuxSystem") }, "nm tells nothing")
        #expect(needed.filter { $0.contains("LinuxChanges") } == [])
        // Not even the kernel is called here.
        let foreign = needed.filter { symbol in
            !isSwift(symbol) && !symbol.hasSuffix(":") && !Self.harmless.contains { symbol.hasPrefix($0) }
        }
        #expect(foreign == [])
    }

    @Test func whatLooksCallsIsListed() throws {
        let needed = try symbols("LinuxSystem")
        #expect(needed.contains("fstatat"), "nm tells nothing")
        let unlisted = needed.filter { symbol in
            guard !isSwift(symbol), !symbol.hasSuffix(":") else { return false }
            if symbol.hasPrefix("spillway_") { return !Self.shims.contains(String(symbol.dropFirst(9))) }
            return !Self.looking.contains(symbol) && !Self.harmless.contains { symbol.hasPrefix($0) }
        }
        #expect(unlisted == [])
    }

    /// The one call that could change something by its flags.
    @Test func onlyLookingOpensFiles() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/LinuxSystem")
        var count = 0
        for file in try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil) {
            let text = try String(contentsOf: file, encoding: .utf8)
            count += text.components(separatedBy: "spillway_openat(").count - 1
            for flag in ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND,"] {
                let opens = text.split(separator: "\n").filter { $0.contains(flag) && $0.contains("openat") }
                #expect(opens == [], "\(file.lastPathComponent) opens for writing")
            }
        }
        #expect(count > 3)
    }
}
