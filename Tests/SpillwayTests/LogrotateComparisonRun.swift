import Foundation

/// What both programs made of copies of a tree.
struct ComparisonRun {
    /// The program to compare with.
    static let logrotate: String? = ["/usr/sbin/logrotate", "/usr/bin/logrotate", "/sbin/logrotate"].first(
        where: hasProgram)

    var tree: ComparisonTree
    /// What logrotate left after each run.
    var logrotate: [ComparisonTree.Outcome]
    /// What spillway left after each run.
    var spillway: [ComparisonTree.Outcome]
    /// What is not the same, a sentence each.
    var differences: [String]

    /// How often a comparison is begun again because the clock went on in between.
    private static let attempts = 20

    /// Runs both programs on copies of the tree. Differences that the clock can have made do not count.
    static func compare(_ comparison: ComparisonCase, _ mode: ComparisonCase.Mode) throws -> ComparisonRun {
        func time() -> String { ComparisonTree.text(Date(), comparison.clock.rawValue) }
        var result: ComparisonRun
        var attempt = 0
        repeat {
            let before = time()
            result = try compareOnce(comparison, mode)
            if result.differences.isEmpty || time() == before { return result }
            attempt += 1
        } while attempt < attempts
        return result
    }

    private static func compareOnce(_ comparison: ComparisonCase, _ mode: ComparisonCase.Mode) throws -> ComparisonRun {
        guard let logrotate else { throw SandboxError("logrotate is not installed") }
        let tree = ComparisonTree(comparison)
        let (first, second) = try tree.make()
        let old = try tree.run(logrotate, [], in: first, mode)
        let new = try tree.run(
            Sandbox.spillway, ["--logrotate", "--journal", second.path("state/journal")], in: second, mode)
        var differences: [String] = []
        for (number, pair) in zip(old, new).enumerated() {
            differences += self.differences(pair.0, pair.1, ignoring: comparison.ignoring).map {
                "  run \(number + 1): \($0)"
            }
        }
        return ComparisonRun(tree: tree, logrotate: old, spillway: new, differences: differences)
    }

    private static func differences(
        _ old: ComparisonTree.Outcome, _ new: ComparisonTree.Outcome, ignoring: Set<ComparisonCase.Aspect>
    ) -> [String] {
        var found = differences("file", old.files, new.files)
        if !ignoring.contains(.state) { found += differences("state", old.state, new.state) }
        if !ignoring.contains(.scripts), old.trace != new.trace {
            found.append("scripts: logrotate \(old.trace.debugDescription), spillway \(new.trace.debugDescription)")
        }
        if (old.finished.status == 0) != (new.finished.status == 0) {
            found.append("exit status: logrotate \(old.finished.status), spillway \(new.finished.status)")
        }
        return found
    }

    private static func differences(_ what: String, _ old: [String: String], _ new: [String: String]) -> [String] {
        Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map { name in
            "\(what) \(name): logrotate \(old[name] ?? "has none"), spillway \(new[name] ?? "has none")"
        }
    }
}
