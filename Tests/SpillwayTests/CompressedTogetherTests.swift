import Foundation
import Testing

/// Archives of many logs are compressed together, and what is wrong with one is nothing to the others.
struct CompressedTogetherTests {
    @Test func manyRenamedLogsAreCompressedButForTheOneThatIsStillWritten() throws {
        let sandbox = try Sandbox()
        for number in 100..<180 { try sandbox.write("log/\(number).log", "one of \(number)\ntwo of \(number)\n") }
        // A second round: older archives move before.
        try sandbox.configure("LOG/*.log {\n rotate 3\n compress\n create\n}")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        for number in 100..<180 { try sandbox.append("log/\(number).log", "three of \(number)\n") }
        let writer = try #require(FileHandle(forWritingAtPath: sandbox.path("log/117.log")))
        try writer.seekToEnd()
        let run = try sandbox.spillway(["-fv"])
        #expect(run.status == 0, "\(run.error)")
        for number in 100..<180 where number != 117 {
            #expect(try sandbox.content("log/\(number).log.1.gz") == "three of \(number)\n")
            #expect(try sandbox.content("log/\(number).log.2.gz") == "one of \(number)\ntwo of \(number)\n")
            #expect(!sandbox.exists("log/\(number).log.1"))
        }
        #expect(try sandbox.read("log/117.log.1") == "three of 117\n")
        #expect(!sandbox.exists("log/117.log.1.gz"))
        // Once it is let go the next run compresses it.
        try writer.close()
        #expect(try sandbox.spillway().status == 0)
        #expect(try sandbox.content("log/117.log.1.gz") == "three of 117\n")
        #expect(!sandbox.exists("log/117.log.1"))
    }
}
