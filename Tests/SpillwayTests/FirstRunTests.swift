import Foundation
import Testing

/// What a new user sees.
struct FirstRunTests {
    @Test func rotatesALogInPlaceAndCompressesIt() throws {
        let sandbox = try Sandbox()
        try sandbox.write("log/a.log", "one\ntwo\n", mode: 0o640)
        try sandbox.configure("size 1\nLOG/*.log {\n}\n")
        let run = try sandbox.spillway()
        #expect(run.status == 0)
        #expect(run.output == "" && run.error == "")
        #expect(try sandbox.names() == ["a.log", "a.log.1.gz"])
        #expect(try sandbox.content("log/a.log.1.gz") == "one\ntwo\n")
        #expect(try sandbox.read("log/a.log") == "")
    }
}
