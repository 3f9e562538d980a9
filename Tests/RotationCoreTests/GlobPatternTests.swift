import Glibc
import LinuxSystem
import RotationCore
import Testing

struct GlobPatternTests {
    @Test(arguments: [
        ("*.log", "a.log", true), ("*.log", ".log", false), ("*.log", "a.log.1", false), ("*", "a", true),
        ("?.log", "a.log", true), ("[ab].log", "b.log", true), ("[!ab].log", "b.log", false), ("[a-c]x", "bx", true),
        ("a\\*", "a*", true), ("a\\*", "ab", false), ("[", "[", true), ("[]]", "]", true), ("a*b*c", "axxbxxc", true),
        ("a*b*c", "axxbxx", false), ("", "", true), ("**", "", true), ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
    ])
    func matchesAsAShellDoes(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect(GlobPattern(Path(pattern)).matches(Path(name)) == expected)
    }

    /// fnmatch(3) is the oracle.
    @Test func agreesWithTheCLibrary() {
        var seed: UInt64 = 7
        func next(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(count))
        }
        let patternAlphabet = Array("ab.*?[]!-\\x"), nameAlphabet = Array("ab.x-]")
        for _ in 0..<20000 {
            let pattern = String((0..<next(8)).map { _ in patternAlphabet[next(patternAlphabet.count)] })
            let name = String((0..<next(7)).map { _ in nameAlphabet[next(nameAlphabet.count)] })
            // A backslash at the end, or in a set, and ranges that run backwards are undefined for POSIX.
            if pattern.contains("\\") || pattern.contains("-") { continue }
            let expected = fnmatch(pattern, name, FNM_PERIOD) == 0
            #expect(GlobPattern(Path(pattern)).matches(Path(name)) == expected, "\(pattern) on \(name)")
        }
    }

    @Test(arguments: [
        "digit", "alpha", "alnum", "lower", "upper", "xdigit", "punct", "space", "blank", "cntrl", "graph", "print",
    ])
    func classesAgreeWithTheCLibrary(_ name: String) {
        for pattern in ["[[:\(name):]]", "[![:\(name):]x]", "[a[:\(name):]-c]"] {
            for byte in UInt8(1)...126 where byte != UInt8(ascii: "/") && byte != UInt8(ascii: ".") {
                let text = Path(bytes: [byte])
                let expected = text.withCString { fnmatch(pattern, $0, FNM_PATHNAME | FNM_PERIOD) } == 0
                #expect(GlobPattern(Path(pattern)).matches(text) == expected, "\(pattern) \(byte)")
            }
        }
    }

    @Test func pathsMatchPartByPart() {
        #expect(GlobPattern.matches(path: "/var/log/a/x.log", pattern: "/var/log/*/x.log"))
        #expect(!GlobPattern.matches(path: "/var/log/a/b/x.log", pattern: "/var/log/*/x.log"))
    }
}
