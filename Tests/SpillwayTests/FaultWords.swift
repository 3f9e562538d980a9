import Foundation

/// What a run has to say of a call that failed.
enum FaultWords {
    /// What is wrong with how it ended.
    static func problems(of run: Finished, _ fault: Fault, _ call: String) -> [String] {
        switch run.status {
        case 0: return []
        case 1:
            if run.error.isEmpty { return ["status 1, and not a word"] }
            // What a script says is passed on as it is.
            let own = run.error.split(separator: "\n").filter { $0.hasPrefix("spillway: ") }
            let isNamed = !own.isEmpty && own.allSatisfy { $0.contains("/") }
            return isNamed ? [] : ["no file is named: \(run.error)"]
        // Whoever holds a lock is no mistake.
        case 3: return isLock(fault, call) ? [] : ["status 3: \(run.error)"]
        default: return ["status \(run.status): \(run.error)"]
        }
    }

    private static func isLock(_ fault: Fault, _ call: String) -> Bool {
        // Or it was replaced by another run since it was locked.
        call.hasPrefix("flock(") && fault.error == "EAGAIN" || call.contains("\"state\"") && fault.error == "ENOENT"
    }

    /// Whether a run may leave something undone without a word when this fails.
    static func isOptional(_ fault: Fault, _ call: String, in scenario: InterruptedScenario) -> Bool {
        optional.contains { rule in
            (rule.only == nil || rule.only == scenario) && (rule.calls.isEmpty || rule.calls.contains(fault.call))
                && (rule.errors.isEmpty || rule.errors.contains(fault.error))
                && (rule.about.isEmpty || call.contains(rule.about))
        }
    }

    private struct Rule {
        var only: InterruptedScenario?
        var calls: [String] = []
        var errors: [String] = []
        var about: String = ""
        var because: String
    }

    /// Whatever else a run does not say has to be done all the same: then it found another way.
    private static let optional: [Rule] = [
        Rule(
            calls: ["newfstatat", "openat"], errors: ["ENOENT"], about: "log\"",
            because: "a log that went away is not missed"),
        Rule(calls: ["newfstatat"], errors: ["ENOENT"], about: "old-", because: "what is gone need not be evicted"),
        Rule(
            calls: ["newfstatat"], errors: ["ENOENT"], about: ".log.tmp",
            because: "an original that somebody took away need not be removed; the next run finds it"),
        Rule(calls: ["fcntl"], about: ".log.tmp", because: "somebody has it open: the next run copies it"),
        Rule(
            only: .abandoned, calls: ["openat", "fcntl", "fstatfs", "newfstatat"], about: "a.log",
            because: "a log of which it cannot be told who has it is not taken for abandoned; the next run asks again"),
        Rule(calls: ["getdents64"], errors: ["ENOENT"], because: "nor is a directory that is removed"),
        Rule(calls: ["openat"], errors: ["ENOENT"], about: "\".\", O_RDONLY", because: "the same, when it is listed"),
        Rule(
            calls: ["fcntl"], errors: ["EAGAIN"], about: "/locks",
            because: "another run is at work on the log; that is said with -v"),
        Rule(
            only: .expiring, calls: ["fcntl"], errors: ["EAGAIN"], about: "a.log.3.gz",
            because: "somebody has it open: it goes when it is let go of, and that is said with -v"),
        Rule(
            calls: ["fcntl"], about: ".spillway-gone-",
            because: "somebody has it open: that is said, and its name goes in the run that finds it let go of"),
    ]
}
