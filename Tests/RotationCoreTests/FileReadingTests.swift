import LinuxSystem
import RotationCore
import Testing

/// What is read as configuration and is none.
struct FileReadingTests {
    private func parse(_ text: String) -> Configuration {
        ConfigurationParser.parse(["/c"], environment: FakeEnvironment(files: ["/c": text]))
    }

    @Test(arguments: [
        "root:$y$j9T$secret:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n", "/bin/sh\n/bin/bash\n",
        "UUID=1234 / ext4 secret 0 1\n", "\u{7f}ELF\0\0secret /x {\n}\n", "[Unit]\nDescription=secret\n",
        "127.0.0.1 localhost secret\n::1 localhost\n", "# secret\nsecrethost\n",
    ])
    func isSaidOnceAndNothingOfIt(_ text: String) {
        let configuration = parse(text)
        #expect(configuration.stanzas.isEmpty)
        #expect(configuration.diagnostics.map(\.severity) == [.error], "\(configuration.diagnostics)")
        let said = configuration.diagnostics.map(\.description).joined()
        #expect(said.hasPrefix("/c: error: this is no configuration"), "\(said)")
        #expect(!said.contains("secret") && !said.contains("root") && !said.contains("localhost"))
    }

    /// Mistakes are told with their lines.
    @Test(arguments: [
        "rotat 5\n", "weekly\nnonsense\n", "/l/a {\ndaily\nfoo bar\nbaz\n}\n", "dayly\nsomething\n", "",
        "# only words\n",
    ])
    func aConfigurationWithMistakesIsOne(_ text: String) {
        #expect(!parse(text).diagnostics.contains { $0.description.contains("no configuration") })
    }
}
