package import LinuxSystem

/// What is said of scripts and programs, in words.
package enum ProgramText {
    package static func scriptNotRun(_ script: Script, _ kind: HookKind, _ subject: Path, _ error: any Error) -> String
    {
        "\(script.location): \(kind.rawValue) script for \(subject.onOneLine): \(error)"
    }

    package static func notStarted(_ consequence: String, _ error: any Error) -> String {
        "\(consequence): \(error)"
    }

    package static func failed(_ consequence: String, _ program: String, _ ended: some CustomStringConvertible)
        -> String
    {
        "\(consequence): \(program) \(ended)"
    }

    package static func notCompressed(_ path: Path) -> String {
        "\(path) is not compressed"
    }

    package static func wroteNothing(_ path: Path, _ program: String) -> String {
        "\(notCompressed(path)): \(program) wrote nothing"
    }

    package static func said(_ path: Path, _ program: String, _ text: String) -> String {
        "\(path) is compressed; \(program) says: \(text)"
    }

    package static func notMailed(_ path: Path) -> String {
        "\(path) is not mailed"
    }

    package static func notShredded(_ path: Path) -> String {
        "\(path) is not shredded, and not removed"
    }
}
