import Foundation
import Testing

/// Stanzas of a log each are carried out side by side, so that the disk is waited for once; in whatever their owners can see
/// of it they go one after the other.
struct StanzasTogetherTests {
    private static let numbers = 10..<40

    /// Every third log is renamed and has a script, every third renamed, every third cut.
    private static func configure(_ sandbox: Sandbox) throws {
        let stanzas = numbers.map { number in
            let technique =
                switch number % 3 {
                case 0: "create\npostrotate\necho $1 $(cat $2) >> \(sandbox.root)/told\nendscript"
                case 1: "create"
                default: "copytruncate"
                }
            return "LOG/\(number)/x.log {\nrotate 3\ncompress\n\(technique)\n}\n"
        }
        try sandbox.configure(stanzas.joined())
        for number in numbers {
            try sandbox.makeDirectory("log/\(number)")
            try sandbox.write("log/\(number)/x.log", "\(number)\n")
        }
    }

    @Test(.enabled(if: hasProgram("/usr/bin/strace"), "strace is missing: apt-get install strace"))
    func theDiskIsWaitedForOnce() throws {
        let sandbox = try Sandbox()
        try Self.configure(sandbox)
        #expect(try sandbox.spillway().status == 0)
        let trace = sandbox.path("trace")
        let run = try sandbox.run(
            "/usr/bin/strace",
            [
                "-f", "-qq", "-o", trace, "-e", "trace=fdatasync", Sandbox.spillway, "-f", "-s",
                sandbox.path("state/state"), "--journal", sandbox.path("state/journal"), sandbox.path("conf"),
            ])
        #expect(run.status == 0, "\(run.error)")
        // Ten logs are cut, and the journal is told twice, not twenty times; the ledger once.
        let syncs = try sandbox.read("trace").split(separator: "\n").count { $0.contains("fdatasync(") }
        #expect(syncs <= 4, "\(syncs)")
        for number in Self.numbers {
            #expect(try sandbox.content("log/\(number)/x.log.1.gz") == "\(number)\n")
            #expect(!sandbox.exists("log/\(number)/x.log.1"))
            #expect(try sandbox.read("log/\(number)/x.log") == "")
        }
    }

    @Test func scriptsAreRunInTheOrderOfTheStanzasAndSeeTheirArchivesPlain() throws {
        let sandbox = try Sandbox()
        try Self.configure(sandbox)
        #expect(try sandbox.spillway(["-f"]).status == 0)
        let told = Self.numbers.filter { $0 % 3 == 0 }.map { "\(sandbox.path("log"))/\($0)/x.log \($0)\n" }
        #expect(try sandbox.read("told") == told.joined())
    }

    @Test func whatFailsCostsItsOwnStanza() throws {
        let sandbox = try Sandbox()
        try sandbox.configure(
            (1...5).map { number in
                "LOG/\(number).log {\ncreate\npostrotate\n[ \(number) != 3 ]\nendscript\n}\n"
            }.joined())
        for number in 1...5 { try sandbox.write("log/\(number).log", "\(number)\n") }
        // What has its archive's name already is no archive, and is not replaced.
        try sandbox.makeDirectory("log/2.log.1")
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 1)
        #expect(try sandbox.read("log/3.log.1") == "3\n")
        for number in [1, 4, 5] { #expect(try sandbox.content("log/\(number).log.1.gz") == "\(number)\n") }
    }

    /// A stanza whose script comes before its logs are moved, or whose last script comes behind all of it, goes beside others
    /// all the same: what is run is run in the same order.
    @Test func scriptsOfEveryKindKeepTheirOrder() throws {
        let sandbox = try Sandbox()
        func script(_ kind: String, _ word: String) -> String {
            "\(kind)\necho \(word) >> \(sandbox.root)/told\nendscript\n"
        }
        let stanzas = [
            script("postrotate", "1"), script("prerotate", "2a") + script("postrotate", "2b"),
            script("postrotate", "3"),
            script("firstaction", "4a") + script("lastaction", "4b"), "copytruncate\n" + script("postrotate", "5"),
            script("postrotate", "6"), script("lastaction", "7"), script("postrotate", "8"),
        ]
        try sandbox.configure(
            stanzas.enumerated().map { number, text in
                "LOG/\(number).log {\n\(text.hasPrefix("copytruncate") ? "" : "create\n")\(text)}\n"
            }.joined())
        for number in stanzas.indices { try sandbox.write("log/\(number).log", "x\n") }
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(
            try sandbox.read("told").split(separator: "\n") == [
                "1", "2a", "2b", "3", "4a", "4b", "5", "6", "7", "8",
            ])
        for number in stanzas.indices { #expect(try sandbox.content("log/\(number).log.1.gz") == "x\n") }
    }
}
