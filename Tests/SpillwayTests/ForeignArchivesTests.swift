import Foundation
import Testing

/// Archives and logs of others: another stanza's, another configuration's, another directory's.
struct ForeignArchivesTests {
    private func fill(_ sandbox: Sandbox, _ names: [String], ageSeconds: Double = 0) throws {
        for name in names { try sandbox.write("log/\(name)", "\(name)\n", ageSeconds: ageSeconds) }
    }

    @Test func agesExpireOnlyArchivesOfTheStanzasOwnLogs() throws {
        for first in ["rotate -1", "rotat 9"] {
            let sandbox = try Sandbox()
            try sandbox.configure("LOG/keep*.log {\n\(first)\n}\nLOG/*.log {\nmaxage 1d\n}\n")
            try fill(sandbox, ["keep.log.1.gz", "other.log.1.gz"], ageSeconds: 864_000)
            _ = try sandbox.spillway()
            #expect(try sandbox.names() == ["keep.log.1.gz"], "\(first)")
        }
    }

    @Test func inASharedOlddirALogThatIsThereHasItsArchives() throws {
        let sandbox = try Sandbox()
        for name in ["one", "two", "old"] { try sandbox.makeDirectory("log/\(name)") }
        try sandbox.configure("olddir LOG/old\nLOG/one/*.log {\nrotate -1\n}\nLOG/two/*.log {\nmaxage 1d\n}\n")
        try fill(sandbox, ["one/x.log"])
        try fill(sandbox, ["old/x.log.1.gz", "old/y.log.1.gz"], ageSeconds: 864_000)
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.names("log/old") == ["x.log.1.gz"])
    }

    @Test func inASharedOlddirTheFirstLogHasTheNameWhetherDueOrNot() throws {
        let sandbox = try Sandbox()
        for name in ["one", "two", "old"] { try sandbox.makeDirectory("log/\(name)") }
        try sandbox.configure("olddir LOG/old\nrotate 2\nnocompress\nsize 1k\nLOG/*/a.log {\n}\n")
        try fill(sandbox, ["one/a.log", "old/a.log.1", "old/a.log.2"])
        try sandbox.write("log/two/a.log", String(repeating: "x", count: 2000))
        let run = try sandbox.spillway()
        #expect(run.status == 1 && run.error.contains("would have the names of those of"))
        #expect(try sandbox.names("log/old") == ["a.log.1", "a.log.2"])
        #expect(try sandbox.read("log/old/a.log.2") == "old/a.log.2\n")
    }

    @Test func aLogIsNobodysArchiveWhateverItIsCalled() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/app LOG/app.1 LOG/app.2 {\nrotate 2\nnocompress\ncreate\nsize 1k\n}\n")
        try fill(sandbox, ["app.1", "app.2"])
        try sandbox.write("log/app", String(repeating: "x", count: 2000))
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.read("log/app.1") == "app.1\n")
        #expect(try sandbox.read("log/app.2") == "app.2\n")
        #expect(try sandbox.names() == ["app", "app.1", "app.2", "app.3"])
    }

    @Test func archivesOfAnotherNamingAreStillNoLogs() throws {
        let sandbox = try Sandbox()
        for naming in ["dateext", "nodateext", "dateext\ndateformat .%s"] {
            try sandbox.configure("LOG/* {\n\(naming)\n}\n")
            try sandbox.shell("rm -f log/*")
            try fill(sandbox, ["a.log", "a.log.1", "a.log.2.gz", "a.log-20260101", "a.log-20260102.gz"])
            let run = try sandbox.spillway(["-n", "-f"])
            #expect(run.output.hasSuffix("1 log, 1 would be rotated\n"), "\(naming)")
        }
    }

    @Test func archivesOfAnotherStanzasLogsAreNoLogs() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/app {\n}\nLOG/app.* {\n}\n")
        try fill(sandbox, ["app", "app.1", "app.2.gz", "app.err"])
        let run = try sandbox.spillway(["-n", "-f"])
        #expect(run.output.hasSuffix("2 logs, 2 would be rotated\n"))
    }

    @Test func whatRenamecopyLeftIsNoLog() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/* {\nrenamecopy\nrotate 5\n}\n")
        try fill(sandbox, ["a.log", "a.log.tmp"])
        let run = try sandbox.spillway(["-f"])
        #expect(run.status == 0 && run.error == "")
        #expect(try sandbox.names() == ["a.log.1.gz", "a.log.2.gz"])
    }

    @Test func aRunForOneLogKnowsTheOthers() throws {
        let sandbox = try Sandbox()
        try sandbox.configure("LOG/app LOG/app.1 LOG/app.2 {\nrotate 1\nnocompress\ncreate\n}\n")
        try fill(sandbox, ["app", "app.1", "app.2"])
        #expect(try sandbox.spillway(["-f", "--only", "app"]).status == 0)
        #expect(try sandbox.read("log/app.1") == "app.1\n")
        #expect(try sandbox.read("log/app.2") == "app.2\n")
    }
}
