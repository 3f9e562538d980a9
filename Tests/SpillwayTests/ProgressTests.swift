import Foundation
import Testing

/// What a terminal shows while long work goes on, and when somebody stops it.
@Suite(.enabled(if: hasProgram("/usr/bin/script"), "script is missing: apt-get install bsdutils"))
struct ProgressTests {
    /// A log whose compression takes a while, also where nothing else is at work.
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.configure("workers 1\nnice 0\nLOG/*.log {\n compresslevel 9\n}\n")
        try sandbox.shell(
            "head -c 60M /dev/urandom | base64 -w 100 > log/a-log-with-a-name-that-is-longer-than-a-screen-is-wide.log")
        return sandbox
    }

    private func command(_ sandbox: Sandbox, _ prefix: String = "") -> String {
        "\(prefix)\(Sandbox.spillway) -f -s \(sandbox.path("state/s")) --journal \(sandbox.path("state/j")) \(sandbox.path("conf"))"
    }

    /// On a terminal of so many columns.
    private func onTerminal(_ sandbox: Sandbox, _ command: String, columns: Int = 60) throws -> Finished {
        try sandbox.run(
            "/usr/bin/script", ["-qec", "stty cols \(columns); \(command)", "/dev/null"],
            environment: ["TERM": "xterm"])
    }

    @Test func itFitsTheScreenAndTellsRateAndTimeLeft() throws {
        let sandbox = try sandbox()
        let run = try onTerminal(sandbox, command(sandbox))
        #expect(run.status == 0)
        let lines = run.output.components(separatedBy: "\r").map {
            $0.replacingOccurrences(of: "\u{1b}[K", with: "")
        }.filter { $0.contains(" % of ") }
        #expect(lines.count > 3, "\(run.output)")
        #expect(lines.allSatisfy { $0.count < 60 }, "\(lines.map(\.count))")
        #expect(lines.last?.contains("/s, ") == true && lines.last?.hasSuffix(" left") == true, "\(lines.last ?? "")")
        #expect(lines.allSatisfy { $0.contains("…") && $0.contains(".log: ") })
        // At its end the line is empty again.
        #expect(run.output.hasSuffix("\r\u{1b}[K"), "\(run.output.suffix(40))")
    }

    @Test func aDumbTerminalAndNoTerminalShowNothing() throws {
        let sandbox = try sandbox()
        #expect(try onTerminal(sandbox, command(sandbox, "env TERM=dumb ")).output == "")
        try sandbox.shell("head -c 20M /dev/urandom > log/b.log")
        let run = try sandbox.spillway(["-f"])
        #expect(run.output == "" && run.error == "")
    }

    @Test func whoStopsItReadsOneSentence() throws {
        let sandbox = try sandbox()
        // While it compresses, the signal that a terminal sends for ^C.
        let run = try sandbox.run(
            "/bin/bash",
            [
                "-c",
                "\(command(sandbox, "env --default-signal=INT ")) 2> err & pid=$!; sleep 0.7; kill -INT $pid; wait $pid",
            ])
        #expect(run.status == 1 && run.output == "")
        #expect(try sandbox.read("err") == "spillway: stopped by a signal; the next run goes on\n")
        #expect(try sandbox.names().count == 1, "nothing half made is left")
        #expect(try sandbox.spillway(["-f"]).status == 0)
        #expect(try sandbox.names().count == 2)
    }
}
